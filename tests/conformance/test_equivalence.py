"""What tells a variant from the role: computed, and never more said than was looked at."""

from __future__ import annotations

import pytest

from payrelay.conformance import equivalence
from payrelay.conformance.equivalence import Difference, in_words, is_alike_if
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import Wanted
from payrelay.language.role import Row
from payrelay.model.roles.relay_directory import has_fresh, is_known
from payrelay.verification.mutants.mutation import mutations

AUTHORITY = "registration_authority"
NEGATED = f"{AUTHORITY}.form_sent.forwarded_form_answers.repeat_refusal.negate_is_answered_round"


def difference(name: str) -> Difference:
    """What was found of a variant of the authority."""
    of = Selftest(Wanted().plan("authority", "plain"))
    (part,) = of.searched
    return of._difference(part, of.variants[name])


def test_a_shortest_way_is_told() -> None:
    found = difference(f"{AUTHORITY}.idle.forwarded_registration_request.send_form.drop")
    assert in_words(found.way) == "forwarded registration request"
    assert not found.is_unsaid


def test_who_only_breaks_down_never_says_anything_else() -> None:
    found = difference(NEGATED)
    assert (found.way, found.is_unsaid, found.is_none) == ((), True, False)
    assert in_words(found.broken) == "forwarded registration request, then forwarded form answers"


def test_what_was_not_looked_at_is_not_taken_for_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equivalence, "MOST_PAIRS", 2)
    found = difference(NEGATED)
    assert (found.way, found.is_whole, found.is_unsaid) == ((), False, False)


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
