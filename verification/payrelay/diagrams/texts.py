"""Texts: how wide they are, where they can be broken, and what of them can be shown.

Widths are those of Helvetica, which Arial, Liberation Sans and Nimbus Sans share; every text in a picture is written
with the width that it was given room for, so that a viewer without these fonts fits what it has into that room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

FONTS = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
ASCENT, DESCENT = 0.93, 0.24
"""How far a line of text reaches above and below its baseline, in sizes of the font."""

# Thousandths of the size, from the space to the tilde.
_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 "
    "584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 "
    "333 611 556 778 556 556 500 389 280 389 584"
)
WIDTHS = {
    is_bold: {chr(32 + place): int(width) for place, width in enumerate(text.split())}
    for is_bold, text in ((False, _REGULAR), (True, _BOLD))
}
OTHERS = {"–": 556, "—": 1000, "→": 1000, "…": 1000, "·": 278, "×": 584}
WIDE, USUAL = 1000, 600

Value = TypeVar("Value")


@lru_cache(maxsize=4096)
def width(text: str, size: float, is_bold: bool = False) -> float:
    """How wide a text is."""
    table = WIDTHS[is_bold]
    return sum(table.get(letter) or _width(letter) for letter in text) * size / 1000


def _width(letter: str) -> int:
    if letter in OTHERS:
        return OTHERS[letter]
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return WIDE if is_wide(letter) else USUAL


def is_wide(letter: str) -> bool:
    """Whether a letter takes the room of two, as those of East Asia do."""
    return unicodedata.east_asian_width(letter) in ("W", "F")


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    zero = ("Mn", "Me", "Cf")
    return sum(0 if unicodedata.category(one) in zero else 1 + is_wide(one) for one in text)


def wrapped(text: str, most: float, size: float, is_bold: bool = False) -> tuple[str, ...]:
    """A text in lines that are no wider than that: broken at spaces, within names, or else anywhere.

    The lines are about as long as each other: as short as they can be without becoming more.
    """
    lines = _within(text, most, size, is_bold)
    if len(lines) > 1:
        narrow, wide = 0.0, most
        while wide - narrow > size / 4:
            middle = (narrow + wide) / 2
            narrow, wide = (
                (narrow, middle) if len(_within(text, middle, size, is_bold)) == len(lines) else (middle, wide)
            )
        lines = _within(text, wide, size, is_bold)
    return lines


def _within(text: str, most: float, size: float, is_bold: bool) -> tuple[str, ...]:
    return tuple(_filled(text, lambda line: width(line, size, is_bold) <= most)) or ("",)


def wrapped_in_columns(text: str, most: int) -> tuple[str, ...]:
    """The same for a terminal."""
    return tuple(_filled(text, lambda line: columns(line) <= max(most, 2))) or ("",)


def _filled(text: str, fits: Any) -> Iterator[str]:
    """Lines as full as they can be."""
    line = ""
    for word in re.findall(r"\S+\s*", text):
        if fits((line + word).rstrip()):
            line += word
            continue
        if line and fits(word.rstrip()):
            yield line.rstrip()
            line = word
            continue
        for part in _parts(word):
            if line and not fits((line + part).rstrip()):
                yield line.rstrip()
                line = ""
            for letter in [part] if fits(part.rstrip()) else part:
                if line and not fits((line + letter).rstrip()):
                    yield line.rstrip()
                    line = ""
                line += letter
    if line.rstrip():
        yield line.rstrip()


def _parts(word: str) -> list[str]:
    """Where a word can be broken: before capitals, and after signs that join."""
    return [part for part in re.split(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_/.:=-])", word) if part]


UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What no text may have in a picture: controls, halves of characters, and what turns the direction of reading."""


def cleaned(value: Value) -> Value:
    """A value with texts on one line each, in which everything can be shown."""
    result: Any = value
    if isinstance(value, str):
        result = UNSEEN.sub("�", value.replace("\n", " ").replace("\t", " "))
    elif isinstance(value, dict):
        result = {cleaned(key): cleaned(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        result = type(value)(cleaned(item) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        result = replace(value, **{field.name: cleaned(getattr(value, field.name)) for field in fields(value)})
    return result  # type: ignore[no-any-return]
