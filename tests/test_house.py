"""The house: portions, types, import rules and pins (CONTRIBUTING.md says why)."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

HOUSE = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
PORTIONS = [HOUSE / folder for folder in PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]]
PACKAGES = [path for portion in PORTIONS for path in sorted((portion / "payrelay").iterdir()) if path.is_dir()]
CONTRACTS = [contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]]
CONSTRAINTS = (HOUSE / "constraints.txt").read_text(encoding="utf-8")

BREAKS = [
    ("layers", "model/payrelay/language/intruder.py", "import payrelay.model"),
    ("layers", "verification/payrelay/verification/intruder.py", "import payrelay.diagrams"),
    ("layers", "verification/payrelay/verification/intruder.py", "import payrelay.observation"),
    ("no-payments", "verification/payrelay/observation/intruder.py", "import payrelay.model"),
    ("no-payments", "verification/payrelay/classics/intruder.py", "import payrelay.model"),
    ("no-payments", "verification/payrelay/diagrams/intruder.py", "import payrelay.model"),
    ("roles", "model/payrelay/model/roles/intruder.py", "from payrelay.model.roles import {role}"),
    ("pure", "model/payrelay/model/intruder.py", "import time"),
    ("layers", "model/payrelay/model/intruder.py", "import payrelay.wire"),
    ("no-payments", "verification/payrelay/observation/intruder.py", "import payrelay.wire"),
    ("wire", "model/payrelay/wire/intruder.py", "import secrets"),
    ("layers", "model/payrelay/wire/intruder.py", "import payrelay.host"),
    ("layers", "reference_impl/payrelay/host/intruder.py", "import payrelay.reference_impl"),
    ("layers", "verification/payrelay/conformance/intruder.py", "import payrelay.reference_impl"),
    ("layers", "reference_impl/payrelay/reference_impl/intruder.py", "import payrelay.conformance"),
    ("host", "reference_impl/payrelay/host/intruder.py", "import payrelay.diagrams"),
    ("host-given", "reference_impl/payrelay/host/intruder.py", "import time"),
    ("statemachine", "model/payrelay/model/intruder.py", "from statemachine import State"),
]
"""For each import contract the files that break it, each with the line that does."""


def test_no_portion_hides_the_others() -> None:
    assert list(HOUSE.glob("*/payrelay/__init__.py")) == []


def test_every_portion_is_built_typed_and_found() -> None:
    tool = PYPROJECT["tool"]
    folders = [portion.name for portion in PORTIONS]
    assert sorted(path.parent.name for path in HOUSE.glob("*/payrelay")) == sorted(folders)
    assert tool["hatch"]["build"]["targets"]["wheel"]["packages"] == [f"{folder}/payrelay" for folder in folders]
    assert tool["mypy"]["mypy_path"].split(":") == folders
    assert tool["pyright"]["extraPaths"] == folders
    assert tool["pytest"]["ini_options"]["pythonpath"] == [".", *folders]  # tests share what they are made of
    assert tool["ruff"]["src"] == folders


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_package_is_typed_and_under_the_import_rules(package: Path) -> None:
    assert (package / "py.typed").is_file()
    assert f"payrelay.{package.name}" in PYPROJECT["tool"]["importlinter"]["root_packages"]


def test_the_import_rules_hold() -> None:
    status, broken, output = lint_imports(HOUSE)
    assert (status, broken) == (0, set()), output


def test_every_contract_is_broken_once() -> None:
    assert {contract for contract, _, _ in BREAKS} == set(CONTRACTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contract", "file", "line"), BREAKS, ids=[f"{contract}, {file}, {line}" for contract, file, line in BREAKS]
)
def test_invalid_import_is_seen(contract: str, file: str, line: str, tmp_path: Path) -> None:
    for name in [portion.name for portion in PORTIONS] + ["pyproject.toml"]:
        if (HOUSE / name).is_dir():
            shutil.copytree(HOUSE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(HOUSE / name, tmp_path / name)
    role = min(path.stem for path in (HOUSE / "model/payrelay/model/roles").glob("[!_]*.py"))
    (tmp_path / file).write_text(line.format(role=role) + "\n", encoding="utf-8")
    status, broken, output = lint_imports(tmp_path, contract)
    assert (status, broken) == (1, {contract}), output


def lint_imports(house: Path, *contracts: str) -> tuple[int, set[str], str]:
    """The exit status, the ids of the broken contracts, and what lint-imports said."""
    limits = [word for contract in contracts for word in ("--contract", contract)]
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache", *limits],
        cwd=house,
        env={"PYTHONPATH": ":".join(str(house / portion.name) for portion in PORTIONS), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )
    ids = {contract["name"]: contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}
    broken = {id for name, id in ids.items() if f"{name} BROKEN" in run.stdout}
    return run.returncode, broken, run.stdout + run.stderr


def test_the_constraints_name_no_index() -> None:
    assert not re.search(r"://|^\s*-|\bindex\b|\bfind-links\b", "\n".join(pins()), re.MULTILINE)
    assert "://" not in CONSTRAINTS


def test_the_constraints_are_exact() -> None:
    assert [line for line in pins() if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", line)] == []


def test_everything_installed_is_pinned() -> None:
    pinned = {}
    for line in pins():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            pinned[canonicalize_name(requirement.name)] = str(requirement.specifier)
    installed: dict[NormalizedName, str] = {}
    for name in needed():
        try:
            installed[name] = f"=={distribution(name).version}"
        except PackageNotFoundError:
            assert name in pinned  # an extra of a package that is not installed
    assert installed == {name: pinned.get(name) for name in installed}


def pins() -> list[str]:
    return [line for line in CONSTRAINTS.splitlines() if line.strip() and not line.startswith("#")]


def needed() -> Iterator[NormalizedName]:
    """The names of all that payrelay needs here, directly or not."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    todo = [Requirement(line) for lines in [project["dependencies"], *extras] for line in lines]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        for extra in ["", *requirement.extras]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            if not extra:
                yield name
            try:
                requires = distribution(name).requires or []
            except PackageNotFoundError:
                continue
            for line in requires:
                further = Requirement(line)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    todo.append(further)
