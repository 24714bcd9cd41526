"""Escaping: texts that mean something to SVG, to Mermaid or to PlantUML, so that they mean nothing but themselves."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

MARKED = re.compile(r"[^\w .,()→–…-]|_(?=_)|(?<=_)_|-(?=-)|(?<=-)-|^[0-9]+(?=[.)])|^-|(?<=\.)\.")
"""What may mean something: most signs; some that are harmless alone, but not twice, or not at the beginning."""


def xml(text: str) -> str:
    """A text between tags, or in quotes."""
    return html.escape(text, quote=True)


def mermaid(text: str) -> str:
    """A text for a label of Mermaid: what may mean something there goes by its number."""
    return _each(text, "#{};".format)


def plantuml(text: str) -> str:
    """A text for a label of PlantUML: what may mean something there goes by its code point."""
    return _each(text, "<U+{:04X}>".format)


def _each(text: str, written: Callable[[int], str]) -> str:
    line = " ".join(text.split())
    return MARKED.sub(lambda found: "".join(written(ord(letter)) for letter in found[0]), line)
