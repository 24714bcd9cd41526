"""The site as it is built: whole, without warnings, with links that lead somewhere, and without any network."""

from __future__ import annotations

import functools
import html
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from docs.site import build as builder
from docs.site.build import SITE, main
from payrelay.cli.catalogue import Catalogue
from payrelay.model.claims import CLAIMS

from ...diagrams.tools import RESULT, as_script, needs_chromium
from .conftest import HOUSE, needs_sphinx, ran
from .reading import Page, asked_of_a_network, broken, pages

ROLES = ("terminal", "relay", "shop", "wallet", "payment", "authority")


def named(catalogue: Catalogue) -> list[str]:
    """The pages, without suffix, that the model asks for."""
    return [
        "index",
        "search",
        *(path.stem for path in sorted((HOUSE / "docs").glob("*.md"))),
        "vectors/README",
        *(f"roles/{role}" for role in ROLES),
        *(f"scenarios/{one.name}" for one in catalogue.scenarios),
        *(f"claims/claim-{claim.number}" for claim in CLAIMS),
        *(f"{folder}/index" for folder in ("roles", "scenarios", "claims")),
    ]


@pytest.mark.slow
def test_it_has_every_page_and_no_other(site: Path, catalogue: Catalogue) -> None:
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert {name for name in built if not name.startswith(("steps/", "_static/"))} == set(named(catalogue))


@pytest.mark.slow
def test_every_link_leads_somewhere(site: Path) -> None:
    assert list(broken(site, pages(site))) == []


@pytest.mark.slow
def test_nothing_is_asked_of_a_network(site: Path) -> None:
    read = pages(site)
    assert sum(len(page.references) for page in read.values()) > 1000
    assert asked_of_a_network(read.values()) == []


@pytest.mark.slow
def test_every_page_is_in_the_index_of_the_search(site: Path, catalogue: Catalogue) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").rstrip(")\n;"))
    assert set(found["docnames"]) == set(named(catalogue)) - {"search"}
    where = found["terms"]["idempot"]  # one page as its number, several as a list
    assert found["docnames"].index("tutorial") in (where if isinstance(where, list) else [where])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on the loopback interface; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dumped(address: str, profile: Path, seconds: int = 20) -> str:
    """A page, as it is after its scripts have run. Names are not resolved: there is no network."""
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ]
    command = [needs_chromium(), *options, f"--user-data-dir={profile}", f"--virtual-time-budget={seconds * 1000}"]
    ran = subprocess.run(
        [*command, "--window-size=1500,1000", "--dump-dom", address],
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    return ran.stdout


LOOK = """<!doctype html><meta charset="utf-8"><body><script>
(async () => {
  const results = {};
  for (const name of NAMES) {
    const frame = document.createElement('iframe');
    frame.width = 1400; frame.height = 900;
    const errors = [];
    await new Promise(loaded => {
      frame.onload = loaded;
      frame.src = name;
      document.body.append(frame);
      frame.contentWindow.onerror = message => errors.push(message);
    });
    const page = frame.contentDocument;
    results[name] = {
      errors,
      asked: frame.contentWindow.performance.getEntriesByType('resource').map(one => one.name),
      blind: [...page.images].filter(one => !one.complete || one.naturalWidth < 50).map(one => one.src),
      drawings: page.querySelectorAll('figure.drawing img').length,
      overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    };
    frame.remove();
  }
  const result = document.createElement('pre');
  result.id = 'result';
  result.textContent = JSON.stringify(results);
  document.body.replaceChildren(result);
})();
</script>"""


@pytest.mark.slow
def test_a_browser_shows_every_picture_and_asks_nobody_else(site: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    needs_chromium()
    names = [f"{name}.html" for name in named(catalogue)]
    harness = site / "look.html"
    harness.write_text(LOOK.replace("NAMES", as_script(names)), encoding="utf-8")
    try:
        with served(site) as address:
            text = dumped(f"{address}/look.html", tmp_path, seconds=60)
    finally:
        harness.unlink()
    found = RESULT.search(text)
    assert found, text[-2000:]
    results = json.loads(html.unescape(found[1]))
    assert list(results) == names
    wide = {name: one["overflow"] for name, one in results.items() if one["overflow"] > 0}
    assert wide == {}, "wider than the window"
    for name, one in results.items():
        assert (one["errors"], one["blind"]) == ([], []), name
        assert all(asked.startswith(address) for asked in one["asked"]), name
        is_drawn = name.startswith(("roles/", "scenarios/", "claims/claim")) or name == "index.html"
        assert (one["drawings"] > 0) is is_drawn, name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "page"),
    [("keep_alive", "scenarios/keep_alive.html"), ("idempotent", "tutorial.html"), ("enrolment", "roles/wallet.html")],
)
def test_the_search_works_from_the_disk(query: str, page: str, site: Path, tmp_path: Path) -> None:
    text = dumped(f"{(site / 'search.html').as_uri()}?q={query}", tmp_path)
    results = text[text.index('id="search-results"') :]
    assert page in re.findall(r'<a href="([^"?#]+)', results)


# --- that these can fail


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[nowhere](nowhere.md)", "nowhere.md"),
        ("[no such place](#no-such-place)", "no-such-place"),
        ("```{toctree}\nnowhere\n```", "nowhere"),
    ],
    ids=["page", "place", "toctree"],
)
def test_invalid_link_fails_the_build(text: str, said: str, tmp_path: Path) -> None:
    needs_sphinx()
    (tmp_path / "index.md").write_text(f"# Title\n\n{text}\n", encoding="utf-8")
    built = ran("-m", "sphinx", "-q", "-W", "-c", str(SITE), str(tmp_path), str(tmp_path / "html"))
    assert built.returncode == 1
    assert said in built.stderr


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<img src="http://example.org/a.png">',
        "<style>@font-face { src: url('https://example.org/a.woff2') }</style>",
        '<style>@import "https://example.org/a.css";</style>',
        '<svg><image xlink:href="https://example.org/a.png"/></svg>',
    ],
)
def test_invalid_request_to_somebody_else_is_seen(text: str) -> None:
    assert [one.to.rpartition(".org/")[0][-7:] for one in asked_of_a_network([Page("a.html", text)])] == ["example"]


def test_a_link_to_somebody_else_is_no_request() -> None:
    assert asked_of_a_network([Page("a.html", '<a href="https://example.org/">there</a>')]) == []


def test_invalid_link_within_the_site_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="here"></p><a href="b.html#there"></a><a href="#here"></a>', encoding="utf-8"
    )
    (tmp_path / "b.html").write_text(
        '<a href="c.html"></a><img src="a.svg"><a href="a.html#here"></a>', encoding="utf-8"
    )
    assert [one.to for one in broken(tmp_path, pages(tmp_path))] == ["b.html#there", "c.html", "a.svg"]


def test_invalid_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--outptu", "x"])
    assert "--outptu" in capsys.readouterr().err


def test_invalid_folder_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs_sphinx()
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["--output", str(tmp_path)]) == 2
    assert "is there and is no site; name another folder" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(builder, "find_spec", lambda module: None if module == "furo" else object())
    assert main(["--output", str(tmp_path / "html")]) == 2
    assert "payrelay: furo missing: pip install -c constraints.txt -e '.[docs]'" in capsys.readouterr().err
    assert not (tmp_path / "html").exists()


BROKEN = """
import sys
from docs.site import build

def write_sources(catalogue, source, extra):
    source.mkdir()
    extra.mkdir()
    (source / "index.md").write_text("# Broken\\n\\n[nowhere](nowhere.md)\\n")

build.write_sources = write_sources
sys.exit(build.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_invalid_site_is_not_written(tmp_path: Path) -> None:
    needs_sphinx()
    for name in (".buildinfo", "index.html"):
        (tmp_path / name).write_text("as it was", encoding="utf-8")
    built = ran("-c", BROKEN, "--output", str(tmp_path))
    assert built.returncode == 2
    assert "nowhere.md" in built.stderr
    assert built.stderr.endswith("payrelay: the site has the faults above, and was not written\n")
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "as it was"
