"""What tells a variant from the role: computed, and never more said than was looked at."""

from __future__ import annotations

import pytest

from payrelay.conformance import equivalence
from payrelay.conformance.equivalence import Difference, in_words
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import Wanted

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
