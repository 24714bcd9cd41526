"""Reading a site as a browser would: what its pages link to, and what they ask for by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ASKING = {"img", "script", "link", "iframe", "source", "video", "audio", "object", "embed", "image", "use", "input"}
"""The tags that make a browser ask for something, without a click."""
REFERRING = ("href", "src", "srcset", "data", "poster", "xlink:href")
IN_STYLES = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")


class Reference(NamedTuple):
    """What a file refers to."""

    file: str
    tag: str
    to: str

    @property
    def is_external(self) -> bool:
        """Whether it leads out of the site."""
        return bool(urlsplit(self.to).scheme and urlsplit(self.to).scheme != "data") or self.to.startswith("//")


class Page(HTMLParser):
    """What a page, or a picture, refers to, and the places in it that can be referred to."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__()
        self.file, self.references, self.places = file, list[Reference](), set[str]()
        self.feed(text)
        for found in IN_STYLES.finditer(text if file.endswith((".css", ".svg", ".html")) else ""):
            self.references.append(Reference(file, "style", found[1] or found[2]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.places.add(value)
            if name in REFERRING and value:
                self.references.append(Reference(self.file, tag, value))


def pages(site: Path) -> dict[str, Page]:
    """Everything in a site that may refer to something."""
    files = [path for path in sorted(site.rglob("*")) if path.suffix in (".html", ".svg", ".css")]
    names = [path.relative_to(site).as_posix() for path in files]
    return {name: Page(name, path.read_text(encoding="utf-8")) for name, path in zip(names, files, strict=True)}


def asked_of_a_network(read: Iterable[Page]) -> list[Reference]:
    """What a browser would ask of somebody else, just to show the pages."""
    return [one for page in read for one in page.references if one.tag in {*ASKING, "style"} and one.is_external]


def broken(site: Path, read: dict[str, Page]) -> Iterator[Reference]:
    """The references within the site to what is not there."""
    for page in read.values():
        for one in page.references:
            if one.is_external or one.to.startswith("data:"):
                continue
            there = urlsplit(one.to)
            file = (site / page.file).parent / unquote(there.path) if there.path else site / page.file
            name = file.resolve().relative_to(site.resolve()).as_posix()
            if not file.is_file() or (there.fragment and name in read and there.fragment not in read[name].places):
                yield one
