"""Serving: a system in a folder, checked, started, watched and ended by `payrelay serve`."""

from __future__ import annotations

import ipaddress
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from payrelay.cli.errors import UsageError
from payrelay.cli.exit_codes import ExitCode
from payrelay.host.listening import bound
from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.language.links import role_of
from payrelay.reference_impl.processes import Processes
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.systems import ACCOUNT, PIN, Plan, settings_in, write_system
from payrelay.reference_impl.variant_files import read_variant

WATCH_SECONDS = 0.2
"""How often it is looked whether every party is still there."""


@dataclass(frozen=True)
class System:
    """A system in a folder."""

    folder: Path
    settings: Mapping[str, Settings]
    """Of each party, in the order in which they are started."""
    is_new: bool
    environment: Mapping[str, str]
    """Where settings are replaced, for the parties as for whoever reads them here."""

    @property
    def security(self) -> str:
        """The level of security, which is one for all parties."""
        return next(iter(self.settings.values())).party.security

    @property
    def has_tls(self) -> bool:
        """Whether it was written with certificates for its channels."""
        return all(one.tls is not None for one in self.settings.values())

    def role(self, role: str) -> Settings | None:
        """The settings of the first party of a role, if there is one."""
        return next((one for one in self.settings.values() if one.role == role), None)


def environment_with(variant: Path | None) -> dict[str, str]:
    """The environment of the parties: that of this process, with the variant that they are to be."""
    if variant is None:
        return dict(os.environ)
    read_variant(variant)  # before a system is written for nothing
    return {**os.environ, variable_of("variant", "file"): str(variant.resolve())}


def opened(
    folder: Path,
    security: str | None,
    port: int | None,
    tls: bool,
    environment: Mapping[str, str],
    enrolled: int | None = None,
) -> System:
    """The system in a folder: as it was left, or a new one. What is asked for must be what is there."""
    try:
        is_new = not any(folder.glob("*.toml"))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}; name another: --folder NAME") from None
    if is_new:
        first_port = Plan.first_port if port is None else port
        plan = Plan(security=security or Plan.security, enrolled=enrolled, first_port=first_port, tls=tls)
        plan.check()
        _check_ports([(plan.host, port) for port in plan.ports], _OTHER_PORT)
        write_system(folder, plan, now=int(time.time()), random=os.urandom)
    read = [read_settings(path, environment) for path in settings_in(folder)]
    system = System(folder, {one.party.name: one for one in read}, is_new, environment)
    if security not in (None, system.security):
        raise UsageError(f"{folder} has a system that is {system.security}; for another: --folder NAME")
    if enrolled is not None and not is_new:
        raise UsageError(f"{folder} has a system whose user may have registered since; for another: --folder NAME")
    if tls and not system.has_tls:
        raise UsageError(f"{folder} has a system without TLS; for another: --folder NAME")
    relay = system.role("relay")
    first = relay.terminals.address[1] if relay and relay.terminals else None
    if port not in (None, first):
        raise UsageError(f"{folder} has a system that begins at port {first}; for another: --folder NAME")
    return system


def chosen(system: System, names: tuple[str, ...]) -> tuple[str, ...]:
    """The parties of these names or roles, in the order in which they are started; all, if none is named."""
    there = tuple(system.settings)
    known = {name: {name} for name in there}
    for name in there:
        known.setdefault(role_of(name), set()).add(name)
    for name in names:
        if name not in known:
            raise UsageError(
                f"no party '{name}' in {system.folder}{did_you_mean(name, known)}; there are {', '.join(there)}"
            )
    wanted = set[str]().union(*(known[name] for name in names)) if names else set(there)
    return tuple(name for name in there if name in wanted)


_OTHER_PORT = "begin at another port: --port N"


def _addresses(settings: Settings) -> Iterator[tuple[str, int]]:
    yield settings.server.address
    if settings.terminals:
        yield settings.terminals.address


def check_addresses(system: System, parties: tuple[str, ...]) -> None:
    """Raises UsageError where a party would listen beyond this machine, or where somebody listens already."""
    for name in parties:
        settings = system.settings[name]
        for host, _ in _addresses(settings):
            if not _is_loopback(host):
                raise UsageError(f"{settings.source}: {host} is not loopback; to listen there, run {name} by itself: "
                                 f"python -m payrelay.reference_impl {shlex.quote(str(settings.source))}")  # fmt: skip
        _check_ports(list(_addresses(settings)), f"is {system.folder} served already? If not, change {settings.source}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_ports(addresses: list[tuple[str, int]], suggestion: str) -> None:
    for address in addresses:
        try:
            bound(address).close()
        except ConfigurationError as error:
            raise UsageError(f"{error}; {suggestion}") from None


def check_variants(system: System, parties: tuple[str, ...]) -> None:
    """Raises ConfigurationError where a variant changes nothing of the parties that are started."""
    files = {system.settings[name].variant.file for name in parties}
    for file in files - {None}:
        assert file is not None
        read_variant(file).check(name for name in parties if system.settings[name].variant.file == file)


def _variant(settings: Settings) -> str:
    name = read_variant(settings.variant.file).name(settings.role) if settings.variant.file else ""
    return f"  a variant: {name}" if name else ""


def welcome(system: System, parties: tuple[str, ...]) -> Iterator[str]:
    """What there is, and where to click."""
    folder = shlex.quote(str(system.folder))
    which = "a new system" if system.is_new else "the system as it was left"
    yield f"{system.folder}: {which}, {system.security}{', by TLS' * system.has_tls}"
    width = max(map(len, parties)) + 2
    for name in parties:
        settings = system.settings[name]
        yield f"  {name:{width}}{settings.server.url}{_variant(settings)}"
    shop, relay = system.role("shop"), system.role("relay")
    if len(parties) < len(system.settings):
        yield f"Not started: {', '.join(name for name in system.settings if name not in parties)}"
    else:
        if system.security == "hardened":
            yield f"A browser cannot seal what only a wallet may read; the shell can. The word to pay with: {PIN}"
        elif shop and relay and relay.terminals:
            yield f"Order and pay in a browser: {shop.server.url}/"
            yield f"Register at a wallet:       {relay.terminals.url}/"
            if relay.tls and relay.terminals.url.is_secure:
                yield f"A browser has to trust:     {relay.tls.roots}"
        yield f"Pay at the shell:           payrelay pay --folder {folder}"
        yield f"Register at the shell:      payrelay register --folder {folder}, with the account {ACCOUNT}"
    yield f"Ctrl-C ends it; then hold the books against each other: payrelay audit {folder}"


class End:
    """Whether a signal to end has come. A plain flag: a handler that took the lock of an event, which whoever waits for
    that event may hold just then, would wait for ever."""

    is_told = False

    def tell(self) -> None:
        """It has."""
        self.is_told = True

    def wait(self, seconds: float) -> bool:
        """Whether it has, so many seconds later."""
        if not self.is_told:
            time.sleep(seconds)
        return self.is_told


@contextmanager
def told_to_end() -> Iterator[End]:
    """Told once a signal to end has come. No signal ends anything by itself: parties are started and ended whole."""
    end = End()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    old = {number: signal.signal(number, lambda *_: end.tell()) for number in numbers}
    try:
        yield end
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def serve(system: System, parties: tuple[str, ...], end: End) -> ExitCode:
    """Start these parties, say where they are, watch them until the end is asked for, and end them."""
    processes = Processes({name: system.settings[name].source for name in parties}, system.environment)
    lost = None
    try:
        for name in parties:
            if end.is_told:
                break
            if sys.stderr.isatty():
                click.echo(f"starting {name}", err=True)
            processes.start(name)
        else:
            click.echo("\n".join(welcome(system, parties)))
            lost = _first_lost(processes, end)
    finally:
        codes = processes.end_all()
    if lost is not None:
        click.echo(f"payrelay: {lost} has ended, {_how(codes[lost])}; {_what_it_said(system, lost)}", err=True)
        return ExitCode.INTERRUPTED if codes[lost] <= 0 else ExitCode.FAULT
    unclean = {name: code for name, code in codes.items() if code}
    for name, code in unclean.items():
        click.echo(f"payrelay: {name} did not end cleanly, {_how(code)}; {_what_it_said(system, name)}", err=True)
    if unclean:
        return ExitCode.FAULT
    click.echo(f"All have ended. To go on: payrelay serve --folder {shlex.quote(str(system.folder))}")
    return ExitCode.INTERRUPTED


def _first_lost(processes: Processes, end: End) -> str | None:
    """Wait; the first party that is gone, or None once the end is asked for."""
    while not end.wait(WATCH_SECONDS):
        for name, process in processes.running.items():
            if process.poll() is not None:
                return name
    return None


def _how(code: int) -> str:
    return f"with {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _what_it_said(system: System, party: str) -> str:
    return f"what it said is in {system.settings[party].source.with_suffix('.log')}"
