"""Playing: which move comes next, if all is to go well."""

from __future__ import annotations

from payrelay.conformance.course import Course, Move, Place


def next_move(course: Course, place: Place) -> Move | None:
    """The oldest message that is under way, else what the user may do first."""
    arrivals: list[Move] = [one for one in course.arrivals(place) if one.chosen is None]
    return next(iter([*arrivals, *course.deeds(place)]), None)
