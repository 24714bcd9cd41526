"""Playing: a system in which all goes well, and which move comes next there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.conformance.course import Course, Move, Place
from payrelay.model.configuration import PaymentConfiguration

PURCHASE = PaymentConfiguration(
    name="purchase",
    says="all goes well",
    wallets=2,
    ordering=False,
    cancels=False,
    declines=False,
    expires=False,
    security="plain",
    capability="json",
)


def going_well(name: str = "purchase", **settings: Any) -> PaymentConfiguration:
    """A purchase or a registration, with some settings otherwise."""
    registers: dict[str, Any] = {"procedures": 0, "registrations": 1} if name == "registration" else {}
    return replace(PURCHASE, name=name, **registers, **settings)


def next_move(course: Course, place: Place) -> Move | None:
    """The oldest message that is under way, else what the user may do first."""
    arrivals: list[Move] = [one for one in course.arrivals(place) if one.chosen is None]
    return next(iter([*arrivals, *course.deeds(place)]), None)
