"""Quantities as people write them on a command line: `500M`, `10m`."""

from __future__ import annotations

import re

import click

SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
TIMES = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def size(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """A number of bytes: `500M`, `2G`, `1.5GiB`; a callback of an option."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE | re.ASCII)
    if found is None or not (bytes_ := int(float(found[1]) * SIZES[found[2].upper()])):
        raise click.BadParameter(f"'{text}' is no size; write 500M or 2G")
    return bytes_


def seconds(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> float | None:
    """A number of seconds: `90`, `90s`, `10m`, `1h`; a callback of an option."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip(), re.ASCII)
    if found is None or not (number := float(found[1]) * TIMES[found[2]]):
        raise click.BadParameter(f"'{text}' is no time; write 90s, 10m or 1h")
    return number
