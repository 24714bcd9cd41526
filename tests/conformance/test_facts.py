"""Facts: what a case tries is what the model does on its moves."""

from __future__ import annotations

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Arrives, Crashed, Done, Injected, Move, Spoilt
from payrelay.conformance.facts import Fact, as_taken, facts_of, is_refused
from payrelay.conformance.revisions import revision

from .runs import setting

RELAY = setting("relay", wallets=1)
COURSE = RELAY.course


def to_the_request() -> tuple[Done, Arrives]:
    """The user pays, and the request arrives."""
    deed = next(iter(COURSE.deeds(COURSE.start)))
    place = COURSE.after(COURSE.start, deed).place
    return deed, next(iter(COURSE.arrivals(place)))


def tried(*more: Move, at: int | None = 1) -> tuple[Fact, ...]:
    """What is tried in a case that begins with the request."""
    return facts_of(Case("it", "pair", (*to_the_request(), *more), at), RELAY)


def spoilt(aspect: str, at: str = "") -> Spoilt:
    """The request, with one thing wrong."""
    return Spoilt(to_the_request()[1].message, aspect, at)


def tried_instead(aspect: str, at: str = "") -> tuple[Fact, ...]:
    """What is tried if it is this that comes, in place of the request as it must be."""
    return facts_of(Case("it", "mutator", (to_the_request()[0], spoilt(aspect, at)), 1), RELAY)


def test_each_machine_that_takes_part_is_a_fact() -> None:
    directory, procedure = tried()
    assert (directory.table, directory.action, directory.message) == (
        "relay_directory",
        "open_fresh",
        "ProcedureRequest",
    )
    assert (procedure.table, procedure.state, procedure.action) == ("relay_procedure", "idle", "forward_request")
    assert procedure.sends == procedure.posts == ("ForwardedProcedureRequest",)
    assert (directory.terminal, procedure.terminal) == ("yes", "no")


def test_what_others_do_is_nothing_that_is_tried() -> None:
    assert tried(at=0) == ()
    assert tried(at=None) == tried(at=1)


def test_what_is_refused_reaches_no_machine_and_is_in_its_state() -> None:
    (fact,) = tried_instead("missing_member", "/sender")
    assert (fact.answer, fact.action, fact.sends) == ("refused", "", ())
    assert (fact.table, fact.state, fact.event) == ("relay_directory", "open", "procedure_request")
    assert "receiver.refuses-missing-and-unknown-members" in revision().of([fact])
    assert "relay-procedure.forward-request" not in revision().of([fact])


def test_what_is_passed_over_is_taken() -> None:
    facts = tried_instead("unknown_header")
    assert [fact.action for fact in facts] == ["open_fresh", "forward_request"]
    assert "any.passes-over-what-is-not-named" in revision().of(facts)


def test_what_is_forged_within_a_message_is_taken_and_judged_there() -> None:
    assert is_refused(spoilt("alg_none"))
    assert not is_refused(spoilt("alg_none", "/payment_info"))
    assert not is_refused(spoilt("unknown_query"))
    request = to_the_request()
    place = COURSE.start
    for move in request:
        place = COURSE.after(place, move).place
    asks = next(iter(COURSE.arrivals(place)))
    message = next(iter(COURSE.arrivals(COURSE.after(place, asks).place))).message
    moves = (*request, asks, Spoilt(message, "alg_none", "/payment_info"))
    (fact,) = facts_of(Case("it", "mutator", moves, 3), RELAY)
    assert (fact.answer, fact.event) == ("disbelieved", "payment_info_message")
    assert "any.takes-forged-objects-as-unverified" in revision().of([fact])
    taken = as_taken(moves[-1])
    assert isinstance(taken, Injected)
    assert "unverified" in str(taken.message).lower()
    assert as_taken(spoilt("truncated")) == spoilt("truncated")


def test_the_same_once_more_is_known() -> None:
    _, arrives = to_the_request()
    again = Injected(arrives.message)
    facts = tried(again, at=2)
    assert facts[0].again == "yes"
    assert "receiver.knows-duplicates-by-their-content" in revision().of(facts)


def test_a_crash_and_what_belongs_nowhere_are_tried() -> None:
    assert {fact.event for fact in tried(Crashed("relay"), at=2)} == {"restart"}
    assert tried(at=3) == ()


def test_a_case_is_read_as_far_as_its_moves_follow_each_other() -> None:
    _, arrives = to_the_request()
    assert facts_of(Case("it", "pair", (arrives,)), RELAY) == ()
