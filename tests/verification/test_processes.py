"""Other programs: what they say and when, and that nothing of them stays."""

import sys
import time
from pathlib import Path

import pytest

from payrelay.verification.processes import TooLongError, run

TWICE = "import time; print('a', flush=True); time.sleep(0.2); print('b')"
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


@pytest.mark.slow
def test_each_line_comes_when_it_is_said(tmp_path: Path) -> None:
    ran = run([sys.executable, "-c", TWICE], str(tmp_path), 30)
    (first, a), (second, b) = ran.lines
    assert (ran.code, ran.said) == (0, "a\nb\n")
    assert (a, b) == ("a\n", "b\n")
    assert first < second <= ran.seconds


def test_what_goes_wrong_is_said_too(tmp_path: Path) -> None:
    ran = run([sys.executable, "-S", "-c", "import sys; sys.exit('no')"], str(tmp_path))
    assert (ran.code, ran.said) == (1, "no\n")


@pytest.mark.slow
def test_too_long_ends_a_program_and_what_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TooLongError):
        run([sys.executable, "-c", CHILD], str(tmp_path), 0.5)
    assert time.monotonic() - began < 50, "the child would hold the pipe open for a minute"


def test_invalid_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(["payrelay-no-such-program"], str(tmp_path), 5)
