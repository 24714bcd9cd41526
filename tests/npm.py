"""Programs of Node.js: what they run on, and packages of npm, each fetched once."""

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
TOOLS = HOUSE / ".venv" / "tools"
"""Where packages are kept."""
KEPT = TOOLS / f"jose-{JOSE}"
"""The package jose, fetched once, if npm is there."""


def needs_node() -> str:
    """Node.js, or the test is not run."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node: Debian package nodejs")
    return node


def needs_package(name: str, version: str) -> Path:
    """The archive of a package, fetched by npm, or the test is not run. Whoever took out what it needs removes it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm, which brings {name}: Debian package npm")
    TOOLS.mkdir(parents=True, exist_ok=True)
    packed = [npm, "pack", "--silent", f"{name}@{version}", "--pack-destination", str(TOOLS)]
    if subprocess.run(packed, capture_output=True, check=False).returncode:
        pytest.skip(f"{name}: npm cannot fetch the package {name} {version}")
    return TOOLS / f"{name}-{version}.tgz"


def needs_jose() -> Path:
    """The folder of the package jose, or the test is not run."""
    if not KEPT.is_dir():
        archive = needs_package("jose", JOSE)
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert f"sha512-{digest}" == _LOCKED["integrity"], f"{archive} is not what {LOCK} pins"
        with tarfile.open(archive) as files:
            if hasattr(tarfile, "data_filter"):
                files.extractall(KEPT, filter="data")
            else:  # before Python 3.11.4; what is unpacked has the digest that is pinned
                files.extractall(KEPT)
        archive.unlink()
    return KEPT / "package"
