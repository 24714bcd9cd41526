"""Escaping: strange labels survive in Mermaid and PlantUML, and are seen to be strange without it."""

from collections.abc import Callable, Sequence

import pytest

from payrelay.diagrams import escaping

from .conftest import STRANGE, Labels


def in_mermaid(labels: Sequence[str]) -> str:
    """A flowchart with these labels at nodes and edges."""
    lines = [f'  a{n}["{label}"] -->|"{label}"| b{n}' for n, label in enumerate(labels)]
    return "\n".join(["flowchart TD", *lines]) + "\n"


def in_plantuml(labels: Sequence[str]) -> str:
    """A state diagram with these labels at states and arrows."""
    lines = [f'state "{label}" as a{n}\na{n} : {label}\na{n} --> b{n} : {label}' for n, label in enumerate(labels)]
    return "\n".join(["@startuml", *lines, "@enduml"]) + "\n"


@pytest.mark.slow
def test_mermaid_understands_strange_labels(mermaid: Callable[[Sequence[str]], list[Labels]]) -> None:
    escaped, bare = mermaid([in_mermaid([escaping.mermaid(text) for text in STRANGE]), in_mermaid(STRANGE)])
    assert escaped["edges"] == list(STRANGE)
    assert escaped["nodes"][::2] == list(STRANGE)
    assert "error" in bare


@pytest.mark.slow
def test_plantuml_understands_strange_labels(plantuml: Callable[[Sequence[str]], list[list[str]]]) -> None:
    (texts,) = plantuml([in_plantuml([escaping.plantuml(text) for text in STRANGE])])
    assert {text: texts.count(text) for text in STRANGE} == dict.fromkeys(STRANGE, 3)


def test_plain_labels_stay_readable() -> None:
    plain = "4 payment_info_message, is_complete (to shop)"
    assert escaping.mermaid(plain) == escaping.plantuml(plain) == plain


def test_a_label_is_one_line() -> None:
    assert escaping.mermaid("a\nb\t c") == escaping.plantuml("a\nb\t c") == "a b c"
