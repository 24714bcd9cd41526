"""Escaping: labels that mean something to Mermaid or PlantUML, so that they mean nothing but themselves."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[^\w .,:()=–-]")
MERMAID_MARKDOWN = re.compile(r"(?<=[_*-])[_*-]|^[0-9]+(?=[.)])|^-")
PLANTUML_CREOLE = re.compile(r"(?<=[_-])[_-]|^[-=]|(?<=\.)\.|(?<=:):")
"""Signs that are harmless alone, but not twice, or not at the beginning of a line."""


def mermaid(text: str) -> str:
    """A text for a quoted label of Mermaid: what may mean something there goes by its number."""
    plain = PLAIN.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))
    return MERMAID_MARKDOWN.sub(lambda found: "".join(f"#{ord(letter)};" for letter in found[0]), plain)


def plantuml(text: str) -> str:
    """A text for a label of PlantUML: what may mean something there goes by its code point."""
    plain = PLAIN.sub(lambda found: f"<U+{ord(found[0]):04X}>", " ".join(text.split()))
    return PLANTUML_CREOLE.sub(lambda found: f"<U+{ord(found[0]):04X}>", plain)
