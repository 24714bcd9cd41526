"""What a terminal can receive and show (claim 4, "receiving capability"; § 1.3)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "text/html": "html",
        "text/x-chtml": "compact_html",
        "text/plain": "plain_text",
        "application/json": "json",
    }
)
"""The capability class of each medium there are templates for."""

CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "shift_jis"})
"""Encodings without shift states, so that the size of a page is the sum of the sizes of its parts."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """A terminal's limits for a page: bytes, columns, rows (scrolled ones included), things to choose or fill in."""

    media: str
    max_bytes: int
    columns: int
    rows: int
    charset: str
    max_options: int

    def __post_init__(self) -> None:
        if self.media not in CLASSES:
            raise ValueError(f"no templates for {self.media!r}")
        if self.charset not in CHARSETS:
            raise ValueError(f"unknown charset {self.charset!r}")
        if min(self.max_bytes, self.columns, self.rows, self.max_options) < 1:
            raise ValueError("a terminal shows at least one byte, column, row and option")

    @property
    def capability_class(self) -> str:
        """The name of the templates for this terminal."""
        return CLASSES[self.media]

    def size_of(self, shown: str) -> int | None:
        """Count the bytes of a text, or say None if the terminal's charset cannot carry it there and back."""
        try:
            encoded = shown.encode(self.charset)
        except UnicodeEncodeError:
            return None
        return len(encoded) if encoded.decode(self.charset) == shown else None

    def rows_of(self, shown: str) -> int:
        """Count the rows of a paragraph; East Asian wide characters take two columns, and a row may end anywhere."""
        rows, column = 1, 0
        for character in shown:
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if column and column + width > self.columns:
                rows, column = rows + 1, 0
            column += width
        return rows


CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        "html": Capabilities("text/html", 65_536, 80, 500, "utf-8", 12),
        "compact_html": Capabilities("text/x-chtml", 5_120, 16, 64, "shift_jis", 6),
        "plain_text": Capabilities("text/plain", 2_048, 40, 48, "utf-8", 9),
        "json": Capabilities("application/json", 65_536, 80, 500, "utf-8", 12),
    }
)
"""One typical terminal of each capability class."""
