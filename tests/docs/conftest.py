"""A copy of the documents, to make stale and to mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from docs.documents import DOCS
from docs.generate import write
from docs.search_evidence import search
from docs.wire import OBLIGATIONS
from payrelay.model.configurations import HAPPY


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the documents and the README, all current, with the evidence of one small search, and of no bench."""
    copy = tmp_path / "docs"
    copy.mkdir()
    for page in DOCS.glob("*.md"):
        shutil.copy(page, copy)
    shutil.copy(DOCS / OBLIGATIONS, copy)
    shutil.copy(DOCS.parent / "README.md", tmp_path)
    search(copy, [HAPPY])
    write(copy)
    return copy
