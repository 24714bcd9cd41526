"""The tests that their authors wrote, on the documents and vectors as they are now."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.npm import HOUSE, needs_node
from tests.ports import free_ports

PORTS = 12
"""As many in a row the wallet's tests take."""


def told(code: Path, *words: str) -> str:
    """What a program of theirs says that has to end well."""
    environment = {**os.environ, "PAYRELAY_DOCS": str(HOUSE / "docs"), "TEST_PORT": str(free_ports(PORTS))}
    ran = subprocess.run(
        [needs_node(), *words], cwd=code, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.slow
def test_the_relay_holds_to_the_vectors(code: Path) -> None:
    assert int(told(code / "relay", "check_vectors.mjs").split()[0]) > 2000


@pytest.mark.slow
def test_the_wallet_passes_its_own_tests(code: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl: Debian package openssl")
    said = told(code / "wallet", "--test", "--test-reporter=tap", "test")
    assert "# fail 0" in said
    assert "# skipped 0" in said
