"""`payrelay draw network`: the network of a configuration, in every format."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from payrelay.cli.catalogue import payments

from .conftest import Run


def test_the_whole_network(run: Run) -> None:
    ran = run("draw", "network", model=payments())
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "The network of the default set"
    assert "  must never carry: PaymentInfo, AuthInfo, PaymentInstruction" in lines
    assert "terminal_edge, first communicating section, claims 1, 4, 8: terminal-1, terminal-2 and relay" in lines


def test_a_configuration_that_was_changed(run: Run) -> None:
    ran = run("draw", "network", "benign", "wallets=3", "--format", "svg", model=payments())
    assert ran.code == 0
    root = ElementTree.fromstring(ran.out.encode())
    assert "wallet-3" in [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(("name", "begins"), [("a.svg", "<?xml"), ("a.mermaid", "flowchart"), ("a.plantuml", "@start")])
def test_the_name_of_a_file_says_the_format(run: Run, tmp_path: Path, name: str, begins: str) -> None:
    assert run("draw", "network", "friendly", "--output", str(tmp_path / name)).code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_coverage(run: Run) -> None:
    ran = run("draw", "network", "friendly", "--coverage")
    assert ran.code == 0
    assert "messages were seen delivered in friendly" in ran.out
    assert ", never seen" in ran.out


def test_a_classic_can_be_drawn(run: Run) -> None:
    assert "sender and receiver" in run("draw", "network", "alternating_bit").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frendly",), "did you mean 'friendly'?"),
        (("ping_pong", "losses=1"), "'ping_pong' is one small system, and takes no further words"),
        (("friendly", "--output", "a"), "does not say what to draw"),
    ],
)
def test_invalid_usage(run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run("draw", "network", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
