"""What pictures are held against: the programs that read them, and everything that there is to draw."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from payrelay.cli.catalogue import payments
from payrelay.cli.classics import CLASSICS, classic
from payrelay.diagrams.machines import Machine, machine
from payrelay.diagrams.outputs import row_outputs
from payrelay.language.role import RoleTable
from payrelay.model.protocol import tables

STRANGE = (
    "; # $$x$$ %%{init: {}}%% <b>&amp; \"quoted\" 'x' 日本語 `code` a--b __x__ **y** 1. list",
    *(
        "%%{",
        "#quot;",
        "end",
        "[a] (b) {c} |d| \\n",
        "//x//",
        "---",
        "- a",
        "&lt;",
        "== x ==",
        "%date()",
        "$x",
        "..",
        "~x",
    ),
    *("!define x y", "' comment", "<U+0041>", "a::b", "[[http://x]]", "https://x.y/z", "__", "x___y", "@enduml"),
    *(":smile:", "<&heart>", '"" a ""', "x@{shape: rect}", "classDef x", "支払い; $$ < >"),
)
"""Labels that mean something to Mermaid, to PlantUML, or to SVG."""

Labels = dict[str, Any]


def tables_of_classics() -> dict[str, RoleTable]:
    """Every role of a classic."""
    catalogues = [classic(name) for name in CLASSICS]
    systems = [catalogue.system(catalogue.configurations[0]) for catalogue in catalogues]
    return {one.table.name: one.table for system in systems for one in system.instances}


TABLES = {**tables(), **tables_of_classics()}
"""Every role that there is."""


@pytest.fixture(scope="session")
def machines() -> list[Machine]:
    """Every role's machine, with what is sent where purchase and registration go well."""
    catalogue = payments()
    wanted = [one for one in catalogue.configurations if one.name in ("benign", "registration_stories")]
    outputs = row_outputs(catalogue.system(one) for one in wanted)
    return [machine(table, outputs) for table in TABLES.values()]


@pytest.fixture(scope="session")
def mermaid() -> Callable[[Sequence[str]], list[Labels]]:
    """Mermaid itself: of each text its labels, as it understands them, or what is wrong with it."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node: Debian packages nodejs and npm")
    root = subprocess.run(["npm", "root", "--global"], capture_output=True, text=True, check=True).stdout.strip()
    for package in ("mermaid", "jsdom"):
        if not (Path(root) / package).is_dir():
            pytest.skip("mermaid: npm install --global mermaid jsdom")

    def parse(texts: Sequence[str]) -> list[Labels]:
        given = json.dumps({"root": root, "texts": list(texts)})
        script = Path(__file__).with_name("mermaid.mjs")
        run = subprocess.run(["node", script], input=given, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        found: list[Labels] = json.loads(run.stdout)
        return found

    return parse


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_in_text = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._is_in_text = tag == "text"
        if self._is_in_text:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._is_in_text = False

    def handle_data(self, data: str) -> None:
        if self._is_in_text:
            self.texts[-1] += data


@pytest.fixture(scope="session")
def plantuml(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], list[list[str]]]:
    """PlantUML itself: of each text what it writes in its picture. One that it cannot read is a failure."""
    for program, package in (("plantuml", "plantuml"), ("dot", "graphviz")):
        if not shutil.which(program):
            pytest.skip(f"{program}: Debian package {package}")

    def drawn(texts: Sequence[str]) -> list[list[str]]:
        folder = tmp_path_factory.mktemp("plantuml")
        files = [folder / f"{number}.puml" for number, _ in enumerate(texts)]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        command = ["plantuml", "-tsvg", "-charset", "UTF-8", "-failfast2", *map(str, files)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        found = []
        for file in files:
            parser = _Texts()
            parser.feed(file.with_suffix(".svg").read_text(encoding="utf-8"))
            found.append([text.replace("\xa0", " ") for text in parser.texts])
        return found

    return drawn


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], list[list[Labels]]]:
    """Chromium itself: of each SVG the box of every text, and how wide it would be if nothing told."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium: Debian package chromium")

    def measured(pictures: Sequence[str]) -> list[list[Labels]]:
        page = tmp_path_factory.mktemp("chromium") / "page.html"
        page.write_text(f"<meta charset='utf-8'>{''.join(pictures)}<script>{MEASURE}</script>", encoding="utf-8")
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        body = run.stdout.partition('<pre id="measured">')[2].partition("</pre>")[0]
        assert body, run.stderr
        found: list[list[Labels]] = json.loads(body)
        return found

    return measured


MEASURE = """
const found = [...document.querySelectorAll("svg")].map((svg) => [...svg.querySelectorAll("text")].map((text) => {
  const { x, y, width, height } = text.getBBox();
  text.removeAttribute("textLength");
  return { left: x, top: y, right: x + width, bottom: y + height, natural: text.getBBox().width };
}));
const pre = document.createElement("pre");
pre.id = "measured";
pre.textContent = JSON.stringify(found);
document.body.append(pre);
"""


def lines_of(labels: Labels) -> list[str]:
    """All lines of all labels that Mermaid found."""
    assert "error" not in labels, labels["error"]
    return list(chain.from_iterable(text.splitlines() for key in ("nodes", "edges", "groups") for text in labels[key]))
