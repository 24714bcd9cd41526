"""The documents of the wire are current, name everything, and their obligations are whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.documents import DOCS, DocumentError
from docs.generate import WRITE, stale, write
from docs.wire import OBLIGATIONS, obligations
from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.forms import ACTIONS, OPEN
from payrelay.wire.problem_documents import TYPES
from payrelay.wire.problems import REASONS
from payrelay.wire.set_up import SETUPS

PAGE = "wire.md"
ROLES = {"any", "sender", "receiver", "server", "terminal", "relay", "shop", "wallet", "payment", "authority"}


def test_they_are_current() -> None:
    assert [line for line in stale(DOCS) if "wire.md" in line or "openapi" in line] == []


def test_a_stale_one_is_seen_and_mended(docs: Path) -> None:
    page, shop, relay = docs / PAGE, docs / "openapi" / "shop.json", docs / "openapi" / "relay.json"
    page.write_text(page.read_text(encoding="utf-8").replace("| 202 |", "| 201 |", 1), encoding="utf-8")
    shop.write_text("{}", encoding="utf-8")
    relay.unlink()
    names = ["docs/wire.md", "docs/openapi/relay.json", "docs/openapi/shop.json"]
    assert stale(docs) == [f"{name} is stale; mend it with: {WRITE}" for name in names]
    assert write(docs) == names
    assert stale(docs) == []
    assert page.read_text(encoding="utf-8") == (DOCS / PAGE).read_text(encoding="utf-8")


def test_an_obligation_of_no_section_is_missed(docs: Path) -> None:
    (docs / OBLIGATIONS).write_text("[]", encoding="utf-8")
    with pytest.raises(DocumentError, match="nothing is generated as 'obligations http'"):
        stale(docs)


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
