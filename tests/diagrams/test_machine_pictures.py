"""Machine pictures: every role is legible: nothing meets, nothing is missing, and Chromium sees the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.diagrams.faults import faults
from tests.diagrams.tools import chromium_measures, furthest

from payrelay.diagrams.machine_pictures import diagram_drawing, machines_drawing
from payrelay.diagrams.machines import HOTTEST, Machine, machine
from payrelay.language.edits import Redirect

from ..processes import outputs
from .conftest import TABLES

WIDEST = 1300
"""The widest that a picture may be: two pages of a book."""


@pytest.mark.slow
def test_no_text_meets_another_nor_a_foreign_box_and_nothing_leaves_the_picture(machines: list[Machine]) -> None:
    for one in machines:
        drawing = machines_drawing([one], one.name)
        assert list(faults(drawing)) == [], one.name
        assert drawing.width <= WIDEST, one.name


@pytest.mark.slow
def test_the_same_with_marks(machines: list[Machine]) -> None:
    for one in machines:
        fired = {row.name for row in one.table.rows[::2]}
        half = machine(one.table, fired=fired, searched="a configuration with a long name, cut short: by a limit")
        assert list(faults(machines_drawing([half], one.name))) == [], one.name


def test_a_whole_party_is_one_picture(machines: list[Machine]) -> None:
    relay = [one for one in machines if one.name in ("relay_directory", "relay_procedure", "registration_relay")]
    assert sum(len(one.lines) for one in relay) > 100
    assert list(faults(machines_drawing(relay, "relay"))) == []


def test_every_row_can_be_read(machines: list[Machine]) -> None:
    for one in machines:
        texts = [text.text for text in machines_drawing([one], one.name).texts]
        for line in one.lines:
            guards = [f"{'and ' if place else ''}{guard}" for place, guard in enumerate(line.guards)]
            for said in (str(line.number), line.event, *guards, line.action, *line.sends):
                assert not said or said in texts, (one.name, said)
        for state in one.table.states:
            assert texts.count(state) >= 1


def _style_of(one: Machine) -> list[str]:
    """All classes of a machine's picture, as often as they are there."""
    drawing = machines_drawing([one], one.name)
    return [word for part in (*drawing.groups, *drawing.texts, *drawing.shapes) for word in part.style.split()]


def test_colours_say_what_was_never_seen_and_what_is_edited() -> None:
    table = TABLES["shop_attempt"]
    plain = _style_of(machine(table))
    never = _style_of(machine(table, fired=set()))
    seen = _style_of(machine(table, fired={row.name for row in table.rows}))
    edited = Redirect(role=table.name, line=table.rows[0].name, to=table.states[-1]).apply(table)
    faulty = _style_of(machine(edited, original=table))
    assert "bad" not in plain
    assert "struck" not in plain
    assert never.count("bad") > seen.count("bad")
    assert "struck" in faulty


@pytest.mark.slow
def test_the_same_table_the_same_bytes() -> None:
    script = (
        "from payrelay.diagrams.machine_pictures import machines_drawing\n"
        "from payrelay.diagrams.machines import machine\n"
        "from payrelay.diagrams.svg import svg\n"
        "from payrelay.model.protocol import tables\n"
        "import hashlib; text = svg(machines_drawing([machine(t) for t in tables().values()], 'all'))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    assert len(outputs(script)) == 1


@pytest.mark.slow
def test_chromium_measures_the_same(machines: list[Machine], tmp_path: Path) -> None:
    drawings = [machines_drawing([one], one.name) for one in machines]
    for one, drawing, measured in zip(machines, drawings, chromium_measures(drawings, tmp_path), strict=True):
        assert furthest(drawing, measured) <= 2, one.name


@pytest.mark.slow
def test_chromium_would_make_texts_as_wide_even_if_nobody_told(machines: list[Machine], tmp_path: Path) -> None:
    drawing = machines_drawing(machines, "all")
    (measured,) = chromium_measures([drawing], tmp_path)
    texts = list(drawing.texts)
    (probe,) = [place for place, text in enumerate(texts) if text.text == "relay_procedure" and text.size > 16]
    if abs(measured[probe].natural - texts[probe].width) > 2:
        pytest.skip("a font as wide as Helvetica: Debian package fonts-liberation")
    for text, box in zip(texts, measured, strict=True):
        assert abs(text.width - box.natural) <= max(2, text.width / 200), text.text


def test_a_diagram_without_its_table_shows_how_much_was_seen_of_each_state(machines: list[Machine]) -> None:
    for one in machines:
        heat = {state: place % (HOTTEST + 1) for place, state in enumerate(one.table.states)}
        drawing = diagram_drawing(replace(one, heat=heat))
        assert list(faults(drawing)) == [], one.name
        styles = [shape.style for group in drawing.groups for shape in group.shapes if "heat-" in shape.style]
        assert len(styles) == len(one.table.states)
