"""The site, built once for all tests that look at it; and a small one, of which only the texts are made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.site.build import missing
from docs.site.material import Material, story
from payrelay.cli.catalogue import Catalogue, payments

HOUSE = Path(__file__).parents[3]
FEW = ("happy_path", "keep_alive", "registration")


def needs_sphinx() -> None:
    """Sphinx, its theme and MyST, or the test is not run."""
    if lacking := missing():
        pytest.skip(f"{', '.join(lacking)}: pip install -c constraints.txt -e '.[docs]'")


def ran(*arguments: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """Python, run in the house."""
    path = os.pathsep.join(str(HOUSE / portion) for portion in (".", "model", "verification"))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=HOUSE,
        env={**os.environ, "PYTHONPATH": path, **surroundings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return payments()


@pytest.fixture(scope="session")
def material(catalogue: Catalogue) -> Material:
    """That of a few scenarios, without evidence."""
    return Material(catalogue, None, tuple(story(catalogue, one) for one in catalogue.scenarios if one.name in FEW))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site. What Sphinx warns of fails it."""
    needs_sphinx()
    folder = tmp_path_factory.mktemp("docs") / "html"
    built = ran("-m", "docs.site.build", "--output", str(folder))
    assert (built.returncode, built.stderr) == (0, ""), built.stdout + built.stderr
    return folder
