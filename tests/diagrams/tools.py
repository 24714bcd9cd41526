"""Programs that pictures are shown to: Chromium, and Mermaid in it; PlantUML. What is missing is named."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.npm import TOOLS, needs_package

from payrelay.diagrams.drawing import Bounds, Drawing
from payrelay.diagrams.svg import svg_element

MERMAID = "11.17.2"
KEPT = TOOLS / f"mermaid-{MERMAID}.min.js"
"""Mermaid, as one script: fetched once, if npm is there."""
RESULT = re.compile(r'<pre id="result">(.*?)</pre>', re.DOTALL)


def needs_chromium() -> str:
    """The browser, or the test is not run."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium: Debian package chromium")
    return found


def needs_plantuml() -> str:
    """PlantUML, or the test is not run."""
    found = shutil.which("plantuml")
    if found is None:
        pytest.skip("plantuml: Debian package plantuml")
    return found


def needs_mermaid() -> Path:
    """Mermaid, or the test is not run."""
    if not KEPT.is_file():
        archive = needs_package("mermaid", MERMAID)
        with tarfile.open(archive) as files:
            script = files.extractfile("package/dist/mermaid.min.js")
            assert script is not None
            KEPT.write_bytes(script.read())
        archive.unlink()
    return KEPT


def shown(page: str, folder: Path, *, seconds: int = 60) -> Any:
    """What a page, shown by Chromium, has written as JSON into its element `result`."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    ran = subprocess.run(
        [
            needs_chromium(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
            f"--virtual-time-budget={seconds * 1000}", "--window-size=1600,1000", "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    found = RESULT.search(ran.stdout)
    assert found, ran.stdout[-2000:]
    return json.loads(html.unescape(found[1]))


def tell(name: str) -> str:
    """The script that lets `shown` have the value of a variable."""
    return f"""
    const result = document.createElement('pre');
    result.id = 'result';
    result.textContent = JSON.stringify({name});
    document.body.replaceChildren(result);
    """


def as_script(value: Any) -> str:
    """A value as it can stand in a page's script."""
    return json.dumps(value).replace("<", "\\u003c")


def mermaid_says(texts: Iterable[str], folder: Path, *, is_drawn: bool = True) -> list[list[str]]:
    """What Mermaid makes of each text: the lines that it draws, if it is to draw; or `error` and what is wrong."""
    script = needs_mermaid()
    page = f"""<!doctype html><meta charset="utf-8"><body><script src="{script.as_uri()}"></script><script>
    mermaid.initialize({{startOnLoad: false}});
    const lines = one => one.innerHTML.split(/<br ?\\/?>/).map(
      line => new DOMParser().parseFromString(line, 'text/html').body.textContent.trim());
    (async () => {{
      const results = [];
      for (const text of {as_script(list(texts))}) {{
        try {{
          await mermaid.parse(text);
          if (!{as_script(is_drawn)}) {{
            results.push([]);
            continue;
          }}
          const drawn = new DOMParser().parseFromString(
            (await mermaid.render('drawn' + results.length, text)).svg, 'text/html');
          results.push([...drawn.querySelectorAll('text, foreignObject p')].flatMap(lines));
        }} catch (error) {{ results.push(['error', String(error)]); }}
      }}
      {tell("results")}
    }})();
    </script>"""
    found: list[list[str]] = shown(page, folder)
    return found


def plantuml_accepts(texts: Iterable[str], folder: Path) -> bool:
    """Whether PlantUML finds no fault in any of these."""
    ran = _plantuml(texts, folder, "-checkonly")
    assert ran.returncode in (0, 200), ran.stdout + ran.stderr
    return ran.returncode == 0


def plantuml_says(texts: Iterable[str], folder: Path) -> list[list[str]]:
    """What PlantUML writes in each picture. A text that it cannot read is a failure."""
    if shutil.which("dot") is None:
        pytest.skip("dot: Debian package graphviz")
    ran = _plantuml(texts, folder, "-tsvg", "-failfast2")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    pictures = [file.with_suffix(".svg").read_text(encoding="utf-8") for file in sorted(folder.glob("*.puml"))]
    return [[_unmarked(text) for text in re.findall(r"<text\b[^>]*>(.*?)</text>", one)] for one in pictures]


def _unmarked(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text)).replace("\xa0", " ")


def _plantuml(texts: Iterable[str], folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{number:04}.puml")
        files[-1].write_text(text, encoding="utf-8")
    command = [needs_plantuml(), "-charset", "UTF-8", *options, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


class Measured(NamedTuple):
    """A text as Chromium shows it."""

    bounds: Bounds
    natural: float
    """How wide it would be if nothing told."""


def chromium_measures(drawings: Iterable[Drawing], folder: Path) -> list[list[Measured]]:
    """Every text of every drawing, as Chromium measures it."""
    script = f"""
    const results = [...document.querySelectorAll('svg')].map(svg => [...svg.querySelectorAll('text')].map(text => {{
      const box = text.getBBox();
      text.removeAttribute('textLength');
      return [[box.x, box.y, box.x + box.width, box.y + box.height], text.getBBox().width];
    }}));
    {tell("results")}
    """
    elements = "".join(map(svg_element, drawings))
    found = shown(f'<!doctype html><meta charset="utf-8"><body>{elements}<script>{script}</script>', folder)
    return [[Measured(Bounds(*box), natural) for box, natural in one] for one in found]


def furthest(drawing: Drawing, measured: list[Measured]) -> float:
    """How far the bounds of any text are from those that were measured, in pixels."""
    pairs = zip(drawing.texts, measured, strict=True)
    sides = (both for text, box in pairs for both in zip(text.bounds, box.bounds, strict=True))
    return max((abs(ours - theirs) for ours, theirs in sides), default=0.0)
