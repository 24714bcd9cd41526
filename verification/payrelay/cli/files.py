"""Files: what `verify` writes beside its report. One that cannot be written loses nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from payrelay.cli.errors import UsageError
from payrelay.cli.outcomes import Outcome
from payrelay.cli.reports import Searched
from payrelay.cli.trace_files import write_traces


@dataclass
class Files:
    """The files that are written beside the report. One that cannot be written loses nothing else."""

    traces: Path | None
    junit: Path | None

    def __post_init__(self) -> None:
        self.failures: list[str] = []

    def write_traces(self, outcomes: Sequence[Outcome]) -> dict[tuple[str, str], Path]:
        """Write the traces, if they are wanted."""
        try:
            return write_traces(self.traces, outcomes) if self.traces else {}
        except OSError as error:
            self.failures.append(f"cannot write traces to {self.traces}: {error.strerror}")
            return {}

    def write_junit(self, searched: Searched) -> None:
        """Write the verdicts as JUnit."""
        from payrelay.cli.junit import junit

        assert self.junit is not None
        try:
            self.junit.write_text(junit(searched.outcomes, searched.unestablished), encoding="utf-8")
        except OSError as error:
            self.failures.append(f"cannot write {self.junit}: {error.strerror}")


def check_writable(file: Path) -> None:
    """Before a long search, not after it."""
    try:
        file.open("a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; name another file") from None
