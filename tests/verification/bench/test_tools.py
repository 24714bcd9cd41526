"""The tools that are measured, and which versions of them."""

import pytest

from payrelay.verification import processes
from payrelay.verification.bench import tools
from payrelay.verification.bench.tools import TOOLS
from payrelay.verification.processes import Ran


@pytest.mark.parametrize(
    ("tool", "said", "version"),
    [
        ("spin", "Spin Version 6.5.2 -- 6 December 2019\n", "6.5.2"),
        ("tlc", "TLC2 Version 2.15 of Day Month 20?? (rev: d5b5a7f)\n", "2.15"),
        ("rumur", "Rumur version v2022.08.20-1\n", "2022.08.20-1"),
        ("rumur", "who knows", "unknown"),
    ],
)
def test_a_version_is_read(monkeypatch: pytest.MonkeyPatch, tool: str, said: str, version: str) -> None:
    monkeypatch.setattr(processes, "run", lambda *_: Ran(0, ((0.0, said),), 0.1))
    assert TOOLS[tool].version() == version


def test_a_tool_that_says_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Ran:
        raise FileNotFoundError

    monkeypatch.setattr(processes, "run", run)
    assert TOOLS["spin"].version() == "unknown"


def test_without_numba_we_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "has_fast_engine", lambda: False)
    assert TOOLS["payrelay"].missing() == ["numba: pip install 'payrelay[fast]'"]
    monkeypatch.setattr(tools, "has_fast_engine", lambda: True)
    assert TOOLS["payrelay"].missing() == []
