"""Running for a command: whatever ends a run is a sentence and an exit code, and how far it is stands on a line."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.terminal import rewritten_line

if TYPE_CHECKING:
    from payrelay.conformance.results import CheckResult
    from payrelay.conformance.runs import Choice, Planned, Run

OFTEN, SELDOM = 0.2, 15.0
"""Seconds between two looks of the line; and between two lines, where none can be written over."""


@dataclass
class Done:
    """How a run ended."""

    code: ExitCode
    run: Run | None = None
    """It, if it has begun."""


def carried_out(path: Path, choice: Choice, *, keeps_all: bool = False, again: Sequence[str] = ()) -> Done:
    """Carry a run out; or, if there are names in `again`, these checks alone, of which everything is kept."""
    began = time.monotonic()
    from payrelay.conformance.assembly import UnreachableError
    from payrelay.conformance.checks import SetUpError
    from payrelay.conformance.controller import ControlError
    from payrelay.conformance.runs import Run
    from payrelay.conformance.switchboard import DeadError
    from payrelay.language.configurations import ConfigurationError

    run = Run(path, choice, keeps_all=keeps_all or bool(again), began=began)
    try:
        with run:
            return _made(run, again)
    except UnreachableError as error:
        return _ended(error, ExitCode.UNREACHABLE)
    except (ConfigurationError, SetUpError, ControlError) as error:
        return _ended(error, ExitCode.USAGE)
    except DeadError as error:
        said = f"{error}; this is a fault of payrelay: please report it, and run it again"
        return _ended(said, ExitCode(run.code) if run.has_failed else ExitCode.FAULT, run)


def _ended(why: object, code: ExitCode, run: Run | None = None) -> Done:
    click.echo(f"payrelay: {' '.join(str(why).split())}", err=True)
    return Done(code, run)


def _made(run: Run, again: Sequence[str]) -> Done:
    from payrelay.conformance.verdicts import exit_code

    named = _named(run, again)
    if len(named) < len(again):
        return _ended(_nothing(run, next(name for name in again if name not in named)), ExitCode.INCONCLUSIVE, run)
    try:
        with _shown(run) as show:
            for found in run.checks(named.values()):
                show(found)
    except KeyboardInterrupt:
        run.was_interrupted = True
        known = "what is known until now is written" if run.builder.checks else "no check was made until now"
        return _ended(f"interrupted; {known}", ExitCode.INTERRUPTED, run)
    if run.ended:
        return _ended(run.ended, ExitCode(run.code), run)
    if not run.builder.checks:
        return _ended(_nothing(run, *run.choice.only), ExitCode.INCONCLUSIVE, run)
    if again:
        return Done(ExitCode(exit_code(one.verdict for one in run.builder.checks)), run)
    return Done(ExitCode(run.code), run)


def _named(run: Run, names: Sequence[str]) -> dict[str, Planned]:
    """The cases of some names, as far as there are any."""
    found = {}
    for name in names:
        planned = run.outline.called(name)
        if planned is not None:
            found[name] = planned
    return found


def _nothing(run: Run, wanted: str = "", *_: str) -> str:
    """Why nothing was run."""
    from payrelay.cli.conform_summary import why_left_out
    from payrelay.conformance.revisions import revision
    from payrelay.language.configurations import did_you_mean

    if run.left_out and not wanted:
        return f"nothing was run: {'; '.join(why_left_out(run, what) for what in sorted(run.left_out))}"
    if not wanted:
        return "nothing was run within the budget; give it more: --budget 60s"
    names = [*(planned.id for planned in run.outline.all()), *revision().by_id]
    if wanted in names:
        return f"nothing was run: what '{wanted}' needs cannot be done here (payrelay conform list)"
    near = did_you_mean(wanted, names)
    more = near if "did you mean" in near else "; see: payrelay conform list --ids"
    return f"nothing was run: no check is called '{wanted}', nor is any for a requirement of that name{more}"


class _shown:
    """Shows how far a run is, where something can be shown."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._line: Any = rewritten_line(sys.stderr)
        self._found = Counter[str]()
        self._began = self._last = time.monotonic()
        self._write: Callable[[str], None] | None = None

    def __enter__(self) -> Callable[[CheckResult], None]:
        self._write = self._line.__enter__()
        return self.show

    def __exit__(self, *of: object) -> None:
        self._line.__exit__(*of)

    def show(self, found: CheckResult) -> None:
        """One more check."""
        from payrelay.conformance.reports.words import SAID

        self._found[str(found.verdict)] += 1
        now = time.monotonic()
        if now - self._last < (SELDOM if self._write is None else OFTEN):
            return
        self._last = now
        said = ", ".join(f"{self._found[word]:,} {SAID[word]}" for word in SAID if self._found[word])
        budget = self.run.configuration.run.budget
        line = f"{now - self._began:.0f} of {budget:.0f} s; checks: {said}; {found.id}"
        if self._write is None:
            click.echo(line, err=True)
        else:
            self._write(line)
