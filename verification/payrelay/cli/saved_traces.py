"""Saved traces: a file read as a trace, without the model."""

from __future__ import annotations

from pathlib import Path

from payrelay.cli.errors import UsageError, one_line
from payrelay.language.traces import Trace, TraceError, from_text


def read_trace(file: Path, called: str = "trace") -> tuple[Trace, str]:
    """The trace in a file, and the text that it is. Raises UsageError if there is none; `called` says what was asked
    for."""
    try:
        text = file.read_text(encoding="utf-8")
        return from_text(text), text
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror}; write traces with: payrelay verify --traces DIR"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no trace: it is not text in UTF-8") from None
    except TraceError as error:
        raise UsageError(f"{file} is no {called}: {one_line(error)}") from None
