"""Escaping: strange labels survive in Mermaid and PlantUML, and are seen to be strange without it."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.diagrams.labels import STRANGE
from tests.diagrams.tools import mermaid_says, plantuml_says

from payrelay.diagrams import escaping


def in_mermaid(labels: Sequence[str]) -> str:
    """A flowchart with these labels at nodes and edges."""
    lines = [f'  a{n}["{label}"] -->|"{label}"| b{n}["b"]' for n, label in enumerate(labels)]
    return "\n".join(["flowchart TD", *lines]) + "\n"


def in_plantuml(labels: Sequence[str]) -> str:
    """A state diagram with these labels at states and arrows."""
    lines = [f'state "{label}" as a{n}\na{n} : {label}\na{n} --> b{n} : {label}' for n, label in enumerate(labels)]
    return "\n".join(["@startuml", *lines, "@enduml"]) + "\n"


@pytest.mark.slow
def test_mermaid_understands_strange_labels(tmp_path: Path) -> None:
    escaped, bare = mermaid_says(
        [in_mermaid([escaping.mermaid(text) for text in STRANGE]), in_mermaid(STRANGE)], tmp_path
    )
    assert {text: escaped.count(text) for text in STRANGE} == dict.fromkeys(STRANGE, 2)
    assert bare[0] == "error"


@pytest.mark.slow
def test_plantuml_understands_strange_labels(tmp_path: Path) -> None:
    (texts,) = plantuml_says([in_plantuml([escaping.plantuml(text) for text in STRANGE])], tmp_path)
    assert {text: texts.count(text) for text in STRANGE} == dict.fromkeys(STRANGE, 3)


@pytest.mark.parametrize("strange", STRANGE)
def test_nothing_is_left_that_is_carried_out(strange: str) -> None:
    for escaped, code in (
        (escaping.mermaid(strange), r"#[0-9]+;"),
        (escaping.plantuml(strange), r"<U\+[0-9A-F]{4,6}>"),
    ):
        assert not re.search(r"[<>;:#$%&{}\[\]\"'`\\~*/|!=@]|__|--|^- ", re.sub(code, "", escaped))


def test_plain_labels_stay_readable() -> None:
    plain = "4 payment_info_message, is_complete (to shop)"
    assert escaping.mermaid(plain) == escaping.plantuml(plain) == plain


def test_a_label_is_one_line() -> None:
    assert escaping.mermaid("a\nb\t c") == escaping.plantuml("a\nb\t c") == "a b c"


def test_xml_has_texts_and_nothing_else() -> None:
    assert escaping.xml('<b>&amp;</b> "q"') == "&lt;b&gt;&amp;amp;&lt;/b&gt; &quot;q&quot;"
