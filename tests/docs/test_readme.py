"""What the README shows is what the commands print."""

from __future__ import annotations

import re

import pytest

from docs.documents import DOCS
from docs.search_evidence import evidence_in
from payrelay.cli import main
from payrelay.cli.catalogue import Surroundings

README = (DOCS.parent / "README.md").read_text(encoding="utf-8")
FIGURES = re.compile(r"^    +(\w+) +([\d,]+) states, ([\d,]+) steps, depth (\d+), ", re.MULTILINE)


def shown(command: str) -> list[str]:
    """The lines that are shown of a command's output, without those that say that some are left out."""
    block = README.partition(f"    $ .venv/bin/{command}\n")[2].partition("\n\n")[0]
    return [line.strip() for line in block.splitlines() if line.strip() != "..."]


@pytest.mark.slow
def test_a_check_that_fails_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    command = "payrelay verify broken_wallet_lies --property X1"
    assert main(command.split()[1:], Surroundings(processes=0)) == 1
    printed = iter(line.strip() for line in capsys.readouterr().out.splitlines())
    lines = shown(command)
    assert len(lines) > 10
    assert [line for line in lines if line not in printed] == [], "in this order"


def test_searches_have_the_figures_that_are_shown() -> None:
    evidence = evidence_in(DOCS)
    assert evidence is not None
    found = {one["name"]: (one["states"], one["steps"], one["depth"]) for one in evidence.found["configurations"]}
    told = {
        name: tuple(int(figure.replace(",", "")) for figure in figures) for name, *figures in FIGURES.findall(README)
    }
    assert len(told) == 4
    assert told.items() <= found.items()
    total = sum(states for states, _, _ in found.values())
    assert f"{len(found)} configurations, {total:,} states" in README
