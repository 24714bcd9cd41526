"""Builds the site: the documents, and a page for each role, scenario and claim, with pictures and search.

    python -m docs.site.build                 into build/docs/html; make docs does, and writes the documents first
    python -m docs.site.build --output DIR    into DIR

What is committed is copied, and all else is written anew each time from the model and docs/evidence/verify.json, so
that no page of the site can be stale. Nothing in it asks a network for anything: it is read from the disk.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from docs.documents import DOCS, DocumentError
from docs.search_evidence import evidence_in
from docs.site import claims, roles, scenarios
from docs.site.material import Material, story
from payrelay.cli.catalogue import Catalogue, payments
from payrelay.cli.errors import UsageError

SITE = Path(__file__).parent
BUILD = DOCS.parent / "build" / "docs" / "html"
COMMAND = "python -m docs.site.build"


def write_sources(catalogue: Catalogue, source: Path, extra: Path) -> None:
    """Write everything that Sphinx is given: pages into `source`, and what is no page into `extra`."""
    for path in (SITE / "index.md", *sorted(DOCS.glob("*.md"))):
        _write(source / path.name, path.read_text(encoding="utf-8"))
    for folder in ("evidence", "openapi", "vectors"):
        shutil.copytree(DOCS / folder, source / folder)
    shutil.copy(DOCS / "obligations.json", source)
    stories = tuple(story(catalogue, one) for one in catalogue.scenarios)
    material = Material(catalogue, evidence_in(DOCS), stories)
    witnesses = claims.Witnesses(material)
    for pages in (roles.pages(material), scenarios.pages(material), claims.pages(material, witnesses)):
        for name, text in pages:
            _write(source / name, text)
    for files in (roles.files(material), scenarios.files(material), claims.files(witnesses)):
        for name, text in files:
            _write(extra / name, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def missing() -> list[str]:
    """The modules that building needs and that are not installed."""
    return [module for module in ("sphinx", "furo", "myst_parser") if find_spec(module) is None]


def build(folder: Path, catalogue: Catalogue) -> None:
    """Build the site as the folder. Any warning is an error, as a link to nowhere is; then what was there stays."""
    from sphinx.cmd.build import build_main

    if folder.exists() and not (folder / ".buildinfo").is_file():
        raise DocumentError(f"{folder} is there and is no site; name another folder")
    with tempfile.TemporaryDirectory() as made:
        source, extra, html = (Path(made) / part for part in ("source", "extra", "html"))
        write_sources(catalogue, source, extra)
        options = ["--quiet", "--fail-on-warning", "--keep-going", "--builder", "html"]
        places = ["--conf-dir", str(SITE), "--doctree-dir", str(Path(made) / "doctrees")]
        if build_main([*options, *places, "-D", f"html_extra_path={extra}", str(source), str(html)]):
            raise DocumentError("the site has the faults above, and was not written")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(html, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Build the site of documents with pictures.")
    parser.add_argument("--output", type=Path, default=BUILD, metavar="DIR", help="default: build/docs/html")
    folder: Path = parser.parse_args(arguments).output.resolve()
    try:
        if lacking := missing():
            raise DocumentError(f"{', '.join(lacking)} missing: pip install -c constraints.txt -e '.[docs]'")
        build(folder, payments())
    except (DocumentError, UsageError, OSError) as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return 2
    index = folder / "index.html"
    print(f"wrote {index.relative_to(Path.cwd()) if index.is_relative_to(Path.cwd()) else index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
