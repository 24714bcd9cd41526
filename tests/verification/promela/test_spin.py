"""What SPIN says, read; and what is said if it cannot be run or does not come to its end."""

import shutil

import pytest

from payrelay.verification.promela.spin import NotSearched, SpinError, missing, read, search

SAID = """\
pan:1: assertion violated  !(seen_once_1) (at depth 14)
pan: wrote model.pml.trail

(Spin Version 6.5.2 -- 6 December 2019)

State-vector 20 byte, depth reached 44, errors: 714
     2048 states, stored
     5435 states, matched
     7483 transitions (= stored+matched)

Stats on memory usage (in Megabytes):
    0.078	equivalent memory usage for states (stored*(State-vector + overhead))
    7.359	total actual memory usage

pan: elapsed time 1.21 seconds
pan: rate   1692.56 states/second
"""
TINY = """\
byte n;
active proctype system() {
end: do
  :: d_step { n < 4 -> n++; assert(n < LIMIT) }
  od
}
"""


def test_everything_is_read() -> None:
    found = read(SAID, preparing=2.0)
    assert (found.states, found.transitions, found.errors, found.vector) == (2048, 7483, 714, 20)
    assert (found.memory, found.seconds, found.preparing) == (7.359, 1.21, 2.0)
    assert found.error == "assertion violated  !(seen_once_1) (at depth 14)"
    assert found.verdict == "violated"


def test_no_error_holds() -> None:
    lines = SAID.replace("errors: 714", "errors: 0").splitlines(keepends=True)
    found = read("".join(lines[2:]))
    assert (found.verdict, found.error) == ("holds", "")


def test_too_many_copies_are_inconclusive() -> None:
    assert read(SAID.replace("!(seen_once_1)", "(m1_Request<=(3-1))")).verdict == "inconclusive"


@pytest.mark.parametrize("line", ["error: max search depth too small", "pan: reached -DMEMLIM bound"])
def test_a_search_that_was_cut_short_is_none(line: str) -> None:
    with pytest.raises(NotSearched, match="did not search everything"):
        read(f"{line}\n{SAID}")


def test_invalid_output() -> None:
    with pytest.raises(SpinError, match="did not say what it found: nothing of use"):
        read("nothing\nof use")


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ((), ["spin: Debian package spin", "gcc: Debian package gcc"]),
        (("gcc",), ["spin: Debian package spin"]),
        (("spin", "gcc"), []),
    ],
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], named: list[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    assert missing() == named
    if named:
        with pytest.raises(SpinError, match="not on this machine: spin: Debian package spin"):
            search(TINY)


@pytest.mark.slow
def test_a_model_is_searched_past_its_violation(spin: None) -> None:
    found = search(TINY, defined=["LIMIT=3"])
    assert (found.states, found.transitions, found.errors) == (5, 5, 2)
    assert search(TINY, defined=["LIMIT=5"]).verdict == "holds"


@pytest.mark.slow
def test_invalid_model(spin: None) -> None:
    with pytest.raises(SpinError, match="spin failed"):
        search("no model")


@pytest.mark.slow
def test_time_ends_a_search(spin: None) -> None:
    with pytest.raises(NotSearched, match="was stopped after"):
        search(TINY, seconds=0.001, defined=["LIMIT=5"])
