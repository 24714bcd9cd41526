"""The OpenAPI documents as a fuzzer can make bodies of them: what is signed or sealed stands there as its content.

A document says of a compact JWS or JWE what is in it, beside its pattern. Texts of that pattern would get nowhere, so
the content is generated in their place, and what sends it signs and seals it.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from payrelay.model.conversion import is_text
from payrelay.wire.exchange import FORM
from payrelay.wire.openapi import document_of
from payrelay.wire.shapes import TEXT_FORMAT

Json = Any

SENT = ".sent"
"""What the names of schemas end with that bodies are made of."""
TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Cs", "Cn")), min_size=1, max_size=128
    )
    .map(lambda raw: unicodedata.normalize("NFKC", raw).strip()[:128].strip())
    .filter(is_text)
)
"""Texts of the format that the documents name, for whoever knows it."""


def with_contents(document: Json) -> Json:
    """A document in which bodies of requests have contents in place of what is signed or sealed."""
    schemas = document["components"]["schemas"]
    sent = {f"{name}{SENT}": _sent(schema) for name, schema in schemas.items()}
    paths = {
        path: {
            method: {name: _sent(part) if name == "requestBody" else part for name, part in operation.items()}
            for method, operation in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths, "components": {**document["components"], "schemas": {**schemas, **sent}}}


def _sent(value: Json) -> Json:
    """A part of a document as it is sent: with contents, also in what it refers to."""
    if isinstance(value, list):
        return [_sent(item) for item in value]
    if not isinstance(value, dict):
        return value
    for content in ("contentSchema", "x-payrelay-content"):
        if content in value:
            return _sent(value[content])
    return {
        name: f"{item}{SENT}" if name == "$ref" and isinstance(item, str) else _sent(item)
        for name, item in value.items()
    }


def part_of(document: Json, prefixes: tuple[str, ...]) -> Json:
    """A document with the paths alone that begin so: those of one listener."""
    paths = {path: item for path, item in document["paths"].items() if path.startswith(prefixes)}
    return {**document, "paths": paths}


@cache
def validator_of(role: str, security: str, path: str, method: str) -> jsonschema_rs.Validator | None:
    """What says whether a JSON body is as the document has it; None where the document has none."""
    document = document_of(role, security)
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    contents = operation.get("requestBody", {}).get("content", {})
    schema = next((one["schema"] for media, one in contents.items() if media != FORM), None)
    if schema is None:
        return None
    whole = {**schema.get("contentSchema", schema), "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole, formats={TEXT_FORMAT: is_text}, validate_formats=True)
