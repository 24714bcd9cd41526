"""Where the implementations by others are run from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.npm import needs_jose, needs_node

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of their sources, with the one package that they need."""
    needs_node()
    folder = tmp_path_factory.mktemp("foreign") / "code"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "node_modules"))
    packages = folder / "wallet" / "node_modules"
    packages.mkdir()
    (packages / "jose").symlink_to(needs_jose(), target_is_directory=True)
    return folder
