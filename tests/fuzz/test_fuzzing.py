"""Schemathesis finds nothing wrong with the servers by their documents; and it finds what is planted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz.fuzzing import fuzz
from tests.fuzz.planted import PLANTED, VARIABLE

from payrelay.wire.openapi import roles_served

pytestmark = pytest.mark.slow
CASES = {"plain": 150, "hardened": 250}
"""Together 400 of each role, 2,000 of all."""
EXPECTED = {
    "a fault of the program": "not_a_server_error",
    "another status": "Received: 201",
    "another media type": "Received: text/plain",
    "another schema": "is a required property",
    "takes what is not allowed": "taken, though the document does not allow it",
    "refuses what is allowed": "refused for its form",
    "asks for no token": "ignored_auth",
}
"""What is told of what is planted."""


@pytest.mark.parametrize("security", CASES)
@pytest.mark.parametrize("role", roles_served())
def test_nothing_is_found(role: str, security: str, tmp_path: Path) -> None:
    found = fuzz(role, security, CASES[security], tmp_path / "system")
    print(found.line)
    assert not found.failures, found.examples
    assert found.cases >= CASES[security]
    assert found.share >= 0.5
    assert found.to_json()["operations_seen"] == found.to_json()["operations"]


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str, tmp_path: Path) -> None:
    environment = {VARIABLE: planted}
    module = "tests.fuzz.planted"
    found = fuzz("payment", "plain", 80, tmp_path / "system", module=module, environment=environment)
    assert any(EXPECTED[planted] in title for title in found.failures), found.failures


def test_a_storage_that_fails_is_found(tmp_path: Path) -> None:
    found = fuzz("payment", "plain", 80, tmp_path / "system", environment={"PAYRELAY_STORAGE_FAILS_AT": "3"})
    assert any("not_a_server_error" in title for title in found.failures), found.failures
    assert "the process ended with 5" in found.failures
