"""Tables in Markdown, and the words that stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") or "–" for cell in line) + " |\n" for line in lines)


def numbers(of: Iterable[int]) -> str:
    """Numbers, in order."""
    return ", ".join(map(str, sorted(of)))


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (thing.__doc__ or "").strip().splitlines()[0] if thing.__doc__ else ""
