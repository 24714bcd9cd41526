"""Checking: a log from wherever it is, followed to its end, or to the first event that is not explained."""

from __future__ import annotations

import gc
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import click

from payrelay.cli.archives import as_log
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import UsageError
from payrelay.cli.exhibits import Exhibits
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.folders import Folder
from payrelay.cli.log_options import DEFAULT, Asked
from payrelay.cli.selection import select
from payrelay.language.configurations import Configuration, did_you_mean
from payrelay.language.links import Link
from payrelay.language.observations import (
    Event,
    Glance,
    ObservationError,
    OpenValues,
    Sight,
    sight,
)
from payrelay.language.traces import Trace
from payrelay.observation.deviations import Deviation, deviation, trace_of_procedure
from payrelay.observation.following import TooManyStatesError
from payrelay.observation.lines import as_event
from payrelay.observation.observer import Observer

EVERY = 20_000
"""Events after which progress is shown."""

MOST_PASSED_OVER = 10_000


class Malformed(NamedTuple):
    """A line that is no event."""

    line: int
    expected: str


@dataclass
class Checked:
    """What was found out about a log."""

    file: str
    asked: Asked
    configurations: tuple[Configuration, ...]
    seen: Sight
    exhibits: Exhibits
    has_nameless: bool = True
    """Whether there may be events that name no procedure."""
    events: int = 0
    """Those that were followed, and explained."""
    hidden: int = 0
    passed_over: set[str] = field(default_factory=set)
    """Procedures that were not to be followed; some, if there are many."""
    unread: int = 0
    procedures: int = 0
    lines: int = 0
    deviation: Deviation | None = None
    malformed: Malformed | None = None
    bound: str = ""
    """Why it was not followed to its end, if so."""
    interrupted: bool = False
    trace: Trace | None = None
    trace_of: str = ""
    events_shown: dict[int, Event] = field(default_factory=dict)
    """The events that exhibit something, by their lines."""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What parties whose logs these are have done otherwise than their roles say."""

    @property
    def verdict(self) -> str:
        """One word for all of it."""
        if self.malformed:
            return "malformed"
        if self.deviation:
            return "not_explained"
        if self.bound or self.interrupted:
            return "inconclusive"
        return "explained" if self.events else "nothing_checked"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return {
            "malformed": ExitCode.USAGE,
            "not_explained": ExitCode.VIOLATED,
            "inconclusive": ExitCode.INCONCLUSIVE,
            "nothing_checked": ExitCode.INCONCLUSIVE,
            "explained": ExitCode.ESTABLISHED,
        }[self.verdict]


def check(catalogue: Catalogue, file: str, asked: Asked, folder: Folder | None = None) -> Checked:
    """Follow a log, or what was read in a folder. Raises UsageError if there is none, or for a name of nothing."""
    asked = folder.asked(asked) if folder else asked
    configurations = tuple(_configuration(catalogue, name) for name in asked.configurations or DEFAULT)
    systems = [catalogue.system(one) for one in configurations]
    known = {link.name: link for system in systems for link in system.links if link.carries}
    if folder and not asked.links:
        asked = asked._replace(links=folder.links(known.values()))
    told: Sight | None = None
    if asked.links:
        try:
            told = sight(asked.links, known.values())
        except ObservationError as error:
            raise UsageError(str(error)) from None
    with _opened(file, folder, is_kept=told is None) as log:
        seen, has_nameless = (told, True) if told is not None else _glance(log)
        checked = Checked(file, asked, configurations, seen, Exhibits(catalogue), has_nameless)
        checked.variants = folder.variants if folder else {}
        try:
            with Observer(
                systems,
                catalogue.open_values or OpenValues(),
                seen or None,  # where there is no event at all, nothing is hidden either
                looked_for=checked.exhibits.atoms,
                correlates=has_nameless,
            ) as observer:
                with _uncollected():
                    _follow(log, observer, checked, known, catalogue)
                checked.procedures = observer.started
        except TooManyStatesError as error:  # before the first event
            checked.bound = str(error)
    return checked


def _configuration(catalogue: Catalogue, words: str) -> Configuration:
    if not words.split():
        raise UsageError("--configuration is empty; name one, as in: --configuration faults")
    return select(catalogue, words.split()).configurations[0]


@contextmanager
def _opened(file: str, folder: Folder | None, is_kept: bool) -> Iterator[IO[bytes]]:
    """The log as bytes; one that can be read twice, if it has to be."""
    if folder is not None:
        yield io.BytesIO("\n".join(folder.lines).encode())
        return
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
            if file != "-" and stream.seekable():
                with as_log(stream, file) as log:
                    yield log
            elif is_kept:
                with tempfile.TemporaryFile() as kept:
                    shutil.copyfileobj(stream, kept)
                    kept.seek(0)
                    with as_log(kept, file) as log:
                        yield log
            else:
                yield stream
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}; name an event log, or - for standard input") from None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles of objects: following makes none, and looking takes a fifth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _glance(log: IO[bytes]) -> tuple[Sight, bool]:
    """From where its events were seen, and whether any names no procedure."""
    glance = Glance()
    for line in log:
        glance.at(line)
    log.seek(0, io.SEEK_SET)
    return frozenset(glance.seen), glance.has_nameless


def _follow(
    log: IO[bytes],
    observer: Observer,
    checked: Checked,
    links: dict[str, Link],
    catalogue: Catalogue,
) -> None:
    exhibits = checked.exhibits
    procedures = frozenset(checked.asked.procedures)
    shows_progress = sys.stderr.isatty()
    first = ""
    reader = observer.reader()
    try:
        for number, line in enumerate(log, 1):
            if line.isspace():
                continue
            checked.lines = number
            try:
                event = reader.read(line)
                if event.link not in links:
                    raise ObservationError(f"link: expected the name of one, not '{event.link}'"
                                           f"{did_you_mean(event.link, links)}")  # fmt: skip
            except ObservationError as error:
                checked.malformed = Malformed(number, str(error))
                break
            if procedures and event.procedure not in procedures:
                checked.hidden += 1
                if event.procedure and len(checked.passed_over) < MOST_PASSED_OVER:
                    checked.passed_over.add(event.procedure)
                continue
            answer = observer.feed(event, number)
            if not answer.is_explained:
                checked.deviation = deviation(observer, as_event(event), number, answer.procedure, catalogue.properties)
                checked.trace, checked.trace_of = checked.deviation.trace, answer.procedure
                break
            if not answer.is_followed:
                is_unread = isinstance(event, Event) and event.message is None
                checked.unread += is_unread
                checked.hidden += not is_unread
                continue
            checked.events += 1
            first = first or answer.procedure
            if answer.exhibited & exhibits.missing:
                exhibits.note(answer.exhibited, number)
                checked.events_shown[number] = as_event(event)
            if shows_progress and not checked.events % EVERY:
                click.echo(f"\r{checked.events:,} events explained", err=True, nl=False)
    except TooManyStatesError as error:
        checked.bound = str(error)
    except KeyboardInterrupt:
        checked.interrupted = True
    if shows_progress and checked.events >= EVERY:
        click.echo("", err=True)
    if checked.deviation is None and first:
        checked.trace, checked.trace_of = trace_of_procedure(observer, first), first
