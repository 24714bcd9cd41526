"""Machine texts: Mermaid and PlantUML read them, with every row in them."""

from pathlib import Path

import pytest
from tests.diagrams.tools import mermaid_says, plantuml_says

from payrelay.diagrams.machine_texts import machines_mermaid, machines_plantuml, machines_text, said
from payrelay.diagrams.machines import Machine, machine

from .conftest import TABLES

LONGEST_MERMAID = 50_000
"""What Mermaid refuses to read."""


def marked(machines: list[Machine]) -> list[Machine]:
    """The machines as a search saw them that saw every other row."""
    return [machine(one.table, fired={row.name for row in one.table.rows[::2]}, searched="a; b") for one in machines]


@pytest.mark.slow
def test_mermaid_reads_every_role(machines: list[Machine], tmp_path: Path) -> None:
    drawn = [*machines, *marked(machines)]
    texts = [machines_mermaid([one], one.name) for one in drawn]
    for one, lines in zip(drawn, mermaid_says(texts, tmp_path), strict=True):
        assert [line for line in map(said, one.lines) if line not in lines] == [], one.name


@pytest.mark.slow
def test_plantuml_reads_every_role(machines: list[Machine], tmp_path: Path) -> None:
    drawn = [*machines, *marked(machines)]
    texts = [machines_plantuml([one], one.name) for one in drawn]
    for one, lines in zip(drawn, plantuml_says(texts, tmp_path), strict=True):
        assert [line for line in map(said, one.lines) if line not in lines] == [], one.name


def test_the_largest_party_is_short_enough_for_mermaid(machines: list[Machine]) -> None:
    relay = [one for one in machines if one.name in ("relay_directory", "relay_procedure", "registration_relay")]
    text = machines_mermaid(relay, "relay")
    assert len(text) < LONGEST_MERMAID
    assert text.count("subgraph") == 4


def test_text_has_every_row(machines: list[Machine]) -> None:
    lines = machines_text(machines, "all").splitlines()
    for one in machines:
        for line in one.lines:
            target = "" if line.row.source == line.row.target else f" -> {line.row.target}"
            assert f"    {said(line)}{target}" in lines


def test_text_says_what_was_never_seen() -> None:
    table = TABLES["shop_attempt"]
    lines = machines_text([machine(table, fired=set(), searched="happy")], "shop").splitlines()
    assert sum(", never seen" in line for line in lines) == len(table.rows)
    assert "rows were seen at work in happy" in lines[3]
