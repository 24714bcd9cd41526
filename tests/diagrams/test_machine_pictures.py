"""Machine pictures: every role is legible: nothing meets, nothing is missing, and Chromium sees the same."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from payrelay.diagrams.machine_pictures import machine_picture, machines_picture, machines_svg
from payrelay.diagrams.machines import Machine, machine
from payrelay.diagrams.shapes import text_width
from payrelay.language.edits import Redirect

from .conftest import TABLES, Labels

WIDEST = 1300
"""The widest that a picture may be: two pages of a book."""


def test_no_text_meets_another_nor_a_foreign_box_and_nothing_leaves_the_picture(machines: list[Machine]) -> None:
    for one in machines:
        picture = machine_picture(one)
        assert list(picture.faults()) == [], one.name
        assert picture.right <= WIDEST, one.name


def test_the_same_with_marks(machines: list[Machine]) -> None:
    for one in machines:
        fired = {row.name for row in one.table.rows[::2]}
        half = machine(one.table, fired=fired, searched="a configuration with a long name, cut short: by a limit")
        assert list(machine_picture(half).faults()) == [], one.name


def test_a_whole_party_is_one_picture(machines: list[Machine]) -> None:
    relay = [one for one in machines if one.name in ("relay_directory", "relay_procedure", "registration_relay")]
    assert sum(len(one.lines) for one in relay) > 100
    assert list(machines_picture(relay).faults()) == []


def test_every_row_can_be_read(machines: list[Machine]) -> None:
    for one in machines:
        texts = [text.text for text in machine_picture(one).texts]
        for line in one.lines:
            guards = [f"{'and ' if place else ''}{guard}" for place, guard in enumerate(line.guards)]
            for said in (str(line.number), line.event, *guards, line.action, *line.sends):
                assert not said or said in texts, (one.name, said)
        for state in one.table.states:
            assert texts.count(state) >= 1


def test_colours_say_what_was_never_seen_and_what_is_edited() -> None:
    table = TABLES["shop_attempt"]
    plain = machines_svg([machine(table)], "plain")
    never = machines_svg([machine(table, fired=set())], "never")
    seen = machines_svg([machine(table, fired={row.name for row in table.rows})], "seen")
    edited = Redirect(role=table.name, line=table.rows[0].name, to=table.states[-1]).apply(table)
    faulty = machines_svg([machine(edited, original=table)], "faulty")
    assert "#c4161c" not in plain
    assert "line-through" not in plain
    assert never.count("#c4161c") > seen.count("#c4161c")
    assert "line-through" in faulty


@pytest.mark.slow
def test_the_same_table_the_same_bytes() -> None:
    script = (
        "from payrelay.diagrams.machine_pictures import machines_svg\n"
        "from payrelay.diagrams.machines import machine\n"
        "from payrelay.model.protocol import tables\n"
        "import hashlib; text = machines_svg([machine(t) for t in tables().values()], 'all')\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
        found.add(run.stdout)
    assert len(found) == 1


@pytest.mark.slow
def test_chromium_measures_the_same(
    machines: list[Machine], chromium: Callable[[Sequence[str]], list[list[Labels]]]
) -> None:
    latin = [one for one in machines if one.lines]
    measured = chromium([machines_svg([one], one.name) for one in latin])
    for one, found in zip(latin, measured, strict=True):
        texts = machine_picture(one).texts
        for text, box in zip(texts, found, strict=True):
            for side in ("left", "top", "right", "bottom"):
                assert abs(getattr(text.area, side) - box[side]) <= 2, (one.name, text.text, side)


@pytest.mark.slow
def test_chromium_would_make_texts_as_wide_even_if_nobody_told(
    machines: list[Machine], chromium: Callable[[Sequence[str]], list[list[Labels]]]
) -> None:
    (measured,) = chromium([machines_svg(machines, "all")])
    texts = machines_picture(machines).texts
    widths = [text_width(text.text, text.style) for text in texts]
    naturals = [box["natural"] for box in measured]
    (probe,) = [place for place, text in enumerate(texts) if text.text == "relay_procedure" and text.style.size > 16]
    if abs(naturals[probe] - widths[probe]) > 2:
        pytest.skip("a font as wide as Helvetica: Debian package fonts-liberation")
    for text, wide, natural in zip(texts, widths, naturals, strict=True):
        assert abs(wide - natural) <= max(2, wide / 200), text.text
