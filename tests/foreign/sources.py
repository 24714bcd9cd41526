"""The sources of the implementations by others, where they can be run."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.npm import needs_jose, needs_node

HERE = Path(__file__).parent


def copied(folder: Path) -> Path:
    """A new folder with a copy of them, and the one package that they need; or the test is not run."""
    needs_node()
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "node_modules"))
    packages = folder / "wallet" / "node_modules"
    packages.mkdir()
    (packages / "jose").symlink_to(needs_jose(), target_is_directory=True)
    return folder
