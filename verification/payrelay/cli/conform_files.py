"""Conform files: which configuration is meant if none is named."""

from __future__ import annotations

from pathlib import Path

from payrelay.cli.errors import UsageError

PLACES = (Path("conform.toml"), Path("conform/conform.toml"))
"""Where it is looked for."""


def configuration_file(named: Path | None) -> Path:
    """The file of a configuration: what was named, be it the file or its folder, or the one that is here."""
    if named is not None:
        return named / PLACES[0] if named.is_dir() else named
    found = next((path for path in PLACES if path.exists()), None)
    if found is None:
        raise UsageError("there is no conform.toml here, nor in the folder conform; make one: payrelay conform init")
    return found
