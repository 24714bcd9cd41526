"""docs/tutorial.md is followed from its first command to its last: what it shows is what happens."""

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "tutorial.md"
ROLE = "model/payrelay/model/roles/payment_authorization.py"
CONSOLE, DIFF = "console", "diff"


class Student:
    """Somebody who follows a page in a checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout, self.commands, self.edits = checkout, 0, 0
        shutil.copytree(HOUSE / "model", checkout / "model", ignore=shutil.ignore_patterns("__pycache__"))
        command = checkout / "bin" / "payrelay"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m payrelay.cli "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        path = [str(checkout / "model"), str(HOUSE / "verification")]
        self.surroundings = {
            **os.environ,
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "80",
        }

    def types(self, example: Example) -> str | None:
        """Type each command of a block; what is wrong with what it prints, if anything."""
        for part in f"\n{example.parsed}".split("\n$ ")[1:]:
            command, _, wanted = part.partition("\n")
            ran = subprocess.run(
                ["sh", "-c", command],
                cwd=self.checkout,
                env=self.surroundings,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
            )
            self.commands += 1
            if fault := unlike(wanted, ran.stdout):
                return f"$ {command}\n{fault}"
        return None

    def edits_as_told(self, example: Example) -> str | None:
        """Edit a file as a block says; why that cannot be done, if so."""
        head, *lines = example.parsed.splitlines()
        file = self.checkout / head.removeprefix("--- ")
        old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] == sign) for sign in "-+")
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"{head}: there is not exactly one place that reads\n{old}"
        file.write_text(text.replace(old, new), encoding="utf-8")
        self.edits += 1
        return None


def unlike(wanted: str, got: str) -> str:
    """How what a command printed differs from what a page says; `...` is anything."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if doctest.OutputChecker().check_output(wanted or "\n", got or "\n", flags):
        return ""
    return f"should print\n{wanted}\nand prints\n{got}"


def blocks(student: Student) -> list[Any]:
    parsers = [CodeBlockParser(CONSOLE, student.types), CodeBlockParser(DIFF, student.edits_as_told)]
    return list(Sybil(parsers=parsers, path=str(PAGE.parent)).parse(PAGE).examples())


@pytest.mark.slow
def test_everything_happens_as_the_page_says(tmp_path: Path) -> None:
    student = Student(tmp_path)
    for example in blocks(student):
        example.evaluate()
    text = PAGE.read_text(encoding="utf-8")
    assert student.commands == text.count("\n$ ")
    assert student.edits == text.count("```diff") == 3
    assert (tmp_path / ROLE).read_bytes() == (HOUSE / ROLE).read_bytes(), "in the end everything is mended"
    assert "debited" in (tmp_path / "double-debit.svg").read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "double-debit.html").read_text(encoding="utf-8")


def test_every_block_is_a_command_an_edit_or_not_there() -> None:
    fences = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("```")]
    assert set(fences[::2]) == {f"```{CONSOLE}", f"```{DIFF}"}


def test_a_page_that_tells_what_does_not_happen_is_noticed(tmp_path: Path) -> None:
    student = Student(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("```console\n$ payrelay explain X2\n...\n  Money is taken twice.\n...\n```\n", encoding="utf-8")
    parser = CodeBlockParser(CONSOLE, student.types)
    (example,) = Sybil(parsers=[parser], path=str(tmp_path)).parse(page).examples()
    with pytest.raises(AssertionError, match="Money is taken at most once"):
        example.evaluate()


def test_invalid_edit_of_what_is_not_there(tmp_path: Path) -> None:
    student = Student(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"```diff\n--- {ROLE}\n-    nothing like this\n+    x\n```\n", encoding="utf-8")
    before = (tmp_path / ROLE).read_bytes()
    (example,) = (
        Sybil(parsers=[CodeBlockParser(DIFF, student.edits_as_told)], path=str(tmp_path)).parse(page).examples()
    )
    with pytest.raises(AssertionError, match="not exactly one place"):
        example.evaluate()
    assert (tmp_path / ROLE).read_bytes() == before
