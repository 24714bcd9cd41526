"""Where the implementations by others are run from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.foreign.sources import copied


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of their sources, with the one package that they need."""
    return copied(tmp_path_factory.mktemp("foreign") / "code")
