"""NDJSON: a result line by line, for whoever filters it: the run, its requirements, its checks, its messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from payrelay.conformance.reports.words import Result

LONG = ("requirements", "checks", "coverage")
"""The members of a result that are not in its first line."""


def ndjson(result: Result) -> str:
    """The lines. Each is an object whose `event` says what it is of: run, requirement, check, step."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[Mapping[str, Any]]:
    yield {"event": "run", **{name: value for name, value in result.items() if name not in LONG}}
    for requirement in result["requirements"]:
        yield {"event": "requirement", **requirement}
    for check in result["checks"]:
        yield {"event": "check", **{name: value for name, value in check.items() if name != "steps"}}
        for step in check["steps"]:
            yield {"event": "step", "check": check["id"], **step}
