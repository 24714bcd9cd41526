"""`payrelay draw`: a group of commands, each in its own module."""

import pytest

from .conftest import Run


def test_the_group_lists_its_commands(run: Run) -> None:
    ran = run("draw", "--help")
    assert ran.code == 0
    assert all(f"  {name} " in ran.out for name in ("sequence", "machine", "network"))


@pytest.mark.parametrize("name", ["sequence", "machine", "network"])
def test_every_help_has_an_example(run: Run, name: str) -> None:
    ran = run("draw", name, "--help")
    assert ran.code == 0
    assert f"  payrelay draw {name}" in ran.out


def test_invalid_command(run: Run) -> None:
    ran = run("draw", "machin")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "payrelay: no command 'machin'; did you mean 'machine'? (see: payrelay draw --help)\n"


def test_without_a_command_it_explains_itself(run: Run) -> None:
    assert run("draw").code == 2
