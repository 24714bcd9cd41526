"""The committed documents, as they are read in the repository: every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
DOCUMENTS = [*sorted(HOUSE.glob("*.md")), *sorted((HOUSE / "docs").glob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def links(text: str) -> list[tuple[str, str]]:
    """Path and place of each link within the repository."""
    return [(found[1], found[2] or "") for found in LINK.finditer(CODE.sub("", text))]


def places(text: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for path, place in links(document.read_text(encoding="utf-8")):
        file = document.parent / path if path else document
        assert file.exists(), f"{document.name}: {path}"
        assert not place or place in places(file.read_text(encoding="utf-8")), f"{document.name}: {path}#{place}"


def test_links_and_places_are_found() -> None:
    text = "# A `b` (c), d\n[x](y.md#z) [e](https://example.org) `[no](no.md)` [f](#a-b-c-d)\n```\n[no](no.md)\n```\n"
    assert links(text) == [("y.md", "z"), ("", "a-b-c-d")]
    assert places(text) == {"a-b-c-d"}
