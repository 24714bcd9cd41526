"""What an unreliable network does to requests, and that it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from payrelay.host.unreliable import UnreliablePost, Weather
from payrelay.wire.exchange import Request, Response

REQUEST = Request("POST", "/x", (), b"")
TAKEN = Response(202)


def dice(*numbers: float) -> Callable[[], float]:
    thrown: Iterator[float] = iter(numbers)
    return lambda: next(thrown)


def sent(weather: Weather, *numbers: float) -> tuple[Response | None, int, list[str], list[float]]:
    """What is answered, how often it arrived, what was told, and how long it took."""
    arrived: list[str] = []
    told: list[str] = []
    slept: list[float] = []

    async def post(url: str, request: Request, seconds: float | None) -> Response:
        arrived.append(url)
        return TAKEN

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    unreliable = UnreliablePost(post, weather, dice(*numbers), told.append, sleep)
    answer = asyncio.run(unreliable("http://x", REQUEST, 1.0))
    return answer, len(arrived), told, slept


ALL = Weather(loses_requests=0.1, delays_requests=0.1, doubles_requests=0.1, loses_answers=0.1, longest_delay=4.0)


@pytest.mark.parametrize(
    ("thrown", "expected"),
    [
        ((0.5, 0.5, 0.5, 0.5), (TAKEN, 1, [], [])),
        ((0.05,), (None, 0, ["lost_request"], [])),
        ((0.5, 0.05, 0.25, 0.5, 0.5), (TAKEN, 1, ["slow_request"], [1.0])),
        ((0.5, 0.5, 0.05, 0.5), (TAKEN, 2, ["doubled_request"], [])),
        ((0.5, 0.5, 0.5, 0.05), (None, 1, ["lost_answer"], [])),
    ],
)
def test_what_happens_to_a_request(thrown: tuple[float, ...], expected: tuple[object, ...]) -> None:
    assert sent(ALL, *thrown) == expected


def test_a_fair_network_throws_no_dice() -> None:
    assert Weather().is_fair
    assert not ALL.is_fair
    assert sent(Weather()) == (TAKEN, 1, [], [])
