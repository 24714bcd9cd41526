"""HAR 1.2: what went over the wire, as browsers' tools show it; each entry has the id of its check as its comment.

A result has no times of messages. They are numbered a millisecond apart from the beginning of 2000, which keeps their
order, and the same result gives the same bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from payrelay.conformance.reports.words import Result
from payrelay.wire.exchange import Exchange, Headers, Request, Response
from payrelay.wire.har import archive_of

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def har(result: Result) -> str:
    """The archive."""
    found = list(_exchanges(result))
    text = archive_of((exchange for _, exchange in found), "payrelay conform", str(result["payrelay"]))
    document = json.loads(text)
    for (check, _), entry in zip(found, document["log"]["entries"], strict=True):
        entry["comment"] = check
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _exchanges(result: Result) -> Iterator[tuple[str, Exchange]]:
    number = 0
    for check in result["checks"]:
        for step in check["steps"]:
            http = step["http"]
            if http is None or "method" not in http:
                continue
            at = (BEGINNING + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
            yield check["id"], Exchange(_request(http, step["to"]), _response(http), at.replace("+00:00", "Z"))
            number += 1


def _request(http: Mapping[str, Any], receiver: str) -> Request:
    return Request(http["method"], f"http://{receiver}{http['path']}", _headers(http), body_of(http))


def _response(http: Mapping[str, Any]) -> Response | None:
    answer = http["answer"]
    if answer:
        return Response(answer["status"], _headers(answer), body_of(answer))
    return Response(http["status"]) if http["status"] else None


def _headers(of: Mapping[str, Any]) -> Headers:
    return tuple((name, value) for name, value in of["headers"])


def body_of(of: Mapping[str, Any]) -> bytes:
    """The body of a request or an answer."""
    body = of["body"]
    return base64.b64decode(body) if of.get("encoding") == "base64" else body.encode()
