"""The glossary: every role and everything of SET is in it, and what it names is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from docs.documents import DocumentError
from docs.glossary import GLOSSARY, glossary_table
from payrelay.language.role import Role
from payrelay.model.claims import CLAIMS
from payrelay.model.protocol import DISPATCH, ROLES

ENTRIES: list[dict[str, Any]] = json.loads(GLOSSARY.read_text(encoding="utf-8"))
NAMED = {name.rpartition(".")[2] for entry in ENTRIES for name in entry["code"]}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
def test_every_role_is_in_it(role: type[Role]) -> None:
    assert role.__name__ in NAMED


def test_every_message_of_set_is_in_it() -> None:
    of_set = {kind.__name__ for _, kind in DISPATCH if "SET" in kind.claim}
    assert of_set
    assert of_set <= NAMED


def test_every_claim_is_in_it() -> None:
    words = [entry["claims"] for entry in ENTRIES if entry["claims"]]
    assert len(words) == len(set(words))
    for claim in CLAIMS:
        assert any(word in element.text for word in words for element in claim.elements), claim.number


def test_an_entry_has_a_word_of_the_claims_or_of_set_and_names_of_the_code() -> None:
    assert all((entry["claims"] or entry["set"]) and entry["code"] for entry in ENTRIES)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"claims": "time machine", "set": "", "code": []}, "no element of a claim has the words 'time machine'"),
        ({"claims": "", "set": "x", "code": ["data.Nothing"]}, "the model has no 'data.Nothing'"),
        ({"claims": "", "set": "x", "code": ["nowhere.Nothing"]}, "the model has no 'nowhere.Nothing'"),
    ],
)
def test_invalid_entries(entry: dict[str, Any], said: str, tmp_path: Path) -> None:
    file = tmp_path / "glossary.json"
    file.write_text(json.dumps([entry]), encoding="utf-8")
    with pytest.raises(DocumentError, match=said):
        glossary_table(file)
