"""payrelay and SPIN on the same systems; and a model that is not of the same system is seen."""

from dataclasses import replace

import pytest
from tests.verification.conftest import SYSTEMS

from payrelay.classics import request_answer, two_phase_commit
from payrelay.classics.random_systems import SEED, of_seed
from payrelay.classics.request_answer import FAULTY, LOSSY, UNBOUNDED
from payrelay.verification.promela import crosscheck as checking
from payrelay.verification.promela.crosscheck import crosscheck
from payrelay.verification.promela.export import promela
from payrelay.verification.promela.spin import NotSearched, SpinFound

FOUND = SpinFound(23, 46, 0, "", 12, 1.0, 0.0, 0.0)


def answering(monkeypatch: pytest.MonkeyPatch, found: SpinFound) -> None:
    """Let SPIN have found this."""
    monkeypatch.setattr(checking, "search", lambda *_args, **_more: found)


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_spin_finds_the_same_states_steps_and_verdicts(name: str, spin: None) -> None:
    system, properties = SYSTEMS[name]
    found = crosscheck(name, system, properties)
    assert found.differences == ()
    assert found.ours.states == found.spins.states


@pytest.mark.slow
@pytest.mark.parametrize("managers", [2, 3, 4])
def test_spin_finds_two_phase_commit(managers: int, spin: None) -> None:
    found = crosscheck("c", two_phase_commit.system(managers), two_phase_commit.PROPERTIES)
    assert found.differences == ()
    assert found.spins.states == {2: 56, 3: 288, 4: 1568}[managers]
    assert found.spins.verdict == "holds"


@pytest.mark.slow
@pytest.mark.parametrize("place", range(6))
def test_spin_finds_the_same_of_random_systems(place: int, spin: None) -> None:
    """The first of those that `payrelay crosscheck` compares; and a model of another system is seen."""
    name, (system, properties) = list(of_seed(SEED, 6))[place]
    assert crosscheck(name, system, properties).differences == ()
    first, *others = system.instances
    idle = replace(first, table=replace(first.table, rows=first.table.rows[-2:]))
    other = replace(system, instances=(idle, *others))
    assert crosscheck(name, system, properties, model=promela(other, properties)).differences


@pytest.mark.slow
def test_spin_stops_counting_copies_where_the_engines_do(spin: None) -> None:
    patient = replace(FAULTY, name="patient", patient=("patience",), duplicates=3, losses=3)
    found = crosscheck("patient", request_answer.system(patient), (request_answer.served_once,))
    assert found.bound == "over 3 copies of one message were under way"
    assert (found.ours.verdict, found.spins.verdict, found.differences) == ("inconclusive", "inconclusive", ())


BREAKS = {
    "a message is not taken": ("TAKE(m2_Answer);", "", ("states", "steps")),
    "a mark is not set": ("seen_honest = 1", "skip", ("verdict",)),
    "a guard asks for something else": ("m3_Advertisement ->", "m1_Request ->", ("states", "steps")),
    "an assertion is the wrong way round": ("assert(!seen_once)", "assert(seen_once)", ("verdict",)),
    "a loss is free": ("losses--", "skip", ("states", "steps")),
}


@pytest.mark.slow
@pytest.mark.parametrize(("right", "wrong", "differences"), BREAKS.values(), ids=BREAKS)
def test_a_broken_export_is_seen(right: str, wrong: str, differences: tuple[str, ...], spin: None) -> None:
    system, properties = request_answer.system(LOSSY), request_answer.PROPERTIES
    model = promela(system, properties)
    assert right in model
    found = crosscheck("broken", system, properties, model=model.replace(right, wrong))
    assert set(found.differences) >= set(differences)


def test_any_difference_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    system = request_answer.system(UNBOUNDED)
    for found, differences in (
        (replace(FOUND, states=6, transitions=9), ()),
        (replace(FOUND, states=5, transitions=9), ("states",)),
        (replace(FOUND, states=6, transitions=8), ("steps",)),
        (replace(FOUND, states=6, transitions=9, errors=1, error="assertion violated !(a)"), ("verdict",)),
    ):
        answering(monkeypatch, found)
        assert crosscheck("c", system, request_answer.PROPERTIES).differences == differences, found


def test_the_choice_of_an_initial_state_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, replace(FOUND, states=13, transitions=19))
    found = crosscheck("c", request_answer.system(UNBOUNDED, forgetful=True), request_answer.PROPERTIES)
    assert (found.ours.states, found.ours.steps) == (found.spins.states, found.spins.steps) == (12, 16)


def test_a_search_that_was_cut_short_is_not_compared() -> None:
    with pytest.raises(NotSearched, match="the limit of 0 seconds was reached"):
        crosscheck("c", request_answer.system(LOSSY), (), seconds=0)
