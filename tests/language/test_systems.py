"""Systems: how the machines of a party react together to one input."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Input, Internal, Message, Occurrence, Send, Stimulus, Tell
from payrelay.language.role import (
    Effect,
    Handled,
    Ignored,
    IllFormedModelError,
    Local,
    ProtocolError,
    Role,
    State,
    ignore,
    role_table,
    stay,
)
from payrelay.language.systems import (
    MOST_INPUTS_IN_A_STEP,
    Instance,
    MachineNeeded,
    Reaction,
    Sent,
    System,
    react,
    step_by_table,
)


@dataclass(frozen=True, kw_only=True)
class Order(Message):
    item: str
    counter: str = "counter"


@dataclass(frozen=True, kw_only=True)
class Bill(Message):
    secret: object = None


@dataclass(frozen=True, kw_only=True)
class Note(Internal):
    to: str


@dataclass(frozen=True, kw_only=True)
class Ring(Stimulus):
    pass


@dataclass(frozen=True)
class Recipe:
    text: str = "salt"


@dataclass(frozen=True)
class Cooked(Occurrence):
    item: str


def ask_kitchen(data: int, message: Order) -> Effect:
    return data + 1, (
        Tell("kitchen", Note(to="counter")),
        Send(message.sender, Bill(), by="till"),
    )


def cook(data: str, message: Note) -> Effect:
    return "hot", (Cooked("soup"), Tell(message.to, Ring()))


def send_astray(data: int, message: Ring) -> Effect:
    return data, (Send("moon", Bill()),)


def send_order(data: int, message: Ring) -> Effect:
    return data, (Send("guest-1", Order(item="soup")),)


def send_recipe(data: int, message: Ring) -> Effect:
    return data, (Send("guest-1", Order(item="soup"), by="leak"), Send("guest-1", Bill(secret=(Recipe(),))))


def tell_oneself(data: int, message: Ring) -> Effect:
    return data + 1, (Tell("counter", message),)


def tell_nobody(data: int, message: Ring) -> Effect:
    return data, (Tell("cellar", message),)


class Counter(Role):
    open = State(initial=True)
    busy = State()
    order = open.to(busy, on=ask_kitchen)
    ring = stay(busy)
    inputs = (Order, Ring)
    ignored = (ignore(Order, reason="one guest at a time", states=(busy,)),)


class Kitchen(Role):
    cold = State(initial=True)
    note = stay(cold, on=cook)
    inputs = (Note,)


TABLE = Link("table", ("guest", "inn"), carries=(Order, Bill), never=(Recipe,))
COUNTER = Instance("inn", "counter", role_table(Counter), (Local("open", 0),), procedure=7, stimuli=(Ring(),))
KITCHEN = Instance("inn", "kitchen", role_table(Kitchen), (Local("cold", ""),))
QUIET = Configuration(name="quiet", says="Nothing happens.")


def dispatch(message: Message) -> str | None:
    return message.counter if isinstance(message, Order) else None


SYSTEM = System(QUIET, (COUNTER, KITCHEN), (TABLE,), dispatch)
STATES = {0: Local("open", 0), 1: Local("cold", "")}
ORDER = Order(item="soup", sender="guest-1", receiver="inn")


def taken(received: Input, states: dict[int, Local] | None = None, system: System = SYSTEM) -> Reaction:
    return react(system, 0, received, STATES if states is None else states, step_by_table(system))


def test_what_machines_tell_each_other_is_one_step() -> None:
    before = dict(STATES)
    reaction = taken(ORDER)
    assert [(move.machine, type(move.received), type(move.answer)) for move in reaction.moves] == [
        (0, Order, Handled),
        (1, Note, Handled),
        (0, Ring, Handled),
    ]
    assert reaction.effects == (Sent(0, Bill(sender="inn", receiver="guest-1"), "till"), (1, Cooked("soup")))
    assert reaction.after() == {0: Local("busy", 1), 1: Local("cold", "hot")}
    assert before == STATES


def test_invalid_input_changes_nothing() -> None:
    (move,) = taken(Ring()).moves
    assert move.answer == ProtocolError("counter", "open", "ring")
    assert taken(Ring()).after() == {0: Local("open", 0)}
    busy = {0: Local("busy", 1)}
    assert taken(ORDER, busy).moves[0].answer == Ignored("one guest at a time")
    assert taken(ORDER, busy).after() == busy
    assert taken(ORDER, busy).effects == ()


def test_a_machine_whose_state_is_not_given_is_asked_for() -> None:
    with pytest.raises(MachineNeeded) as needed:
        taken(ORDER, {0: Local("open", 0)})
    assert needed.value.machine == 1


def with_ring(action: Any) -> System:
    """The inn, whose counter does something else when the bell rings."""

    class Odd(Role):
        open = State(initial=True)
        ring = stay(open, on=action)
        inputs = (Ring,)

    return replace(SYSTEM, instances=(replace(COUNTER, table=role_table(Odd)), KITCHEN))


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (send_astray, "inn sends Bill to moon, but no link joins the two"),
        (
            send_order,
            "inn sends Order to guest-1, but table cannot carry it; add it to the link's alphabet or send it elsewhere",
        ),
        (tell_oneself, "inn: its machines tell each other things without end on ring"),
        (tell_nobody, "inn has no machine 'cellar' to tell something to"),
    ],
)
def test_an_ill_formed_model_is_refused_in_one_line(action: Any, sentence: str) -> None:
    system = replace(with_ring(action), links=(replace(TABLE, carries=(Bill,)),))
    with pytest.raises(IllFormedModelError) as error:
        taken(Ring(), system=system)
    assert str(error.value) == sentence


def test_as_many_inputs_as_a_step_may_have_are_taken() -> None:
    def ring_on(data: int, message: Ring) -> Effect:
        return data + 1, (Tell("counter", message),) if data + 1 < MOST_INPUTS_IN_A_STEP else ()

    reaction = taken(Ring(), system=with_ring(ring_on))
    assert len(reaction.moves) == MOST_INPUTS_IN_A_STEP
    assert reaction.after() == {0: Local("open", MOST_INPUTS_IN_A_STEP)}


def test_what_a_link_must_never_carry_is_sent_and_judged_elsewhere() -> None:
    system = replace(with_ring(send_recipe), links=(replace(TABLE, carries=(Order,)),))
    first, second = taken(Ring(), system=system).effects
    assert isinstance(first, Sent)
    assert isinstance(second, Sent)
    assert (first.by, type(second.message)) == ("leak", Bill)


def test_a_message_belongs_to_one_machine_or_to_none() -> None:
    assert SYSTEM.machine_of(ORDER) == 0
    assert SYSTEM.procedure_of(ORDER) == 7
    elsewhere = replace(ORDER, counter="cellar"), replace(ORDER, receiver="moon"), Bill(receiver="inn")
    for message in elsewhere:
        assert SYSTEM.machine_of(message) is None
        assert SYSTEM.procedure_of(message) is None


def test_machines_are_found_by_their_id_and_party() -> None:
    assert [instance.id for instance in SYSTEM.instances] == ["inn/counter", "inn/kitchen"]
    assert SYSTEM.by_id == {"inn/counter": 0, "inn/kitchen": 1}
    assert SYSTEM.machines_of == {"inn": (0, 1)}
    assert SYSTEM.choices(ORDER) == (ORDER,)


def test_who_may_crash_is_a_matter_of_roles() -> None:
    guest = replace(COUNTER, party="guest-1")
    crashing = replace(QUIET, crashing=("guest",))
    assert replace(SYSTEM, configuration=crashing, instances=(COUNTER, guest)).crashing == ("guest-1",)
    assert SYSTEM.crashing == ()


def test_a_boundary_says_which_states_are_searched() -> None:
    bounded = replace(COUNTER, boundary=lambda local: local.data < 2)
    assert [bounded.is_within(Local("open", data)) for data in (1, 2)] == [True, False]
    assert COUNTER.is_within(Local("open", 2))


def test_a_run_may_begin_anywhere_if_nobody_says_otherwise() -> None:
    assert SYSTEM.initially((Local("open", 0), Local("cold", "")))
