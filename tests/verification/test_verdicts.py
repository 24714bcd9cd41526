"""One verdict per property, with its reason; violations are traces that replay; nothing unproved is green."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.request_answer import FAULTY, FRIENDLY, LOSSY, UNBOUNDED, Served
from payrelay.language.edits import Drop, Edit, Redirect, edited
from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Conjunct,
    Entered,
    Excludes,
    Failed,
    Fairness,
    In,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Resettable,
    Responds,
)
from payrelay.language.systems import System
from payrelay.language.traces import Trace, from_text, in_words
from payrelay.verification.coverage import Seen, grid, tables_of
from payrelay.verification.engines.exploration import Exploration, Graph, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.replaying import replay
from payrelay.verification.traces.tracing import digest, trace_of_run
from payrelay.verification.verdicts import ONLY_ON_A_WIRE, UNDECIDED_UNBOUNDED, Report, Verdict, necessary, verify

SERVED = Entered("client", states=("served",))
REFUSED = Entered("client", states=("refused",))
WAITING = Entered("client", states=("waiting",))
COMMITTED = Entered("resource", states=("committed",))
PREPARED = Entered("resource", states=("prepared",))
NOTHING = Occurred(occurrence=Served, where={"item": "nothing"})
RESPONSE = cast(Responds, request_answer.every_request_is_answered.conjuncts[0])


def claim(*conjuncts: Conjunct, name: str = "claim") -> Property:
    return Property(name, name[0], "A claim.", conjuncts=conjuncts)


def verdict(system: System, *conjuncts: Conjunct, limits: Limits | None = None) -> Verdict:
    """The verdict on a property of these conjuncts; its trace, if it has one, replays."""
    prop = claim(*conjuncts)
    (found,) = verify(system, [prop], limits=limits).verdicts
    if found.trace is not None:
        assert_replays(system, found.trace, [prop])
    return found


def assert_replays(system: System, trace: Trace, properties: Sequence[Property]) -> None:
    read = from_text(json.dumps(trace.to_json()))
    assert read == trace
    replayed = replay(system, read, properties)
    assert (replayed.error, replayed.violated, replayed.is_same_model) == (None, True, True)
    assert replayed.words == in_words(trace)


def changed(system: System, *edits: Edit) -> System:
    tables = edited(tables_of(system).values(), edits)
    return replace(system, instances=tuple(replace(one, table=tables[one.table.name]) for one in system.instances))


HONEST = {conf.name: request_answer.system(conf, moody=True) for conf in (FRIENDLY, LOSSY, FAULTY, UNBOUNDED)}


@pytest.mark.parametrize("name", HONEST)
def test_every_verdict_on_the_classic_is_as_it_should_be(name: str) -> None:
    report = verify(HONEST[name], request_answer.PROPERTIES)
    results = {one.property.label: one.result for one in report.verdicts}
    lively = "not_applicable" if name == "unbounded" else "holds"
    assert results == {
        "once": "holds",
        "honest": "holds",
        "final": "violated",
        "possible": "holds",
        "settles": lively,
        "answered": lively,
    }
    for one in report.verdicts:
        assert one.is_green == (one.result == "holds")
        if one.trace is not None:
            assert_replays(HONEST[name], one.trace, request_answer.PROPERTIES)


def test_two_phase_commit_is_consistent_until_a_manager_changes_its_mind() -> None:
    system = two_phase_commit.system(3)
    assert [one.result for one in verify(system, two_phase_commit.PROPERTIES).verdicts] == ["holds", "holds"]
    broken = changed(system, Redirect(role="transaction_manager", event="give_up", to="init"))
    consistency = verify(broken, two_phase_commit.PROPERTIES).verdicts[0]
    assert (consistency.result, consistency.conjunct) == (
        "violated",
        "Excludes(entered resource committed, entered resource aborted)",
    )
    assert consistency.trace is not None
    assert_replays(broken, consistency.trace, two_phase_commit.PROPERTIES)


SYSTEM = HONEST["lossy"]
COMMIT = two_phase_commit.system(2)
TURNED = Accepted("resource", message=two_phase_commit.Commit, leaving=("aborted",))
"""A row of two-phase commit that no run ever takes."""


@pytest.mark.parametrize(
    ("system", "good", "bad"),
    [
        (SYSTEM, Never(NOTHING), Never(SERVED)),
        (SYSTEM, Never(WAITING, after=SERVED), Never(SERVED, after=WAITING)),
        (SYSTEM, AtMostOnce(Occurred(occurrence=Served)), AtMostOnce(WAITING)),
        (COMMIT, two_phase_commit.consistent.conjuncts[0], Excludes(COMMITTED, PREPARED)),
        (SYSTEM, Precedes(SERVED, first=(WAITING,)), Precedes(SERVED, first=(REFUSED,))),
        (COMMIT, Possible(COMMITTED), Possible(TURNED)),
        (SYSTEM, Resettable((In("client", ("idle", "served")),)), Resettable((In("client", ("idle",)),))),
        (SYSTEM, RESPONSE, replace(RESPONSE, response=(SERVED,))),
    ],
    ids=lambda case: type(case).__name__,
)
def test_each_conjunct_can_hold_and_fail(system: System, good: Conjunct, bad: Conjunct) -> None:
    assert verdict(system, good).is_green
    assert verdict(system, bad).result == "violated"


def test_nothing_holds_of_what_is_not_there() -> None:
    found = verdict(request_answer.system(FRIENDLY), Never(SERVED, after=REFUSED))
    assert (found.result, found.is_green) == ("not_applicable", False)
    assert found.reason == "no entered client refused in this configuration"
    assert verdict(SYSTEM, Possible(NOTHING)).result == "violated", "what cannot happen is not possible"
    absent = verdict(SYSTEM, Resettable((In("bank", ("idle",)),)))
    assert (absent.result, absent.reason) == ("not_applicable", "no bank in this configuration")


def test_what_holds_of_nothing_is_never_green() -> None:
    found = verdict(COMMIT, Never(COMMITTED, after=TURNED))
    assert (found.result, found.is_green) == ("not_applicable", False)
    assert found.reason.endswith("never happens in this configuration")


def test_conjuncts_that_do_not_apply_are_left_out_and_said_so() -> None:
    found = verdict(request_answer.system(FRIENDLY), Never(SERVED, after=REFUSED), Precedes(SERVED, first=(WAITING,)))
    assert found.is_green
    assert [judged.result for judged in found.conjuncts] == ["not_applicable", "holds"]


def test_one_violated_conjunct_is_enough() -> None:
    found = verdict(SYSTEM, Never(NOTHING), Never(SERVED, after=NOTHING), Never(SERVED))
    assert (found.result, found.conjunct) == ("violated", "Never(entered client served)")
    assert found.trace is not None
    assert found.trace.conjunct_number == 2


def test_a_search_with_a_bound_never_says_holds() -> None:
    cut = Limits(states=1)
    for conjunct in (Never(NOTHING), Possible(SERVED), RESPONSE, Resettable((In("client", ("idle",)),))):
        found = verdict(SYSTEM, conjunct, limits=cut)
        assert (found.result, found.reason) == ("inconclusive", "the limit of 1 states was reached")
        assert not found.is_green


def test_what_was_found_before_the_bound_stands() -> None:
    system = request_answer.system(FAULTY, forged=True)
    report = verify(system, [claim(Never(SERVED), name="never"), claim(Possible(SERVED), name="can"), claim(RESPONSE)])
    assert report.bound == "over 3 copies of one message were under way"
    assert [one.result for one in report.verdicts] == ["violated", "holds", "inconclusive"]


def test_an_interrupted_search_is_inconclusive() -> None:
    def interrupt(phase: str, found: Exploration, waiting: int) -> None:
        if phase == "searching":
            raise KeyboardInterrupt

    report = verify(SYSTEM, [claim(Never(NOTHING))], progress=interrupt)
    assert report.interrupted
    assert report.verdicts[0].result == "inconclusive"


def test_an_interrupted_decision_is_inconclusive() -> None:
    def interrupt(phase: str, found: Exploration, waiting: int) -> None:
        if phase == "deciding c":
            raise KeyboardInterrupt

    report = verify(SYSTEM, [claim(Never(NOTHING), name="never"), claim(RESPONSE)], progress=interrupt)
    assert report.interrupted
    assert [one.result for one in report.verdicts] == ["holds", "inconclusive"]


def test_response_and_reset_wait_for_budgeted_faults() -> None:
    system = HONEST["unbounded"]
    for conjunct in (RESPONSE, Resettable((In("client", ("idle",)),))):
        found = verdict(system, conjunct)
        assert (found.result, found.reason) == ("not_applicable", UNDECIDED_UNBOUNDED)
    assert verdict(system, Possible(SERVED)).is_green


def test_a_response_on_a_channel_that_is_too_small_is_inconclusive() -> None:
    """Also where the graph shows no run without it: what was cut away might be one."""
    one_copy = replace(FRIENDLY, name="one_copy", channel="set", patient=("patience",))
    for system in (request_answer.system(one_copy), request_answer.system(replace(one_copy, channel="bag"))):
        found = verdict(system, RESPONSE)
        assert found.result == "inconclusive"
        assert found.reason.endswith(
            ("of which a copy was under way, and a set keeps one", "copies of one message were under way")
        )
        with pytest.raises(ValueError, match="what a response needs cannot be said of a part of its graph"):
            necessary(system, claim(RESPONSE))


def test_other_levels_have_their_own_judges() -> None:
    def fails(system: System) -> str | None:
        return f"{len(system.instances)} machines are too many"

    def passes(system: System) -> str | None:
        return None

    properties = [
        Property("a", "a", "A.", level="structural", check=fails),
        Property("b", "b", "B.", level="function", check=passes),
        Property("c", "c", "C.", level="wire"),
        replace(claim(Never(SERVED)), absent=lambda system: f"only {len(system.instances)} machines"),
    ]
    report = verify(SYSTEM, properties)
    assert [(one.result, one.reason) for one in report.verdicts] == [
        ("violated", "3 machines are too many"),
        ("holds", ""),
        ("not_applicable", ONLY_ON_A_WIRE),
        ("not_applicable", "only 3 machines in this configuration"),
    ]
    assert (report.states, report.coverage) == (0, None), "nothing needed a search"


def test_what_a_property_needs_may_be_there() -> None:
    system = replace(SYSTEM, configuration=SYSTEM.configuration.derived({"losses": "0"}))
    assert verify(system, [replace(claim(Never(NOTHING)), absent=lambda _system: None)]).verdicts[0].is_green


@pytest.mark.parametrize("name", ["friendly", "lossy", "faulty"])
def test_every_assumption_is_shown_to_be_needed_by_a_run_that_replays(name: str) -> None:
    prop = request_answer.every_request_is_answered
    needed = necessary(HONEST[name], prop)
    assert [(fairness.name, trace is not None) for fairness, trace in needed] == [
        ("messages_arrive", True),
        ("patience_ends", name != "friendly"),
    ]
    for fairness, trace in needed:
        if trace is not None:
            assert trace.without == fairness.name
            assert_replays(HONEST[name], trace, [prop])
            assert replay(HONEST[name], replace(trace, without=""), [prop]).error == (
                f"the end is not fair: under '{fairness.name}' something has to happen that does not"
            )


def test_a_run_for_ever_replays_and_a_spoilt_one_does_not() -> None:
    moody = request_answer.system(FRIENDLY, moody=True)
    served = replace(RESPONSE, response=(SERVED,), under=(*RESPONSE.under, Fairness("users_go_on", "stimuli")))
    trace = verdict(moody, served).trace
    assert trace is not None
    assert trace.loop_from is not None
    loop = range(trace.loop_from, len(trace.steps) + 1)
    assert [trace.steps[number - 1].kind for number in loop].count("user") == 2
    late = replay(moody, replace(trace, loop_from=trace.loop_from + 1), [claim(served)])
    assert late.error == "the loop does not come back to the state in which it begins"
    answered = claim(replace(served, response=(SERVED, REFUSED)))
    error = replay(moody, trace, [answered]).error
    assert error == "the trace is a run of this model, but every trigger in it is answered"


# What a replay refuses.


def violation(system: System = SYSTEM) -> tuple[Trace, Property]:
    prop = claim(Never(SERVED))
    trace = verify(system, [prop]).verdicts[0].trace
    assert trace is not None
    return trace, prop


def test_a_trace_of_another_configuration_is_refused() -> None:
    trace, prop = violation()
    error = replay(HONEST["friendly"], trace, [prop]).error
    assert error == "the trace is of configuration 'lossy', not 'friendly'"


def test_a_trace_of_an_unknown_property_is_refused() -> None:
    trace, prop = violation()
    assert replay(SYSTEM, replace(trace, property="other"), [prop]).error == "the model has no property 'other'"
    beyond = replay(SYSTEM, replace(trace, conjunct_number=3), [prop]).error
    assert beyond == "the model has no conjunct 3 of the property 'claim'"


def test_a_trace_that_begins_elsewhere_is_refused() -> None:
    trace, prop = violation()
    error = replay(SYSTEM, replace(trace, initial={}), [prop]).error
    assert error == "the trace begins with machines in states in which none of the model's runs begins"


@pytest.mark.parametrize(
    ("place", "changes", "sentence"),
    [
        (1, {"kind": "lose"}, "step 2 (lose request at server) cannot happen here in this model"),
        (1, {"sends": ()}, "step 2 (deliver request at server) happens otherwise in this model: its 'sends' differs"),
        (2, {"after": {}}, "step 3 (deliver answer at client-1) happens otherwise in this model: its 'after' differs"),
        (2, {"actor": "client-2"}, "step 3 (deliver answer at client-2) cannot happen here in this model"),
        (0, {"section": "x"}, "step 1 (user ask at client-1) happens otherwise in this model: its 'section' differs"),
    ],
)
def test_a_spoilt_trace_is_refused(place: int, changes: dict[str, object], sentence: str) -> None:
    trace, prop = violation(request_answer.system(FRIENDLY))
    steps = list(trace.steps)
    steps[place] = replace(steps[place], **changes)  # type: ignore[arg-type]
    replayed = replay(request_answer.system(FRIENDLY), replace(trace, steps=tuple(steps)), [prop])
    assert (replayed.error, replayed.violated) == (sentence, False)


def test_a_run_that_violates_nothing_is_said_so() -> None:
    trace, prop = violation()
    short = replace(trace, steps=trace.steps[:-1])
    error = replay(SYSTEM, short, [prop]).error
    assert error == "the trace is a run of this model, but it does not violate the property"


def test_a_run_with_every_kind_of_step_can_be_taken_again() -> None:
    prop = claim(Never(NOTHING))
    engine, graph = TableEngine(Tabulation(HONEST["faulty"]), [prop]), Graph()
    engine.explore(graph=graph)
    places = engine.budgets.values()
    spent = next(n for n, state in enumerate(graph.states) if not any(place.of(state) for place in places))
    trace = trace_of_run(engine, graph.path(spent), prop, 0)
    assert {step.kind for step in trace.steps} >= {"lose", "duplicate", "crash", "restart", "timeout", "user"}
    assert any(step.early for step in trace.steps)
    error = replay(HONEST["faulty"], from_text(json.dumps(trace.to_json())), [prop]).error
    assert error == "the trace is a run of this model, but it does not violate the property"


def test_a_run_from_another_beginning_replays() -> None:
    forgetful = request_answer.system(FAULTY, forgetful=True)
    trace = verify(forgetful, [request_answer.answered_after_service]).verdicts[0].trace
    assert trace is not None
    assert trace.initial["server/ledger"] == {"state": "taken", "data": None}
    assert_replays(forgetful, trace, [request_answer.answered_after_service])


# Digest and coverage.


def test_the_digest_changes_with_the_model_and_with_nothing_else() -> None:
    assert digest(SYSTEM) == digest(request_answer.system(LOSSY, moody=True))
    others = [
        HONEST["friendly"],
        changed(SYSTEM, Redirect(role="client", event="answer", to="idle")),
        request_answer.system(LOSSY, clients=2),
        request_answer.system(LOSSY, forged=True),
        replace(SYSTEM, links=()),
        replace(SYSTEM, before=(("server/ledger", Served(request_answer.ITEM)),)),
    ]
    assert len({digest(SYSTEM), *map(digest, others)}) == 1 + len(others)


def test_a_changed_model_is_told_with_the_replay() -> None:
    trace, prop = violation()
    other = changed(SYSTEM, Drop(role="client", event="forget"))
    replayed = replay(other, trace, [prop])
    assert (replayed.error, replayed.violated, replayed.is_same_model) == (None, True, False)


def covered(system: System) -> Report:
    return verify(system, [claim(Never(NOTHING))])


def test_coverage_is_what_was_seen_at_work() -> None:
    friendly = covered(request_answer.system(FRIENDLY)).coverage
    assert friendly is not None
    assert {name: seen.figure for name, seen in friendly.rows.items()} == {
        "client": "2/5",
        "server_desk": "2/4",
        "server_ledger": "1/2",
    }
    assert friendly.messages == Seen(
        frozenset({"Request", "Answer", "Advertisement"}),
        frozenset({"Request", "Answer", "Advertisement", "Refusal"}),
    )
    assert friendly.faults.figure == "0/0"
    faulty, unbounded = covered(HONEST["faulty"]).coverage, covered(HONEST["unbounded"]).coverage
    assert faulty is not None
    assert unbounded is not None
    assert faulty.faults.seen == {"lose", "duplicate", "crash", "early timeout"}
    assert unbounded.faults.figure == "1/1"
    for coverage in (faulty, unbounded):
        assert {name: seen.figure for name, seen in coverage.rows.items()} == {
            "client": "5/5",
            "server_desk": "4/4",
            "server_ledger": "2/2",
        }
    assert (friendly | faulty).rows == faulty.rows


def test_the_grid_counts_every_pair_once() -> None:
    grids = {name: grid(table) for name, table in tables_of(SYSTEM).items()}
    assert grids["client"] == (5, 6, 9)
    assert sum(grids["client"].shares) == pytest.approx(1)
    assert grids["server_desk"] == (3, 0, 0)


def test_a_report_is_plain_data() -> None:
    report = verify(SYSTEM, request_answer.PROPERTIES)
    text = json.dumps([report.value(), *(one.value() for one in report.verdicts)])
    assert '"verdict": "violated"' in text
    assert report.value()["scope"] == "up to 1 loss; any reordering"


def test_an_error_of_any_machine_of_the_party_is_told() -> None:
    closed = changed(SYSTEM, Drop(role="server_ledger", event="serve"))
    tables = tables_of(closed)
    deaf = replace(tables["server_ledger"], ignored=())
    instances = (replace(one, table=deaf) if one.name == "ledger" else one for one in closed.instances)
    trace = verdict(replace(closed, instances=tuple(instances)), Never(Failed("server"))).trace
    assert trace is not None
    assert trace.steps[-1].answer == "protocol_error"
    assert in_words(trace)[-2].endswith("(protocol error)")
