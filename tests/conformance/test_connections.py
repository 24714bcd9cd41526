"""Connections: who says nothing while everything is slow may be slow, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.conformance.connections import Connections
from payrelay.conformance.deviations import SILENT, Deviation, Late
from payrelay.conformance.plans import PURCHASE
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.switchboard import Switchboard


class Board:
    """A switchboard that says how long requests take."""

    run = "run-1"

    def __init__(self, slowest: float) -> None:
        self.slowest = slowest
        self.named: list[str] = []

    def slowest_lately(self) -> float:
        """In seconds."""
        return self.slowest

    @contextmanager
    def test(self, name: str, _found: object) -> Iterator[Any]:
        """A test."""
        self.named.append(name)
        yield SimpleNamespace(ended=lambda: "", waits=True, now=1.0)


def raised(kind: str, slowest: float, times: float) -> type[Exception]:
    """What a deviation comes to with a patience of a second."""
    setting = Setting(PURCHASE, frozenset(["shop"]), b"1", 1)
    assembly: Any = SimpleNamespace(prepare=lambda *_: None)
    board: Any = Board(slowest)
    connections = Connections(assembly, board, setting, iter([1]), 1.0, 0.1, times)
    with pytest.raises((Deviation, Late)) as found, connections(Wishes()):
        raise Deviation(kind, "nothing came")
    return found.type


@pytest.mark.parametrize("kind", sorted(SILENT))
def test_silence_is_late_only_if_all_is_slow_now(kind: str) -> None:
    assert raised(kind, 0.2, 10) is Late
    assert raised(kind, 0.05, 10) is Deviation
    assert raised(kind, 0.2, 0) is Deviation, "the configuration says how long anything may take"


def test_what_comes_wrong_is_wrong_however_slow_all_is() -> None:
    assert raised("wrong_content", 60.0, 10) is Deviation


def test_a_test_has_a_name_that_none_of_another_run_has() -> None:
    """A system says things again that it said in another run, and tells of which test they are."""
    with Switchboard([], {}) as one, Switchboard([], {}) as other:
        assert one.run != other.run
    setting = Setting(PURCHASE, frozenset(["shop"]), b"1", 1)
    board: Any = Board(0.0)
    assembly: Any = SimpleNamespace(prepare=lambda *_: None)
    with Connections(assembly, board, setting, iter([7]), 1.0, 0.1)(Wishes()):
        pass
    assert board.named == ["run-1-7"]
