"""Folders: the logs of all parties of a system as one, and how they are followed if nothing else is said."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from payrelay.cli.errors import UsageError
from payrelay.cli.extras import needed
from payrelay.cli.log_options import Asked
from payrelay.language.links import Link


def is_folder(name: str) -> bool:
    """Whether a log is that of a system in a folder."""
    return name != "-" and Path(name).is_dir()


@dataclass(frozen=True)
class Folder:
    """The log of a system."""

    lines: tuple[str, ...]
    configurations: tuple[str, ...]
    """What its procedures are runs of."""
    roles: frozenset[str]
    """Those whose logs are there."""
    variants: Mapping[str, tuple[str, ...]]
    """What parties have done otherwise than their roles say."""

    def asked(self, asked: Asked) -> Asked:
        """What is asked of it, with what it says itself where nothing is said."""
        return asked._replace(configurations=asked.configurations or self.configurations)

    def links(self, links: Iterable[Link]) -> tuple[str, ...]:
        """What is seen, as --links has it: both ends, or that whose log is there.

        A browser goes by one name at the shop and by another at the relay, so what it does at the shop is left out.
        """
        seen = []
        for link in links:
            there = [role for role in link.ends if role in self.roles]
            if set(link.ends) == {"terminal", "shop"} or not there:
                continue
            seen += [link.name] if len(there) == len(link.ends) else [f"{link.name}@{role}" for role in there]
        return tuple(seen)


def read_folder(name: str) -> Folder | None:
    """The log of the system in a folder; None if that is no folder. Raises UsageError if no system is in it, or it
    runs."""
    if not is_folder(name):
        return None
    folder = Path(name)
    with needed("reference"):
        from payrelay.host.records import VARIANTS
        from payrelay.host.storage import StorageError
        from payrelay.reference_impl.logs import merged_log
        from payrelay.reference_impl.settings_files import read_settings
        from payrelay.reference_impl.systems import settings_in, storages_of

    files = settings_in(folder)
    settings = [read_settings(path, os.environ) for path in files]
    try:
        with storages_of(files, at_rest=True) as storages:
            lines = tuple(merged_log(storages))
            variants = {party: tuple(name for name, _ in one.records(VARIANTS)) for party, one in storages.items()}
    except StorageError as error:
        raise UsageError(f"{folder}: {error}") from None
    if any('"message":"WalletQuery"' in line and '"procedure":null' in line for line in lines):
        raise UsageError(
            f"{folder}: wallets were asked in a run that is not named, and nothing else tells in which; for what comes,"
            " write [log] names_runs = true into the settings of all parties"
        )
    wallets = max(2, sum(one.role == "wallet" for one in settings))
    of_all = f"security={settings[0].party.security} wallets={wallets} nonces=each"
    asks = (
        " relay_asks_payment_server=true"
        if any(one.relay and one.relay.asks_payment_server for one in settings)
        else ""
    )
    return Folder(
        lines,
        tuple(
            f"{name} {of_all} capability={capability}{asks}"
            for capability in _capabilities(lines)
            for name in ("faults", "registration")
        ),
        frozenset(one.role for one in settings),
        {party: names for party, names in variants.items() if names},
    )


def _capabilities(lines: Iterable[str]) -> list[str]:
    """The capability classes of the terminals in a log; that of a browser, if there is none."""
    from payrelay.model.conversion.capabilities import CLASSES

    found = {CLASSES.get(media, "") for line in lines for media in _media(line)}
    return [one for one in CLASSES.values() if one in found] or ["html"]


def _media(line: str) -> Iterator[str]:
    if '"capabilities"' in line:
        fields = (json.loads(line)["message"] or {}).get("fields", {})
        media = (fields.get("capabilities") or {}).get("media")
        if isinstance(media, str):
            yield media


def write_log(folder: Folder, file: Path) -> None:
    """Write the log of all parties as one."""
    try:
        file.write_text("".join(f"{line}\n" for line in folder.lines), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}; name another file") from None
