"""The evidence of the conformance kit's own test, as tables."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from docs.tables import table
from payrelay.conformance.selftest import STATUSES

EVIDENCE = "evidence/selftest.json"
UNKNOWN = "Nothing was tried yet: `python docs/campaign.py selftest`.\n"


def selftest_tables(docs: Path) -> str:
    """What the campaign has left: by role, by operator and by stage, and what nothing finds."""
    path = docs / EVIDENCE
    if not path.is_file():
        return UNKNOWN
    found = json.loads(path.read_text(encoding="utf-8"))["figures"]
    counts = _counts("role", found["counts"]), _counts("operator", found["operators"])
    return "\n".join((*counts, _stages(found), _left(found)))


def _counts(what: str, counts: dict[str, dict[str, int]]) -> str:
    total = sum(map(Counter, counts.values()), Counter[str]())
    rows = [(name, *_cells(of)) for name, of in counts.items()]
    return table((what, "variants", *STATUSES), [*rows, ("all", *_cells(total))])


def _cells(counts: dict[str, int]) -> list[str]:
    return [f"{sum(counts.values()):,}", *(f"{counts.get(status, 0):,}" for status in STATUSES)]


def _stages(found: dict[str, Any]) -> str:
    rows = [(name, f"{of['made']:,}", f"{of['kill']:,}", f"{of['alone']:,}") for name, of in found["stages"].items()]
    return table(("stage", "checks made", "variants killed", "by no other stage"), rows)


def _left(found: dict[str, Any]) -> str:
    if not found["left"]:
        return "Nothing was left.\n"
    return table(("left", "why"), [(f"`{name}`", why) for name, why in found["left"].items()])
