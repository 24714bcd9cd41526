"""The documents of the wire are current, name everything, and their obligations are whole."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from docs.documents import DocumentError
from docs.wire import DOCS, OBLIGATIONS, PAGE, documents, main, obligations
from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.forms import ACTIONS, OPEN
from payrelay.wire.problem_documents import TYPES
from payrelay.wire.problems import REASONS
from payrelay.wire.set_up import SETUPS

ROLES = {"any", "sender", "receiver", "server", "terminal", "relay", "shop", "wallet", "payment", "authority"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the documents."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in (PAGE, OBLIGATIONS):
        shutil.copy(DOCS / name, folder)
    shutil.copytree(DOCS / "openapi", folder / "openapi")
    return folder


def test_they_are_current() -> None:
    assert main(["--check"]) == 0


def test_a_stale_one_is_seen_and_mended(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, shop = copy / PAGE, copy / "openapi" / "shop.json"
    page.write_text(page.read_text(encoding="utf-8").replace("| 202 |", "| 201 |", 1), encoding="utf-8")
    shop.write_text("{}", encoding="utf-8")
    assert main(["--check"], copy) == 1
    assert capsys.readouterr().err == (
        "docs/wire.md is stale; mend it with: python -m docs.wire\n"
        "docs/openapi/shop.json is stale; mend it with: python -m docs.wire\n"
    )
    assert main([], copy) == 0
    assert main(["--check"], copy) == 0
    assert page.read_text(encoding="utf-8") == (DOCS / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<!-- made: problems -->", "<!-- made: troubles -->", "'problems' is a part that is not made, or not used"),
        ("<!-- end -->", "", "a part begins with"),
    ],
)
def test_invalid_marks_are_refused(old: str, new: str, said: str, copy: Path) -> None:
    page = copy / PAGE
    page.write_text(page.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DocumentError, match=said):
        list(documents(copy))
    assert main([], copy) == 2


def test_everything_there_is_stands_in_it() -> None:
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    wanted = [
        *(f"`{one.path}`" for one in every_endpoint()),
        *(f"`{one.path}`" for one in SETUPS),
        *(f"#### {one.message.__name__}\n" for one in every_endpoint()),
        *(f"#### {kind.__name__}\n" for one in every_endpoint() for kind in one.answers),
        *(f"| `{name}` |" for name in (*TYPES, *REASONS)),
        *(f"| `{action}{'N' if action.endswith('_') else ''}` |" for action in (*ACTIONS, OPEN)),
    ]
    assert [one for one in wanted if one not in text] == []


def test_obligations_are_whole() -> None:
    found = obligations()
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids))
    for one in found:
        assert set(one) == {"id", "section", "role", "level", "security", "source", "text"}
        assert re.fullmatch(r"W-[A-Z]+-\d\d", one["id"])
        assert one["role"] in ROLES
        assert one["level"] in {"must", "should", "may"}
        assert set(one["security"].split(", ")) <= {"all", "plain", "channel", "hardened"}
        assert one["text"].endswith((".", ".)"))
        assert re.match(r"(claims? \d|SET|RFC \d|engineering)", one["source"])
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"W-[A-Z]+-\d\d", text + json.dumps(found)))
    assert named == set(ids)


def test_one_obligation_is_one_line() -> None:
    lines = (DOCS / OBLIGATIONS).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.rstrip(","))["id"] for line in lines[1:-1]] == [one["id"] for one in obligations()]
