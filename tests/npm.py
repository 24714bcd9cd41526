"""Programs of Node.js: what they run on, and the package that they need, fetched once."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parent.parent
LOCK = HOUSE / "tests" / "foreign" / "wallet" / "package-lock.json"
_LOCKED: Any = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]["node_modules/jose"]
JOSE: str = _LOCKED["version"]
KEPT = HOUSE / ".venv" / "tools" / f"jose-{JOSE}"
"""The package jose, fetched once, if npm is there."""


def needs_node() -> str:
    """Node.js, or the test is not run."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node: Debian package nodejs")
    return node


def needs_jose() -> Path:
    """The folder of the package jose, or the test is not run."""
    if not KEPT.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm, which brings jose: Debian package npm")
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        packed = [npm, "pack", "--silent", f"jose@{JOSE}", "--pack-destination", str(KEPT.parent)]
        if subprocess.run(packed, capture_output=True, check=False).returncode:
            pytest.skip(f"jose: npm cannot fetch the package jose {JOSE}")
        archive = KEPT.parent / f"jose-{JOSE}.tgz"
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert f"sha512-{digest}" == _LOCKED["integrity"], f"{archive} is not what {LOCK} pins"
        with tarfile.open(archive) as files:
            files.extractall(KEPT, filter="data")
        archive.unlink()
    return KEPT / "package"
