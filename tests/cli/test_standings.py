"""What a property comes to over all configurations, and the exit code that follows."""

from dataclasses import replace

import pytest

from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.outcomes import INTERRUPTED, Failure, Finding, Outcome
from payrelay.cli.standings import exit_code, standings
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Variant
from payrelay.language.properties import Property
from payrelay.verification.verdicts import Result

PROPERTY = Property("claim", "C", "A claim.")
HERE = Configuration(name="here", says="Here.")
VARIANT = Variant("broken", "Broken.", (), ("claim",), "here")


def outcome(result: Result, vacuous: bool = False) -> Outcome:
    finding = Finding(
        property="claim", label="C", claims=(), level="searched", configuration="here", result=result, vacuous=vacuous
    )
    return Outcome(configuration=HERE, findings=(finding,))


HOLDS, VIOLATED, INCONCLUSIVE, ABSENT = map(outcome, ("holds", "violated", "inconclusive", "not_applicable"))  # type: ignore[arg-type]
VACUOUS = outcome("holds", vacuous=True)


@pytest.mark.parametrize(
    ("outcomes", "word", "one", "default_set"),
    [
        ([HOLDS], "holds", 0, 0),
        ([HOLDS, ABSENT, VACUOUS], "holds", 0, 0),
        ([HOLDS, VIOLATED, INCONCLUSIVE], "violated", 1, 1),
        ([HOLDS, INCONCLUSIVE], "inconclusive", 4, 4),
        ([VACUOUS, ABSENT], "vacuous", 4, 4),
        ([ABSENT], "not_applicable", 4, 4),
        ([], "not_applicable", 4, 4),
    ],
)
def test_a_property_over_all_configurations(outcomes: list[Outcome], word: str, one: int, default_set: int) -> None:
    found = standings([PROPERTY], outcomes)
    assert found[0].word == word
    assert exit_code(found, outcomes) == one
    assert exit_code(found, outcomes, is_default_set=True) == default_set


def test_what_applies_nowhere_is_not_green_in_the_default_set_alone() -> None:
    found = standings([PROPERTY, Property("absent", "A", "Absent.")], [HOLDS])
    assert exit_code(found, [HOLDS]) is ExitCode.ESTABLISHED
    assert exit_code(found, [HOLDS], is_default_set=True) is ExitCode.INCONCLUSIVE


def test_what_only_a_wire_shows_is_green_beside_others_and_never_alone() -> None:
    wire = Property("wire", "W", "On a wire.", level="wire")
    assert exit_code(standings([PROPERTY, wire], [HOLDS]), [HOLDS], is_default_set=True) is ExitCode.ESTABLISHED
    assert exit_code(standings([wire], [HOLDS]), [HOLDS], is_default_set=True) is ExitCode.INCONCLUSIVE


def test_precedence() -> None:
    failed = replace(HOLDS, failure=Failure(line="a", code=ExitCode.USAGE))
    fault = replace(HOLDS, failure=Failure(line="a", code=ExitCode.FAULT))
    stopped = replace(INCONCLUSIVE, interrupted=True, bound=INTERRUPTED)
    found = standings([PROPERTY], [VIOLATED])
    assert exit_code(found, [VIOLATED, fault]) is ExitCode.VIOLATED
    assert exit_code(found, [VIOLATED, fault, failed]) is ExitCode.USAGE
    assert exit_code(found, [VIOLATED, fault, failed, stopped]) is ExitCode.INTERRUPTED
    assert exit_code(found, [VIOLATED], interrupted=True) is ExitCode.INTERRUPTED


@pytest.mark.parametrize(("found", "code"), [(VIOLATED, 1), (HOLDS, 1), (VACUOUS, 1), (INCONCLUSIVE, 4)])
def test_a_variant_ends_with_1_caught_or_not(found: Outcome, code: int) -> None:
    assert exit_code(standings([PROPERTY], [found]), [found], variant=VARIANT) == code
