"""One code for all that happened, in the order of the design."""

import pytest

from payrelay.cli.exit_codes import MEANINGS, PRECEDENCE, ExitCode, together


@pytest.mark.parametrize("place", range(len(PRECEDENCE)))
def test_the_first_of_the_precedence_wins(place: int) -> None:
    assert together(reversed(PRECEDENCE[place:])) is PRECEDENCE[place]


def test_the_precedence_is_that_of_the_design() -> None:
    assert [int(code) for code in PRECEDENCE] == [130, 2, 3, 1, 5, 4, 0]
    assert together([]) is ExitCode.ESTABLISHED


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(PRECEDENCE) == set(ExitCode)
