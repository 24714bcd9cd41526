"""Log runs: the run that explains a recorded log, and the event at which the log leaves the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from payrelay.cli.errors import UsageError
from payrelay.cli.folders import is_folder, read_folder
from payrelay.diagrams.sequence.branching import Run
from payrelay.diagrams.sequence.unexplained import Unexplained
from payrelay.language.observations import RECEIVED

if TYPE_CHECKING:
    from payrelay.cli.catalogue import Surroundings
    from payrelay.cli.checking import Checked
    from payrelay.cli.log_options import Asked
    from payrelay.observation.deviations import Deviation

SUFFIXES = (".ndjson", ".jsonl", ".har")


def is_log(name: str) -> bool:
    """Whether a file is a log: by its name, because its first line is an event, or as the folder of a system."""
    if is_folder(name):
        return True
    if name == "-" or name.endswith(SUFFIXES):
        return True
    try:
        with Path(name).open("rb") as file:
            first = json.loads(file.readline(1 << 20))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "link" in first and "direction" in first


def run_of_log(surroundings: Surroundings, file: str, asked: Asked) -> tuple[Run, str, str]:
    """The run of one procedure, under a title, and what to say of it: of the one that deviates, or else the first."""
    from payrelay.cli.checking import check

    checked = check(surroundings.load(), file, asked, read_folder(file))
    if checked.interrupted:
        raise KeyboardInterrupt
    if checked.malformed:
        raise UsageError(f"{file}, line {checked.malformed.line}: {checked.malformed.expected}")
    if checked.trace is None:
        raise UsageError(_nothing(checked))
    return _drawn(checked, checked.trace_of)


def _drawn(checked: Checked, procedure: str) -> tuple[Run, str, str]:
    from payrelay.cli.check_reports import named

    assert checked.trace is not None
    found = checked.deviation
    title = f"{checked.file}: " + (f"line {found.line} is not explained" if found else "explained")
    says = f"Procedure {named(procedure)}"
    if checked.procedures > 1:
        says += f", of {checked.procedures:,} that were followed; choose another with --procedure"
    says += f". {checked.bound}" if checked.bound else ""
    says += ". Values have the names that the model has for them."
    return Run(title, checked.trace, unexplained=unexplained(found) if found else None), title, says


def unexplained(found: Deviation) -> Unexplained:
    """A deviation as what there is to draw of it."""
    violates = [f"violates {found.violated.label} {found.violated.name}: {found.conjunct}"] if found.violated else []
    return Unexplained(
        line=found.line,
        message=found.told,
        is_received=found.event.direction == RECEIVED,
        reasons=(found.reason, *violates),
    )


def _nothing(checked: Checked) -> str:
    """Why there is no run at all."""
    from payrelay.language.configurations import did_you_mean

    if not checked.asked.procedures or not checked.hidden:
        return f"{checked.file}: it has no event that could be followed, so there is nothing to draw"
    (name,) = checked.asked.procedures
    return f"{checked.file}: no event of a procedure '{name}' can be followed{did_you_mean(name, checked.passed_over)}"
