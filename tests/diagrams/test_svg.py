"""SVG: well formed, the same every time, for those who do not see it too, and measured by Chromium as by us."""

from __future__ import annotations

from pathlib import Path as File
from xml.etree import ElementTree

import pytest
from tests.diagrams.labels import STRANGE
from tests.diagrams.random_traces import message, random_trace, step, trace
from tests.diagrams.sequence.pictures import pictures
from tests.diagrams.tools import as_script, chromium_measures, furthest, shown, tell

from payrelay.diagrams.drawing import Box, Drawing, Group, Path, Point, Text
from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.layout import layout
from payrelay.diagrams.svg import number, svg, svg_element
from payrelay.diagrams.texts import width

NAMESPACE = "{http://www.w3.org/2000/svg}"
PICTURES = pictures()
NEAR = 2.0
"""Pixels."""


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_well_formed_and_has_a_title(name: str) -> None:
    picture = PICTURES[name]
    root = ElementTree.fromstring(svg(layout(picture, with_states=True)).encode())
    assert root.get("role") == "img"
    assert [root.findtext(f"{NAMESPACE}{tag}") for tag in ("title", "desc")] == [picture.title, picture.says]
    assert root.get("aria-labelledby") == "title says"


def test_the_same_trace_gives_the_same_bytes() -> None:
    drawn = {svg(layout(sequence([Run("", random_trace(8, 50, 7))], "t", "s"), with_states=True)) for _ in range(3)}
    assert len(drawn) == 1


@pytest.mark.parametrize("odd", STRANGE)
def test_labels_survive(odd: str) -> None:
    told = trace(step(1, "deliver", "shop", message("Ask", "relay", "shop", text=odd)))
    root = ElementTree.fromstring(svg(layout(sequence([Run("", told)], odd, ""))).encode())
    texts = ["".join(text.itertext()) for text in root.iter(f"{NAMESPACE}text")]
    assert f"text {odd}" in " ".join(texts)


def test_steps_can_be_chosen_and_say_what_they_are() -> None:
    told = trace(step(1, "deliver", "shop", message("Ask", "relay", "shop", n=1), section="first section"))
    root = ElementTree.fromstring(svg(layout(sequence([Run("", told)], "", ""))).encode())
    groups = [group for group in root.iter(f"{NAMESPACE}g") if group.get("data-step")]
    assert {(group.get("data-run"), group.get("data-step")) for group in groups} == {("0", "1")}
    assert {group.findtext(f"{NAMESPACE}title") for group in groups} == {"1. relay to shop: Ask, n 1; first section"}


def test_nothing_is_fetched_or_run() -> None:
    drawn = svg(layout(PICTURES["branches"]))
    assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "<script" not in drawn
    assert "url(" not in drawn


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.125, "0.12"), (-0.001, "0"), (10.50, "10.5"), (100.0, "100")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.slow
def test_chromium_measures_the_same(tmp_path: File) -> None:
    drawings = [layout(picture, with_states=True) for picture in PICTURES.values()]
    wrong = Drawing(100, 100, "", "", (Group(texts=[Text(10, 10, "a text", 10)]),))
    *found, moved = chromium_measures([*drawings, wrong], tmp_path)
    distances = map(furthest, drawings, found)
    assert [name for name, distance in zip(PICTURES, distances, strict=True) if distance > NEAR] == []
    wrong.groups[0].texts[0] = Text(13, 10, "a text", 10)
    assert furthest(wrong, moved) > NEAR  # what is elsewhere is seen


@pytest.mark.slow
def test_the_widths_are_those_of_the_font(tmp_path: File) -> None:
    script = """
    const of = (font, text) => {
      const context = document.createElement('canvas').getContext('2d');
      context.font = font;
      context.fontKerning = 'none';
      return context.measureText(text).width;
    };
    const is_there = of("100px 'Liberation Sans', monospace", 'il') !== of('100px monospace', 'il');
    const results = is_there && ['', 'bold '].map(bold => TEXTS.map(
      text => of(bold + "100px 'Liberation Sans'", text)));
    """
    texts = [chr(code) for code in range(32, 127)]
    script = script.replace("TEXTS", as_script(texts)) + tell("results")
    found = shown(f"<!doctype html><body><script>{script}</script>", tmp_path)
    if not found:
        pytest.skip("Liberation Sans: Debian package fonts-liberation")
    for is_bold, widths in zip((False, True), found, strict=True):
        ours = [width(text, 100, is_bold) for text in texts]
        assert ours == pytest.approx(widths, abs=0.1)


def test_a_box_has_its_corner() -> None:
    drawing = Drawing(10, 10, "", "", (Group(shapes=[Box(1, 2, 3, 4, "plain", 5)]),))
    assert '<rect class="plain" x="1" y="2" width="3" height="4" rx="5"/>' in svg(drawing)


def test_a_path_is_straight_down_or_smooth() -> None:
    path = Path((Point(0, 0), Point(0, 20), Point(10, 40)), "arrow")
    drawing = Drawing(10, 40, "", "", (Group(shapes=[path]),))
    assert '<path class="arrow" d="M0 0L0 20C0 30 10 30 10 40"/>' in svg(drawing)


def test_of_several_pictures_in_a_page_each_has_names_of_its_own_and_the_page_the_style() -> None:
    drawing = layout(PICTURES[next(iter(PICTURES))])
    element = svg_element(drawing, "a", is_styled=False)
    root = ElementTree.fromstring(element)
    assert root.get("aria-labelledby") == "title-a says-a"
    assert [root.find(f"{NAMESPACE}{tag}").get("id") for tag in ("title", "desc")] == ["title-a", "says-a"]  # type: ignore[union-attr]
    assert "<style>" not in element
    assert "<style>" in svg_element(drawing)
