"""Reading: which sending a receipt belongs to, and what is said of it."""

from dataclasses import replace

import pytest
from tests.diagrams.random_traces import message, random_trace, step, trace

from payrelay.diagrams.sequence.picture import Message, Verdict, remarks_on
from payrelay.diagrams.sequence.reading import events, lifelines, seen_by, verdict
from payrelay.language.traces import Trace

ASK, TELL, OTHER = (
    message("Ask", "relay", "shop", n=1),
    message("Tell", "shop", "relay"),
    message("Other", "relay", "shop"),
)


def messages(told: Trace) -> list[Message]:
    return [event.message for event in events(told) if event.message]


def test_what_is_received_as_it_is_sent_goes_straight_across() -> None:
    told = trace(step(1, "timeout", "relay", sends=[ASK | {"by": "control"}]), step(2, "deliver", "shop", ASK))
    (ask,) = messages(told)
    assert (ask.sent_in, ask.is_delayed, ask.fate, ask.by, ask.fields) == (1, False, "received", "control", ("n 1",))
    assert remarks_on(ask) == ()


def test_a_message_is_delayed_if_its_sender_did_something_since() -> None:
    steps = step(1, "timeout", "relay", sends=[ASK]), step(2, "timeout", "relay"), step(3, "deliver", "shop", ASK)
    (ask,) = messages(trace(*steps))
    assert (ask.sent_in, ask.is_delayed, remarks_on(ask)) == (1, True, ("sent in 1",))
    (ask,) = messages(trace(steps[0], replace(steps[1], actor="wallet"), steps[2]))
    assert not ask.is_delayed  # somebody else did


def test_a_lost_message_and_a_repeated_one_are_told_apart() -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[ASK]),
        step(2, "lose", "shop", ASK, place=2),
        step(3, "timeout", "relay", sends=[ASK]),
        step(4, "deliver", "shop", ASK),
    )
    lost, repeated = messages(told)
    assert (lost.fate, lost.sent_in, lost.is_faulty) == ("lost", 1, True)
    assert remarks_on(lost) == ("lost", "from place 2 of its queue")
    assert (repeated.sent_in, repeated.copy_of, repeated.is_faulty) == (3, None, False)


def test_a_duplicate_and_its_copy_are_marked() -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[ASK]),
        step(2, "duplicate", "shop", ASK),
        step(3, "deliver", "shop", ASK, answer="ignored"),
    )
    first, second = messages(told)
    assert remarks_on(first) == ("a copy stays under way",)
    assert (second.copy_of, remarks_on(second)) == (2, ("a copy of 2", "passed over"))


def test_a_copy_that_nobody_made_is_one_of_the_channel() -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[ASK]), step(2, "deliver", "shop", ASK), step(3, "deliver", "shop", ASK)
    )
    assert [one.copy_of for one in messages(told)] == [None, 2]


def test_the_same_sent_twice_is_no_copy() -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[ASK]),
        step(2, "timeout", "relay", sends=[ASK]),
        step(3, "deliver", "shop", ASK),
        step(4, "deliver", "shop", ASK),
    )
    assert [(one.sent_in, one.copy_of) for one in messages(told)] == [(1, None), (2, None)]


def test_a_message_that_nobody_sent_is_received_all_the_same() -> None:
    (ask,) = messages(trace(step(1, "deliver", "shop", ASK)))
    assert (ask.sent_in, ask.is_delayed, ask.fate) == (None, False, "received")


def test_what_nobody_receives_is_still_under_way_after_what_sent_it() -> None:
    told = trace(
        step(1, "timeout", "relay", sends=[ASK, OTHER]),
        step(2, "deliver", "shop", ASK, section="first"),
        property="p",
    )
    found = events(told)
    assert [(event.number, event.message and event.message.name) for event in found] == [
        (1, None),
        (None, "Other"),
        (2, "Ask"),
    ]
    assert found[1].message is not None
    assert (found[1].message.fate, found[1].message.section) == ("under way", "first")  # the link's, as of the other
    assert [event.is_violating for event in found] == [False, False, True]


def test_what_the_violating_step_sends_violates_as_well() -> None:
    told = trace(step(1, "timeout", "relay", sends=[ASK]), property="p", conjunct="c")
    assert [event.is_violating for event in events(told)] == [True, True]
    assert not any(event.is_violating for event in events(told, is_violated=False))


def test_what_never_comes_violates_in_no_step() -> None:
    told = trace(step(1, "timeout", "relay"), property="p", conjunct="c", stops=True)
    assert not any(event.is_violating for event in events(told))
    assert verdict(told) == (
        Verdict(lines=("violated: p", "c", "nothing more has to happen, and what must follow never does")),
    )
    lasso = replace(told, stops=False, loop_from=1, without="delivery")
    assert verdict(lasso) == (Verdict(lines=("violated without 'delivery': p", "c", "what must follow never does")),)
    assert verdict(trace()) == ()


def test_merged_copies_are_not_under_way() -> None:
    told = trace(step(1, "timeout", "relay", sends=[ASK, ASK | {"merged": True}]), step(2, "deliver", "shop", ASK))
    assert len(messages(told)) == 1


def test_what_the_world_chose_is_shown() -> None:
    told = trace(step(1, "deliver", "shop", ASK, chosen=message("Ask", "relay", "shop", n=1, issuer="declines")))
    assert messages(told)[0].fields == ("n 1", "issuer declines")


def test_moments_states_and_occurrences() -> None:
    before, after = {"relay/a": {"state": "x"}, "relay/b": {"state": "x"}}, {"relay/a": {"state": "y"}}
    happened = (
        {
            "occurrence": "MoneyDebited",
            "machine": "relay/a",
            "fields": {"amount": 2, "key": {"kind": "k", "name": "1"}},
        },
    )
    told = trace(
        step(1, "timeout", "relay", input="retry_time", early=True, before=before, after=after, occurrences=happened),
        step(2, "crash", "relay"),
        step(3, "restart", "relay"),
        step(4, "user", "terminal-1", message("UserPays", "user", "terminal-1")),
    )
    timeout, crash, restart, user = events(told)
    assert (timeout.kind, timeout.text, timeout.is_early, timeout.is_fault) == ("timeout", "retry_time", True, True)
    assert (timeout.states, timeout.occurrences) == (("a: x → y",), ("money debited, amount 2",))
    assert (crash.text, restart.text, crash.is_fault) == ("crashes", "restarts", True)
    assert user.message is not None
    assert (user.message.sender, user.message.receiver) == ("user", "terminal-1")


def test_lifelines_have_an_order_of_their_own() -> None:
    told = trace(
        step(1, "user", "terminal-1", message("U", "", "terminal-1")), parties=("x", "wallet-10", "shop", "wallet-2")
    )
    assert lifelines(told) == ("terminal-1", "wallet-2", "wallet-10", "shop", "x")


@pytest.mark.parametrize("role", ["wallet", "wallet-1"])
def test_a_role_sees_what_it_takes_part_in(role: str) -> None:
    all_ = events(random_trace(8, 60, 5))
    seen = seen_by(all_, role)
    assert 0 < len(seen) < len(all_)
    assert all(any(party in (role, "wallet-1", "wallet-2") for party in event.parties) for event in seen)


@pytest.mark.parametrize("seed", range(20))
def test_every_step_is_an_event_and_every_message_is_there(seed: int) -> None:
    told = random_trace(6, 50, seed)
    found = events(told)
    assert [event.number for event in found if event.number is not None] == [one.n for one in told.steps]
    sent = sum(len(one.sends) for one in told.steps)
    ended = [event.message for event in found if event.message and event.message.sender != "user"]
    # Each sending ends in exactly one event that is no copy: received, lost or still under way.
    assert sum(one.copy_of is None for one in ended) == sent
