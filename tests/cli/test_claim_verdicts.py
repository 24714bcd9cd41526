"""A claim turns exactly when a property that it leans on does."""

from dataclasses import replace

import pytest

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.claim_verdicts import claims_report
from payrelay.cli.errors import UsageError
from payrelay.language.edits import Redirect
from payrelay.model.claims import Claim, Element

FORGETS = Redirect(role="server_ledger", event="serve", to="free")


def test_all_claims_are_established(catalogue: Catalogue) -> None:
    report = claims_report(catalogue)
    assert [claim.verdict for claim in report.claims] == ["holds", "holds", "not_applicable"]
    assert [one.verdict for one in report.claims[0].elements] == ["holds", "wire"]
    assert report.claims[0].elements[1].wire_only == ("answers_are_fast",)
    assert report.exit_code() == 0
    assert report.exit_code(interrupted=True) == 130


def test_one_broken_property_turns_the_claims_that_lean_on_it_and_no_other(catalogue: Catalogue) -> None:
    report = claims_report(catalogue, edits=(FORGETS,))
    assert report.violated == (1,)
    assert [claim.verdict for claim in report.claims] == ["violated", "holds", "not_applicable"]
    assert report.exit_code() == 1


def test_a_search_cut_short_establishes_no_claim(catalogue: Catalogue) -> None:
    report = claims_report(catalogue, states=1)
    assert [claim.verdict for claim in report.claims] == ["inconclusive", "inconclusive", "not_applicable"]
    assert report.exit_code() == 4


def test_a_property_that_applies_nowhere_establishes_nothing(catalogue: Catalogue) -> None:
    report = claims_report(catalogue, configurations=())
    assert report.claims[1].verdict == "not_applicable"
    assert report.exit_code() == 4


def test_invalid_property_of_a_claim(catalogue: Catalogue) -> None:
    claim = Claim(4, (Element("a", "b", ("onec",), "c"),))
    with pytest.raises(UsageError, match="did you mean 'once'"):
        claims_report(replace(catalogue, claims=(claim,)))
