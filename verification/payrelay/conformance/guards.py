"""Guards: whether two cells do the same as long as one of their guards holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from payrelay.language.role import Guard, Row


def is_alike_if(always: Guard, sound: Sequence[Row], edited: Sequence[Row]) -> bool:
    """Whether the rows of a cell and the edited ones do the same where a guard holds, whatever else does."""
    guards = {guard for row in (*sound, *edited) for guard in _guards_of(row)} - {always}
    for number in range(len(guards) + 1):
        for holding in combinations(guards, number):
            holds = {always, *holding}
            one, other = (
                [(row.action, row.target) for row in rows if _is_enabled(row, holds)] for rows in (sound, edited)
            )
            if one != other:
                return False
    return True


def _guards_of(row: Row) -> Iterator[Guard]:
    for guard, _ in row.guards:
        first = getattr(guard, "__self__", None)  # that an edited row comes first is a guard of the others
        yield from _guards_of(first) if isinstance(first, Row) else (guard,)


def _is_enabled(row: Row, holds: Collection[Guard]) -> bool:
    for guard, expected in row.guards:
        first = getattr(guard, "__self__", None)
        if (_is_enabled(first, holds) if isinstance(first, Row) else guard in holds) != expected:
            return False
    return True
