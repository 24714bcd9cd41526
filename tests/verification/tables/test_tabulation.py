"""Roles of a system read once: what comes out, and what is refused."""

from dataclasses import dataclass, replace

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Advertisement, Answer, Request
from payrelay.language.links import Link
from payrelay.language.messages import Message, Restart, Send, Stimulus, Tell
from payrelay.language.role import (
    Effect,
    Handled,
    IllFormedModelError,
    LibraryStepper,
    Local,
    Role,
    State,
    role_table,
    stay,
)
from payrelay.language.systems import Instance, System
from payrelay.verification.tables.tabulation import Tabulation

from ...processes import outputs

TABLES = Tabulation(request_answer.system(request_answer.FAULTY, moody=True))


def test_all_messages_that_anyone_can_send_are_numbered() -> None:
    assert sorted(type(message).__name__ for message in TABLES.messages) == [
        "Advertisement",
        "Answer",
        "Refusal",
        "Request",
    ]
    assert [type(TABLES.messages[number]) for number in TABLES.strays] == [Advertisement]


def test_a_joint_step_names_every_machine_that_it_needs() -> None:
    welcome = [
        rewrite
        for rewrite in TABLES.rewrites
        if isinstance(rewrite.received, Request) and rewrite.received.is_welcome and rewrite.before[0][0] == 1
    ]
    ledgers = {TABLES.locals[2][rewrite.before[1][1]].control for rewrite in welcome}
    assert ledgers == {"free", "taken"}
    for rewrite in welcome:
        assert {machine for machine, _ in rewrite.after} == {1, 2}
        assert [type(TABLES.messages[number]) for number in rewrite.sends] == [Answer, Advertisement]


def test_what_the_world_chooses_is_a_rewrite_each() -> None:
    refused = [one for one in TABLES.rewrites if isinstance(one.received, Request) and not one.received.is_welcome]
    assert refused
    assert all(isinstance(TABLES.messages[one.message or 0], Request) for one in refused)
    friendly = Tabulation(request_answer.system(request_answer.FAULTY))
    assert not [one for one in friendly.rewrites if isinstance(one.received, Request) and not one.received.is_welcome]


def test_a_crash_leads_back_to_a_state_of_the_table() -> None:
    desk = TABLES.restarted[1]
    assert {TABLES.locals[1][number].data for number in desk.values()} == {request_answer.Desk()}
    assert any(before != after for before, after in desk.items())
    assert TABLES.restarted[0] == {}, "the client does not crash"


@pytest.mark.parametrize("moody", [False, True])
def test_every_entry_and_every_refusal_is_the_librarys(moody: bool) -> None:
    tables = Tabulation(request_answer.system(request_answer.FAULTY, moody=moody))
    steppers = [LibraryStepper(instance.table) for instance in tables.system.instances]
    moves = [move for rewrite in tables.rewrites for move in rewrite.reaction.moves]
    assert any(not isinstance(move.answer, Handled) for move in moves)
    for move in moves:
        assert steppers[move.machine].step(move.before, move.received) == move.answer


def test_the_order_is_the_same_in_every_process() -> None:
    script = (
        "from payrelay.classics.request_answer import *\n"
        "from payrelay.verification.tables.tabulation import Tabulation\n"
        "tables = Tabulation(system(FAULTY, moody=True, clients=2, forgetful=True))\n"
        "print([(one.machine, one.message, one.before, one.after, one.sends) for one in tables.rewrites])\n"
    )
    assert len(outputs(script)) == 1


@dataclass(frozen=True, kw_only=True)
class Push(Stimulus):
    pass


@dataclass(frozen=True, kw_only=True)
class Note(Message):
    pass


def count(data: int, message: Push) -> Effect:
    return data + 1, ()


def tell_oneself(data: int, message: Push) -> Effect:
    return data, (Tell("machine", message),)


def tell_nobody(data: int, message: Push) -> Effect:
    return data, (Tell("nobody", message),)


def send_far(data: int, message: Push) -> Effect:
    return data, (Send("far", Note()),)


def send_wrongly(data: int, message: Push) -> Effect:
    return data, (Send("peer", Note()),)


def send_on_restart(data: int, message: Restart) -> Effect:
    return data, (Send("peer", Answer(item=request_answer.ITEM)),)


class Counter(Role):
    on = State(initial=True)
    push = stay(on, on=count)
    inputs = (Push,)


class Talker(Role):
    on = State(initial=True)
    push = stay(on, on=tell_oneself)
    inputs = (Push,)


class Stranger(Role):
    on = State(initial=True)
    push = stay(on, on=tell_nobody)
    inputs = (Push,)


class Caller(Role):
    on = State(initial=True)
    push = stay(on, on=send_far)
    inputs = (Push,)


class Smuggler(Role):
    on = State(initial=True)
    push = stay(on, on=send_wrongly)
    inputs = (Push,)


class Riser(Role):
    on = State(initial=True)
    push = stay(on)
    restart = stay(on, on=send_on_restart)
    inputs = (Push, Restart)


def alone(role: type[Role]) -> System:
    peers = Link("line", ("party", "peer"), carries=(Answer,))
    crashing = replace(request_answer.UNBOUNDED, crashing=("party",))
    instance = Instance("party", "machine", role_table(role), (Local("on", 0),), None, (Push(),))
    return System(crashing, (instance,), (peers,), request_answer.dispatch)


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (Counter, "party/machine has over 50 local states"),
        (Talker, "party: its machines tell each other things without end on push"),
        (Stranger, "party has no machine 'nobody' to tell something to"),
        (Caller, "party sends Note to far, but no link joins the two"),
        (Smuggler, "party sends Note to peer, but line cannot carry it"),
        (Riser, "party/machine: a restart sends nothing; a timer may"),
    ],
)
def test_an_ill_formed_model_is_refused_in_one_line(
    role: type[Role], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tabulation, "most_local_states", 50)
    with pytest.raises(IllFormedModelError) as error:
        Tabulation(alone(role))
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)
