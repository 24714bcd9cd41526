"""Whether two cells do the same as long as one of their guards holds."""

from __future__ import annotations

import pytest

from payrelay.conformance.guards import is_alike_if
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import Wanted
from payrelay.language.role import Row
from payrelay.model.roles.relay_directory import has_fresh, is_known
from payrelay.verification.mutants.mutation import mutations


def rows(name: str) -> tuple[list[Row], list[Row]]:
    """The rows of a cell of the relay's directory, and of a variant of it."""
    of = Selftest(Wanted().plan("relay", "plain"))
    sound = of._tables["relay_directory"]
    (mutation,) = (one for one in mutations(sound, {}) if one.name == f"relay_directory.open.procedure_request.{name}")
    (edited,) = (edit.changed_table(sound) for edit in mutation.edits)
    cell = "open", "procedure_request"
    return list(sound.rows_of(*cell)), list(edited.rows_of(*cell))


@pytest.mark.parametrize(
    ("name", "fresh", "known"),
    [
        ("refuse_unknown.drop", True, True),
        ("refuse_unknown.negate_is_known", True, False),
        ("find_current.negate_is_known", False, False),
        ("open_fresh.drop", False, True),
        ("open_fresh.negate_has_fresh", False, True),
    ],
)
def test_rows_that_differ_only_where_a_guard_does_not_hold(name: str, *, fresh: bool, known: bool) -> None:
    sound, edited = rows(name)
    assert is_alike_if(has_fresh, sound, edited) is fresh
    assert is_alike_if(is_known, sound, edited) is known
    assert is_alike_if(has_fresh, sound, sound)
