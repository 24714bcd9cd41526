"""Schemathesis finds nothing wrong with the servers by their documents; and it finds what is planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.found import PAST, REFUSED
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
def test_nothing_is_found(security: str, tmp_path: Path) -> None:
    every = fuzz(roles_served(), security, CASES[security], tmp_path / "system")
    for found in every:
        assert not found.failures, found.examples
        assert found.cases >= CASES[security]
        assert found.to_json()["operations_seen"] == found.to_json()["operations"]
    assert sum(found.standing[PAST] for found in every) >= sum(found.standing[REFUSED] for found in every)


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted: str, tmp_path: Path) -> None:
    environment = {VARIABLE: planted}
    faulty: Any = {"module": "tests.fuzz.planted", "environment": environment}
    (found,) = fuzz(["payment"], "plain", 80, tmp_path / "system", is_alone=True, **faulty)
    assert any(EXPECTED[planted] in title for title in found.failures), found.failures


def test_a_storage_that_fails_is_found(tmp_path: Path) -> None:
    environment = {"PAYRELAY_STORAGE_FAILS_AT": "3"}
    (found,) = fuzz(["payment"], "plain", 80, tmp_path / "system", is_alone=True, environment=environment)
    assert any("not_a_server_error" in title for title in found.failures), found.failures
    assert "payment did not end well" in found.failures
