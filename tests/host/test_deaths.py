"""Deaths are counted from the start of a party, at the moment when a machine enters a state."""

import pytest

from payrelay.host.deaths import Deaths, deaths_in
from payrelay.host.storage import Machine
from payrelay.language.role import Local
from payrelay.model.protocol import tables


def machine(control: str, name: str = "one") -> Machine:
    return Machine(name, "shop_order", Local(control, None))


def test_states_are_written_with_the_time() -> None:
    read = tables()
    assert deaths_in(["shop_order.paid", "relay_procedure.settling:3"], read) == {
        ("shop_order", "paid"): 1,
        ("relay_procedure", "settling"): 3,
    }
    assert deaths_in([], read) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("shop_order.payed", "no role has a state 'shop_order.payed'; did you mean 'shop_order.paid'?"),
        (
            "shop_order",
            "'shop_order' is no state; write one as relay_procedure.settling, or relay_procedure.settling:3",
        ),
        ("shop_order.paid:0", "'shop_order.paid:0' is no state; write one as "),
    ],
)
def test_invalid_states_are_told_with_a_suggestion(written: str, said: str) -> None:
    with pytest.raises(ValueError, match="state") as caught:
        deaths_in([written], tables())
    assert str(caught.value).startswith(said)


def test_a_machine_enters_a_state_when_it_was_in_another_or_in_none() -> None:
    deaths = Deaths({("shop_order", "paid"): 3})
    assert not deaths.is_due(None, machine("paid"))
    assert not deaths.is_due(machine("paid"), machine("paid"))
    assert not deaths.is_due(None, machine("payable"))
    assert not deaths.is_due(machine("in_payment"), machine("paid"))
    assert deaths.is_due(machine("in_payment"), machine("paid"))
    assert not deaths.is_due(machine("in_payment"), machine("paid"))
