"""Archives: recorded HTTP in place of an event log."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from payrelay.cli.errors import UsageError

BEGINNING = 64
"""Bytes by which an archive is told from a log."""


@contextmanager
def as_log(recorded: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """What was recorded as a log of events: an HTTP archive is read as one, a log is what it is."""
    beginning = recorded.read(BEGINNING)
    recorded.seek(0)
    if b'"log"' not in beginning:  # before anything that knows of HTTP is imported
        yield recorded
        return
    from payrelay.wire.event_log import events_of
    from payrelay.wire.har import ArchiveError, exchanges_in, is_archive

    if not is_archive(beginning):
        yield recorded
        return
    try:
        exchanges = exchanges_in(recorded.read())
    except ArchiveError as error:
        raise UsageError(f"{name}: {error}") from None
    with tempfile.TemporaryFile() as log:
        for event in events_of(exchanges):
            log.write(f"{event.to_line()}\n".encode())
        log.seek(0)
        yield log
