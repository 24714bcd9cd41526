"""The glossary: the words of the claims, of SET and of the code, from docs/glossary.json."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from docs.documents import DOCS, DocumentError
from docs.model_tables import says_of
from docs.tables import first_line, numbers, table
from payrelay.language.links import Link
from payrelay.language.messages import Message
from payrelay.language.timers import Timer
from payrelay.model.claims import CLAIMS

GLOSSARY = DOCS / "glossary.json"


def glossary_table(file: Path = GLOSSARY) -> str:
    """The words of the claims, of SET and of the code, side by side."""
    rows = []
    for entry in json.loads(file.read_text(encoding="utf-8")):
        word, names = entry["claims"], entry["code"]
        where = [claim.number for claim in CLAIMS if any(word in element.text for element in claim.elements)]
        if word and not where:
            raise DocumentError(f"{file.name}: no element of a claim has the words '{word}'")
        rows.append((word, numbers(where) if word else "", entry["set"], "; ".join(map(_in_code, names))))
    return table(("in the claims", "claims", "in SET", "in the code"), rows)


def _in_code(path: str) -> str:
    """A name of the model, `module.name`, with what it means."""
    module, _, name = path.rpartition(".")
    try:
        found: Any = getattr(importlib.import_module(f"payrelay.model.{module}"), name)
    except (ImportError, AttributeError):
        raise DocumentError(f"{GLOSSARY.name}: the model has no '{path}'") from None
    if isinstance(found, Link):
        return f"the link `{found.name}`"
    if isinstance(found, Timer):
        return f"`{found.name}`: {found.meaning}"
    says = says_of(found)[1] if isinstance(found, type) and issubclass(found, Message) else first_line(found)
    return f"`{name}`: {says.rstrip('.')}"
