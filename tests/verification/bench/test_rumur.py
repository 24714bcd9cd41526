"""Rumur: what it says, read; and a model that is searched."""

import shutil

import pytest

from payrelay.verification.bench import rumur as measuring
from payrelay.verification.bench.measurements import NotMeasuredError, StoppedError

SAID = """\
<information state_size_bits="55" state_size_bytes="7" hash_table_slots="65536"/>
<progress states="290000" duration_seconds="3" rules_fired="1292027" queue_size="9" thread_id="1"/>
<summary states="296448" rules_fired="2744705" errors="0" duration_seconds="3"/>
"""
VIOLATED = """\
<message>invariant &quot;never five&quot; failed</message>
<summary states="5" rules_fired="9" errors="1" duration_seconds="0"/>
"""
TINY = """\
var n: 0..9;
startstate begin n := 0; end;
rule n < 4 ==> begin n := n + 1; end;
invariant "small" n < LIMIT;
"""


def test_everything_is_read() -> None:
    assert measuring.read(SAID) == measuring.RumurFound(states=296_448, steps=2_744_705)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (VIOLATED, 'Rumur: invariant "never five" failed'),
        (VIOLATED.partition("\n")[2], "Rumur: something is violated"),
        ("killed", "Rumur did not say what it found: killed"),
    ],
)
def test_invalid_search(said: str, why: str) -> None:
    with pytest.raises(NotMeasuredError, match=why):
        measuring.read(said)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert measuring.missing() == ["rumur: Debian package rumur", "gcc: Debian package gcc"]
    with pytest.raises(NotMeasuredError, match="not on this machine: rumur: Debian package rumur"):
        measuring.measure(TINY, 1)


@pytest.mark.slow
def test_a_model_is_measured(rumur: None) -> None:
    found = measuring.measure(TINY.replace("LIMIT", "5"), 2)
    assert (found.states, found.steps, len(found.runs), found.bytes) == (5, 4, 2, None)


@pytest.mark.slow
def test_invalid_model_and_time(rumur: None) -> None:
    with pytest.raises(NotMeasuredError, match='invariant "small" failed'):
        measuring.measure(TINY.replace("LIMIT", "3"), 1)
    with pytest.raises(NotMeasuredError, match="rumur failed"):
        measuring.measure("no model", 1)
    with pytest.raises(StoppedError, match="was stopped after"):
        measuring.measure(TINY.replace("LIMIT", "5"), 1, seconds=0.0001)
