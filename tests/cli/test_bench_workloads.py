"""What there is to measure."""

import pytest

from payrelay.cli.bench_workloads import ALL, GROWTH, USUAL, Workload, by_hand, workloads
from payrelay.cli.catalogue import Catalogue, payments
from payrelay.cli.errors import UsageError


def test_everything_named_is_there_and_can_be_built() -> None:
    catalogue = payments()
    assert [one.name for one in workloads(catalogue, ())] == list(USUAL)
    assert [one.name for one in workloads(catalogue, (), wants_all=True)] == list(ALL)
    growth = [one for one in workloads(catalogue, GROWTH) if isinstance(one, Workload)]
    assert [one.build()[0].configuration.orders for one in growth] == [1, 2, 3]  # type: ignore[attr-defined]
    assert [one.is_large for one in growth] == [False, False, True]


def test_each_is_measured_once(catalogue: Catalogue) -> None:
    names = ["lossy", "two_phase_commit_2", "lossy"]
    assert [one.name for one in workloads(catalogue, names)] == ["lossy", "two_phase_commit_2"]
    assert [one.published and one.published.states for one in workloads(catalogue, names)] == [None, 56]


def test_invalid_name(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match="no workload 'losy'; did you mean 'lossy'"):
        workloads(catalogue, ["losy"])


@pytest.mark.parametrize("suffix", ["cfg", "m"])
def test_the_number_of_managers_is_set(suffix: str) -> None:
    three, eight = by_hand(suffix).splitlines(), by_hand(suffix, 8).splitlines()
    ((before, after),) = [pair for pair in zip(three, eight, strict=True) if pair[0] != pair[1]]
    assert after == before.replace("3", "8")
