"""The purchase: what the user may do in it, whose a terminal is, and what is fresh."""

from dataclasses import replace

import pytest

from payrelay.language.messages import Message, Stimulus
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import HAPPY
from payrelay.model.messages.purchase import (
    CancelAck,
    ForwardedPaymentInfo,
    ForwardedProcedureRequest,
    OrderPlace,
    PaymentInfoMessage,
    WalletQuery,
)
from payrelay.model.messages.terminal_edge import Cancel
from payrelay.model.messages.user import UserChooses
from payrelay.model.protocol import build
from payrelay.model.purchase import (
    PURCHASE_DISPATCH,
    TIMED,
    alike,
    fresh_procedures,
    order_of,
    orders_of,
    proc_key,
    procedures_of,
    purchase_choices,
    session_of,
    terminals_of,
    wallets_of,
)

ALONE = replace(HAPPY, ordering=False)


def stimuli(configuration: PaymentConfiguration, terminal: str = "terminal-1") -> tuple[Stimulus, ...]:
    system = build(configuration)
    return system.instances[system.by_id[f"{terminal}/purchase"]].stimuli


@pytest.mark.parametrize(
    ("configuration", "events"),
    [
        (ALONE, ["user_pays", "user_confirms", "user_asks"]),
        (HAPPY, ["user_orders", "user_pays", "user_confirms", "user_asks"]),
        (replace(ALONE, cancels=True), ["user_pays", "user_confirms", "user_cancels", "user_asks"]),
        (replace(ALONE, pays_again=True), ["user_pays", "user_pays_again", "user_confirms", "user_asks"]),
        (replace(ALONE, wallets=2), ["user_pays", "user_chooses", "user_chooses", "user_confirms", "user_asks"]),
    ],
)
def test_the_user_can_do_what_the_configuration_says(configuration: PaymentConfiguration, events: list[str]) -> None:
    assert [stimulus.event for stimulus in stimuli(configuration)] == events


def test_one_can_choose_each_wallet() -> None:
    chosen = [one.index for one in stimuli(replace(ALONE, wallets=3)) if isinstance(one, UserChooses)]
    assert chosen == [1, 2, 3]


def test_requests_share_a_nonce_or_have_one_each() -> None:
    everything = replace(ALONE, wallets=2, cancels=True, pays_again=True, tabs=2)

    def nonces(configuration: PaymentConfiguration) -> list[Symbol]:
        each = [stimuli(configuration, terminal) for terminal in ("terminal-1", "terminal-2")]
        return [vars(stimulus)["nonce"] for done in each for stimulus in done]

    each, one = nonces(everything), nonces(replace(everything, nonces="one"))
    assert len(set(each)) == len(each) == 14
    assert set(one) == {Symbol("request_nonce", "terminal-1"), Symbol("request_nonce", "terminal-2")}


def test_parties_are_numbered() -> None:
    assert wallets_of(replace(HAPPY, wallets=2)) == ("wallet-1", "wallet-2")
    assert terminals_of(replace(HAPPY, tabs=2)) == ("terminal-1", "terminal-2")
    assert fresh_procedures(orders_of(replace(HAPPY, procedures=2))[0]) == (
        (Symbol("handle", "1"), "procedure-1"),
        (Symbol("handle", "2"), "procedure-2"),
    )
    assert proc_key("1") != proc_key("2")


def test_each_order_has_machines_of_its_own() -> None:
    one, two = (orders_of(replace(HAPPY, orders=number)) for number in (1, 2))
    assert [order.suffix for order in (*one, *two)] == ["", "-1", "-2"]
    assert [order.component for order in (*one, *two)] == [None, 1, 2]
    assert two[1].terminals == ("terminal-2",)
    assert two[1].procedures == ("2",)
    configuration = replace(HAPPY, orders=2)
    assert procedures_of(configuration) == ("1", "2")
    assert session_of(configuration, "terminal-1") == session_of(configuration, "terminal-2")
    ((words,),) = alike(configuration)
    assert (words["terminal-1"], words["order-2"], words["2"]) == ("terminal-2", "order-1", "1")
    assert alike(HAPPY) == ()


@pytest.mark.parametrize(
    ("message", "machine"),
    [
        (OrderPlace(order_nonce=Symbol("n", "1"), cart="", sender="terminal-2", receiver="shop"), "order-2"),
        (ForwardedProcedureRequest(order_ref=order_of("2"), relay_txn=Symbol("t", "1"), receiver="shop"), "order-2"),
        (
            Cancel(
                session=Symbol("s", "1"),
                request_nonce=Symbol("n", "1"),
                handle=Symbol("handle", "2"),
                sender="terminal-2",
                receiver="relay",
            ),
            "directory-2",
        ),
        (CancelAck(relay_txn=Symbol("t", "2"), receiver="relay"), "procedure-2"),
        (CancelAck(relay_txn=Symbol("t", "2"), receiver="shop"), None),
    ],
    ids=lambda given: getattr(given, "event", ""),
)
def test_a_message_belongs_to_the_machine_of_its_order(message: Message, machine: str | None) -> None:
    assert build(replace(HAPPY, orders=2)).dispatch(message) == machine


def test_what_goes_to_a_wallets_store_names_its_order() -> None:
    two = build(replace(HAPPY, orders=2))
    for message, of in (
        (ForwardedPaymentInfo(relay_txn=Symbol("t", "2"), user_ref=Symbol("u", "1"), payment_info=None), 2),
        (WalletQuery(wallet_txn=Symbol("t", "2 at wallet-1"), user_ref=Symbol("u", "1"), brands=(), currency="JPY"), 2),
        (CancelAck(relay_txn=Symbol("t", "2")), 2),
        (PaymentInfoMessage(relay_txn=Symbol("t", "2"), payment_info=None), None),
    ):
        receiver = {CancelAck: "relay", PaymentInfoMessage: "nobody"}.get(type(message), "wallet-1")
        assert two.procedure_of(replace(message, receiver=receiver)) == of
        assert receiver != "wallet-1" or build(HAPPY).procedure_of(replace(message, receiver=receiver)) is None


def test_tabs_share_a_session_and_devices_do_not() -> None:
    tabs, devices = replace(HAPPY, tabs=2), replace(HAPPY, tabs=2, sessions=2)
    assert session_of(tabs, "terminal-1") == session_of(tabs, "terminal-2")
    assert session_of(devices, "terminal-1") != session_of(devices, "terminal-2")


def test_every_message_whose_receiver_looks_at_the_clock_says_so() -> None:
    kinds = {kind for _, kind in PURCHASE_DISPATCH}
    assert {kind for kind in kinds if "validity" in kind.given} == set(TIMED)


def test_without_clocks_and_issuers_nothing_is_chosen() -> None:
    ack = CancelAck(relay_txn=Symbol("relay_txn", "1"))
    assert purchase_choices(ack, replace(HAPPY, expires=True, declines=True)) == (ack,)
