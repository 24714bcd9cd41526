"""Documents: what is written by hand, with generated parts between `<!-- generated: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
BEGIN = re.compile(r"^<!-- generated:", re.MULTILINE)
PART = re.compile(r"(^<!-- generated: (?P<name>[^>]*?) -->\n).*?(^<!-- end -->)", re.DOTALL | re.MULTILINE)


class DocumentError(Exception):
    """A document that cannot be written. One line that says which, and why."""


def later(function: Callable[[Any], str], given: Any) -> Callable[[], str]:
    """What a function makes of something, made when it is asked for."""
    return lambda: function(given)


def renewed(text: str, known: dict[str, Callable[[], str]], name: str) -> str:
    """A document with its generated parts as they should be."""
    if len(BEGIN.findall(text)) != len(PART.findall(text)):
        raise DocumentError(f"{name}: a part begins with <!-- generated: NAME --> and ends with <!-- end -->")

    def part(found: re.Match[str]) -> str:
        if found["name"] not in known:
            near = difflib.get_close_matches(found["name"], known, n=1)
            there = f"did you mean '{near[0]}'?" if near else f"there is: {', '.join(known)}"
            raise DocumentError(f"{name}: nothing is generated as '{found['name']}'; {there}")
        return f"{found[1]}\n{known[found['name']]()}\n{found[3]}"

    return PART.sub(part, text)
