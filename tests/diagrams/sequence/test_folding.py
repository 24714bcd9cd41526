"""Folding: what is repeated at once is drawn once, and nothing else is."""

import pytest
from tests.diagrams.random_traces import message, random_trace, step, trace

from payrelay.diagrams.sequence.folding import folded, for_ever
from payrelay.diagrams.sequence.picture import Event, Item, Loop, events_in
from payrelay.diagrams.sequence.reading import events


def timeouts(*parties: str) -> tuple[Event, ...]:
    return events(trace(*(step(n, "timeout", party, input="t") for n, party in enumerate(parties, 1))))


def shape(items: tuple[Item, ...]) -> list[object]:
    return [(item.label, item.steps, shape(item.items)) if isinstance(item, Loop) else item.party  # type: ignore[union-attr]
            for item in items]  # fmt: skip


@pytest.mark.parametrize(
    ("parties", "wanted"),
    [
        ("abc", ["a", "b", "c"]),
        ("aab", [("loop 2 times", "steps 1–2", ["a"]), "b"]),
        ("abababc", [("loop 3 times", "steps 1–6", ["a", "b"]), "c"]),
        ("caabaab", ["c", ("loop 2 times", "steps 2–7", ["a", "a", "b"])]),
        ("abcab", ["a", "b", "c", "a", "b"]),
        ("", []),
    ],
)
def test_repeated_blocks(parties: str, wanted: list[object]) -> None:
    assert shape(folded(timeouts(*parties))) == wanted


def test_a_repetition_is_the_same_in_all_but_its_numbers() -> None:
    ask, tell = message("Ask", "relay", "shop"), message("Tell", "shop", "relay")
    rounds = [step(1, "timeout", "relay", sends=[ask])]
    for n in (2, 4, 6):
        rounds += [step(n, "deliver", "shop", ask, sends=[tell]), step(n + 1, "deliver", "relay", tell, sends=[ask])]
    (first, loop, rest) = folded(events(trace(*rounds)))
    assert isinstance(loop, Loop)
    assert (loop.label, loop.steps, len(loop.items)) == ("loop 3 times", "steps 2–7", 2)
    assert isinstance(first, Event)
    assert isinstance(rest, Event)
    assert rest.number is None  # the last one that asks is still under way
    rounds[3] = step(4, "deliver", "shop", ask, sends=[tell], answer="ignored")
    assert not any(isinstance(item, Loop) for item in folded(events(trace(*rounds))))


def test_what_goes_on_for_ever_is_a_loop() -> None:
    assert shape(for_ever(timeouts(*"abcbc"), 2)) == [
        "a",
        ("loop for ever", "steps 2–5", [("loop 2 times", "steps 2–5", ["b", "c"])]),
    ]
    assert shape(for_ever(timeouts(*"ab"), None)) == ["a", "b"]
    assert shape(for_ever(timeouts(*"ab"), 3)) == ["a", "b"]
    assert shape(for_ever(timeouts(*"ab"), 2)) == ["a", ("loop for ever", "step 2", ["b"])]


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost_but_repetitions(seed: int) -> None:
    found = events(random_trace(6, 80, seed))
    kept = list(events_in(folded(found)))
    assert kept == [event for event in found if event in kept]
