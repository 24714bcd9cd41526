"""The pytest plugin: each check is a test, with a runner of our own in place of the kit."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow  # each runs a pytest of its own

CONFTEST = """
from payrelay.conformance.results import CheckResult
from payrelay.conformance.verdicts import Verdict
from payrelay.conformance.stories import Row


class Planned:
    def __init__(self, id, *requirements):
        self.id, self.requirements = id, requirements


class Runner:
    def planned(self, configuration):
        assert configuration.name == "conform.toml"
        return [Planned("one", "relay.good"), Planned("two", "relay.bad"), Planned("three"), Planned("four"),
                Planned("five", "relay.good")]

    def run(self, configuration, selection):
        print("selected", sorted(selection))
        said = {"deviation": {"kind": "missing", "what": "no Answer from relay", "expected": ["Answer"]},
                "breaks": ("relay.bad",), "rows": (Row(1, "arrives", "shop", "relay", "Question"),)}
        for id, verdict, more in [("two", "fail", said), ("one", "pass", {}), ("five", "pass_deviation", {}),
                                  ("three", "inconclusive", {"cause": "needs_control"})]:
            if id in selection:
                yield CheckResult(id=id, stage="pair", requirements=(), replay=f"payrelay conform replay {id}",
                                  verdict=Verdict(verdict), **{"breaks": (), **more})


def pytest_payrelay_runner():
    return Runner()
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a configuration, and a test of its own."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_of_mine():\n    pass\n")
    pytester.path.joinpath("conform.toml").write_text("", encoding="utf-8")
    return pytester


def test_each_check_is_a_test(folder: pytest.Pytester) -> None:
    ran = folder.runpytest_inprocess(*PLUGIN, "--payrelay-conform", "conform.toml", "-rs", "-s")
    ran.assert_outcomes(passed=2, failed=1, skipped=2)
    ran.stdout.fnmatch_lines(
        [
            "*selected *'five', 'four', 'one', 'three', 'two'*",
            "two: no Answer from relay",
            "   1. shop -> relay: Question",
            "expected: Answer",
            "breaks: relay.bad",
            "again: payrelay conform replay two",
            "*needs_control",
            "*the budget was spent",
        ]
    )


def test_only_what_is_selected_is_run(folder: pytest.Pytester) -> None:
    ran = folder.runpytest_inprocess(*PLUGIN, "--payrelay-conform", "conform.toml", "-k", "relay.good", "-s")
    ran.assert_outcomes(passed=2, deselected=3)
    ran.stdout.fnmatch_lines(["*selected *'five', 'one'*"])


def test_files_that_are_named_are_collected_too(folder: pytest.Pytester) -> None:
    own = next(folder.path.glob("test_*.py")).name
    ran = folder.runpytest_inprocess(*PLUGIN, "--payrelay-conform", "conform.toml", own)
    ran.assert_outcomes(passed=3, failed=1, skipped=2)


def test_without_the_option_nothing_is_added(folder: pytest.Pytester) -> None:
    folder.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


PLUGIN = ("-p", "no:cacheprovider", "-p", "no:schemathesis")
"""The plugin itself is there, once payrelay is installed."""


def test_what_is_expected_to_fail_is_an_expected_failure(folder: pytest.Pytester) -> None:
    known = CONFTEST.replace('("two", "fail", said)', '("two", "expected", {**said, "expected": "until version 2"})')
    folder.makeconftest(known)
    ran = folder.runpytest_inprocess(*PLUGIN, "--payrelay-conform", "conform.toml", "-rx")
    ran.assert_outcomes(passed=2, xfailed=1, skipped=2)
    ran.stdout.fnmatch_lines(["*XFAIL*two - *until version 2"])
