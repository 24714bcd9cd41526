"""The documents of the wire are current, name everything, and their obligations are whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import payrelay.model
from docs import wire
from docs.documents import DOCS, DocumentError
from docs.generate import WRITE, stale, write
from docs.wire import OBLIGATIONS, WORDS, obligations, words_said
from payrelay.reference_impl.systems import PIN
from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.forms import ACTIONS, OPEN
from payrelay.wire.openapi import document_of, roles_served
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


def test_words_are_those_of_the_model() -> None:
    """What a run says is told, or the table could not be made; what is told, the model can say."""
    told = json.loads((DOCS / WORDS).read_text(encoding="utf-8"))
    keys = [(one["in"], one["member"], one["word"]) for one in told]
    assert len(keys) == len(set(keys))
    assert words_said() <= set(keys)
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(payrelay.model.__path__[0]).rglob("*.py"))
    assert [word for _, _, word in keys if f'"{word}"' not in sources] == []


def test_a_word_that_a_run_says_and_nobody_tells_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "words_said", lambda: {("Receipt", "outcome", "postponed")})
    with pytest.raises(
        DocumentError, match="no word 'postponed' for outcome of Receipt, which a run of the model says"
    ):
        wire.words_table()


def test_bodies_below_hardened_are_made_as_the_page_says() -> None:
    def in_clear(schema: Any) -> Any:
        """A schema of hardened with what is signed or sealed in clear."""
        if isinstance(schema, list):
            return [in_clear(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if set(schema) == {"oneOf"} and any("properties" in one for one in schema["oneOf"]):
            return in_clear(next(one for one in schema["oneOf"] if "properties" not in one))
        for name in ("jws", "jwe"):
            if "x-payrelay-content" in schema.get("properties", {}).get(name, {}):
                return in_clear(schema["properties"][name]["x-payrelay-content"])
        return {key: in_clear(value) for key, value in schema.items()}

    for role in roles_served():
        hardened, channel = (
            document_of(role, security)["components"]["schemas"] for security in ("hardened", "channel")
        )
        assert in_clear(hardened) == channel


def test_the_word_of_set_up_users_is_told() -> None:
    assert f"(`user_auth`) is `{PIN}`" in (DOCS / PAGE).read_text(encoding="utf-8")


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
