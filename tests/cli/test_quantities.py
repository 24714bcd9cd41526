"""Sizes and times, as people write them."""

import click
import pytest

from payrelay.cli.quantities import seconds, size

CTX = click.Context(click.Command("a"))
OPTION = click.Option(["--a"])


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("1", 1), ("500M", 500 << 20), ("2G", 2 << 30), ("1.5k", 1536), ("2GiB", 2 << 30), ("3MB", 3 << 20)],
)
def test_a_size(text: str, bytes_: int) -> None:
    assert size(CTX, OPTION, text) == bytes_


@pytest.mark.parametrize(("text", "number"), [("90", 90), ("90s", 90), ("1.5m", 90), ("1h", 3600)])
def test_a_time(text: str, number: float) -> None:
    assert seconds(CTX, OPTION, text) == number


@pytest.mark.parametrize("text", ["", "0", "-1", "1X", "G", "1 000", "nan", "\u0663"])
def test_invalid_quantities(text: str) -> None:
    for callback in (size, seconds):
        with pytest.raises(click.BadParameter, match="write"):
            callback(CTX, OPTION, text)


def test_none_stays_none() -> None:
    assert size(CTX, OPTION, None) is None
    assert seconds(CTX, OPTION, None) is None
