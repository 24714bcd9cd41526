"""Trace files: each violation as JSON, in a folder, and the commands that draw and replay it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from payrelay.cli.errors import UsageError
from payrelay.cli.outcomes import Finding, Outcome


def folder_for_traces(folder: Path) -> Path:
    """The folder, made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error.strerror}; name another one") from None
    return folder


def write_traces(folder: Path, outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Path]:
    """Write the trace of every violation; where each is, by configuration and property."""
    written: dict[tuple[str, str], Path] = {}
    for finding in (one for outcome in outcomes for one in outcome.findings if one.trace):
        assert finding.trace is not None
        file = folder / file_name(finding)
        file.write_text(json.dumps(finding.trace.to_json(), indent=2) + "\n", encoding="utf-8")
        written[finding.configuration, finding.property] = file
    return written


def file_name(finding: Finding) -> str:
    """`configuration.property.json`, in letters that every file system takes."""
    return f"{re.sub(r'[^A-Za-z0-9_=,-]+', '-', finding.configuration)}.{finding.property}.json"


def draw_command(file: Path) -> str:
    """What to type to see a trace as a picture."""
    return f"payrelay draw sequence {shlex.quote(str(file))}"


def replay_command(file: Path) -> str:
    """What to type to take a trace again."""
    return f"payrelay replay {shlex.quote(str(file))}"
