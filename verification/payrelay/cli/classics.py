"""Classics: protocols that are not ours, each as a catalogue of its own, to be drawn and stepped through like ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from payrelay.cli.catalogue import Catalogue

if TYPE_CHECKING:
    from payrelay.language.properties import Property
    from payrelay.language.systems import System

Classic = tuple["System", tuple["Property", ...]]


def _alternating_bit() -> Classic:
    from payrelay.classics import alternating_bit

    return alternating_bit.system(), alternating_bit.PROPERTIES


def _dining_philosophers() -> Classic:
    from payrelay.classics import dining_philosophers

    return dining_philosophers.system(2), dining_philosophers.PROPERTIES


def _ping_pong() -> Classic:
    from payrelay.classics import ping_pong

    return ping_pong.system(ping_pong.ONCE, 2), ping_pong.PROPERTIES


def _request_answer() -> Classic:
    from payrelay.classics import request_answer

    return request_answer.system(request_answer.FAULTY, moody=True), request_answer.PROPERTIES


def _two_phase_commit() -> Classic:
    from payrelay.classics import two_phase_commit

    return two_phase_commit.system(2), two_phase_commit.PROPERTIES


CLASSICS: dict[str, Callable[[], Classic]] = {
    "alternating_bit": _alternating_bit,
    "dining_philosophers": _dining_philosophers,
    "ping_pong": _ping_pong,
    "request_answer": _request_answer,
    "two_phase_commit": _two_phase_commit,
}
"""A small system of each, and its properties."""


def classic(name: str) -> Catalogue:
    """A classic as a catalogue."""
    system, properties = CLASSICS[name]()
    return Catalogue(configurations=(system.configuration,), properties=properties, build=lambda *_: system)
