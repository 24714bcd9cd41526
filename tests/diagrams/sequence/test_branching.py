"""Branching: several runs as one picture."""

from tests.diagrams.random_traces import message, random_trace, step, trace

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.picture import Alternatives, Event, Item, Loop, Verdict
from payrelay.language.traces import Trace


def run(parties: str, **more: object) -> Run:
    steps = [step(n, "timeout", party, input="t") for n, party in enumerate(parties, 1)]
    return Run(parties, trace(*steps, parties="abc", **more))


def shape(items: tuple[Item, ...]) -> list[object]:
    return [_shape(item) for item in items]


def _shape(item: Item) -> object:
    match item:
        case Event():
            return f"{item.party}{item.number}.{item.run}"
        case Loop():
            return item.label, shape(item.items)
        case Alternatives():
            return {branch.title: shape(branch.items) for branch in item.branches}
        case Verdict():
            return item.lines[0]


def test_what_runs_share_is_drawn_once() -> None:
    found = sequence([run("abc"), run("acb"), run("ac")], "title", "says")
    assert shape(found.items) == [
        "a1.0",
        {"abc": ["b2.0", "c3.0"], "acb or ac": ["c2.1", {"acb": ["b3.1"], "ac": []}]},
    ]
    assert (found.title, found.says, found.lifelines) == ("title", "says", ("a", "b", "c"))


def test_runs_that_are_the_same_are_branches_without_events() -> None:
    found = sequence([run("ab"), Run("the same", run("ab").trace)], "", "")
    assert shape(found.items) == ["a1.0", "b2.0", {"ab": [], "the same": []}]


def test_no_loop_that_goes_on_for_ever_is_shared() -> None:
    found = sequence([run("ab", loop_from=2, property="p"), run("abc")], "", "")
    assert shape(found.items) == [
        "a1.0",
        {"ab": [("loop for ever", ["b2.0"]), "violated: p"], "abc": ["b2.1", "c3.1"]},
    ]


def test_one_run_is_drawn_as_it_is() -> None:
    assert shape(sequence([run("abab", property="p")], "", "").items) == ["a1.0", "b2.0", "a3.0", "b4.0", "violated: p"]
    assert shape(sequence([run("abab")], "", "").items) == [("loop 2 times", ["a1.0", "b2.0"])]


def test_what_is_missed_violates_nothing_itself() -> None:
    of = run("ab", property="p", conjunct="Possible(x)")
    found = sequence([Run("ab", of.trace, "no run does this")], "", "")
    assert found.items[-1] == Verdict(lines=("violated: p", "Possible(x)", "no run does this"))
    assert not any(event.is_violating for event in found.events)


def test_a_role_sees_its_own_lifelines_and_sections_keep_their_numbers() -> None:
    told: Trace = random_trace(8, 60, 3)
    all_, seen = sequence([Run("r", told)], "", ""), sequence([Run("r", told)], "", "", role="payment")
    assert set(seen.lifelines) < set(all_.lifelines)
    assert "payment" in seen.lifelines
    assert seen.sections == all_.sections == ("first section", "second section")


def test_a_role_that_does_nothing_has_an_empty_line() -> None:
    assert sequence([run("ab")], "", "", role="c").lifelines == ("c",)


def test_texts_are_cleaned() -> None:
    told = trace(step(1, "deliver", "a", message("M\x00", "b", "a")))
    found = sequence([Run("r\n", told)], "t\x07", "s")
    assert found.title == "t�"
    assert found.events[0].message is not None
    assert found.events[0].message.name == "M�"
