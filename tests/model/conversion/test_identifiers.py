"""The identifiers a user sees (claim 7, P20, P21)."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import displayed_identifiers

unequal = st.sets(st.text("ab", min_size=1, max_size=9), max_size=12)
equal = st.sets(st.text("ab", min_size=9, max_size=9), max_size=12)


def check_distinct(display: Callable[[Iterable[str]], dict[str, str]], proc_ids: set[str]) -> None:
    displayed = display(proc_ids)
    assert displayed.keys() == proc_ids
    assert all(proc_id.startswith(shown) for proc_id, shown in displayed.items())
    assert len(set(displayed.values())) == len(proc_ids)


@settings(deadline=None)
@given(proc_ids=unequal, at_least=st.integers(1, 10))
def test_no_two_live_procedures_look_the_same(proc_ids: set[str], at_least: int) -> None:
    check_distinct(lambda live: displayed_identifiers(live, at_least), proc_ids)


def test_two_that_look_the_same_are_noticed() -> None:
    with pytest.raises(AssertionError):
        check_distinct(lambda live: {proc_id: proc_id[:2] for proc_id in live}, {"aab", "aac"})


@settings(deadline=None)
@given(proc_ids=equal, newcomer=st.text("ab", min_size=9, max_size=9), at_least=st.integers(1, 9))
def test_a_newcomer_is_shown_as_none_of_those_before(proc_ids: set[str], newcomer: str, at_least: int) -> None:
    before = displayed_identifiers(proc_ids - {newcomer}, at_least)
    assert displayed_identifiers(proc_ids | {newcomer}, at_least)[newcomer] not in before.values()


def test_as_short_as_possible() -> None:
    assert displayed_identifiers(["abcdefgh", "abcdexyz", "0123456789"]) == {
        "0123456789": "012345",
        "abcdefgh": "abcdef",
        "abcdexyz": "abcdex",
    }
    assert displayed_identifiers(["proc-1", "proc-10", "proc-11"]) == {p: p for p in ("proc-1", "proc-10", "proc-11")}
    assert displayed_identifiers(["abcd", "abxy"], 1) == {"abcd": "abc", "abxy": "abx"}
    assert displayed_identifiers([]) == {}
