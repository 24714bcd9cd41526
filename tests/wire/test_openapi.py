"""The OpenAPI documents are valid, and have every endpoint, schema and problem."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from tests.wire.travelling import messages

from payrelay.language.links import role_of
from payrelay.model.data import SECURITIES
from payrelay.wire.binding import COOKIE, HOST_COOKIE
from payrelay.wire.endpoints import every_endpoint
from payrelay.wire.openapi import UNTOLD, document_of, roles_served
from payrelay.wire.problem_documents import TYPES
from payrelay.wire.symbols import is_party

each_role = pytest.mark.parametrize("role", roles_served())


@pytest.mark.slow
@each_role
def test_each_document_is_valid(role: str) -> None:
    for security in SECURITIES:
        OpenAPIV31SpecValidator(document_of(role, security)).validate()


def test_an_invalid_document_is_seen() -> None:
    document = document_of("shop")
    del document["paths"]["/payrelay/v1/direct_edge/order_place"]["post"]["responses"]
    document["components"]["schemas"]["OrderPlace"]["type"] = 7
    with pytest.raises(OpenAPIValidationError):
        OpenAPIV31SpecValidator(document).validate()


def test_an_invalid_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no security level 'none'"):
        document_of("shop", "none")


def test_no_endpoint_and_no_problem_is_missing() -> None:
    operations = {path for role in roles_served() for path in document_of(role)["paths"]}
    assert {one.path for one in every_endpoint()} <= operations
    assert "terminal" not in roles_served()
    for one in every_endpoint():
        assert document_of(one.receiver)["paths"][one.path]["post"]["x-payrelay-sender"] == one.sender
    told = set()
    for role in roles_served():
        text = json.dumps(document_of(role)["paths"])
        for name, kind in TYPES.items():
            if f"responses/{name}" in text or kind.title in text:
                told.add(name)
    assert told | set(UNTOLD) == set(TYPES)


def test_a_sender_plays_the_role_that_sends() -> None:
    """Also where several roles send the same: each at a path of its own, and no other."""
    document = document_of("shop")
    patterns = {}
    for role in ("relay", "wallet"):
        operation = document["paths"][f"/payrelay/v1/{role}_shop/procedure_abort"]["post"]
        (content,) = operation["requestBody"]["content"].values()
        name = content["schema"]["contentSchema"]["$ref"].rpartition("/")[2]
        patterns[role] = document["components"]["schemas"][name]["properties"]["sender"]["pattern"]
    for name in ("relay", "relay-a.b_c", "wallet", "wallet-2", "wallet-" + "x" * 57):
        assert is_party(name)
        assert [role for role, pattern in patterns.items() if re.search(pattern, name)] == [role_of(name)]
    for name in ("shop", "wallet-", "wallet-x-1", "xrelay", "relay2", "wallet-" + "x" * 58):
        assert not any(re.search(pattern, name) for pattern in patterns.values())


def test_a_form_may_ask_anything_at_any_path_of_its_link() -> None:
    paths = document_of("relay")["paths"]
    posts = [item["post"] for path, item in paths.items() if "/terminal_edge/" in path and "post" in item]
    answers = {json.dumps(post["responses"]["200"]["content"]["application/json"]) for post in posts}
    (answer,) = answers
    assert "ResultSummary" in answer
    assert "FormSummary" in answer
    assert all("Not the token" in json.dumps(post["responses"]["403"]) for post in posts)
    shop = json.dumps(document_of("shop")["paths"])
    assert "Not the token" not in shop


def test_what_was_set_up_otherwise_is_a_conflict() -> None:
    for role in roles_served():
        set_up = next(item for path, item in document_of(role)["paths"].items() if "/setup/" in path)["post"]
        assert {"204", "400", "401", "404", "405", "409", "413", "415", "500", "503"} == set(set_up["responses"])


def test_a_page_is_asked_for_with_the_cookie_of_its_level() -> None:
    names = {
        security: document_of("relay", security)["components"]["securitySchemes"]["session"]["name"]
        for security in SECURITIES
    }
    assert names == {"plain": COOKIE, "channel": HOST_COOKIE, "hardened": HOST_COOKIE}


@each_role
def test_every_reference_leads_somewhere(role: str) -> None:
    document = document_of(role)

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [
                *([value["$ref"]] if "$ref" in value else []),
                *(r for item in value.values() for r in references(item)),
            ]
        return [r for item in value for r in references(item)] if isinstance(value, list) else []

    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_what_travels_in_clear_fits_the_schemas() -> None:
    import jsonschema  # type: ignore[import-untyped]
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    from payrelay.wire import Keyring, write

    registries = {}
    for role in roles_served():
        document = document_of(role, "plain")
        resource = DRAFT202012.create_resource({"$id": f"urn:{role}", **document})
        registries[role] = Registry().with_resource(f"urn:{role}", resource)
    seen = set()
    for message in messages():
        kind, role = type(message), message.receiver.partition("-")[0]
        if kind in seen or role not in registries:
            continue
        seen.add(kind)
        schemas = registries[role].contents(f"urn:{role}")["components"]["schemas"]
        several = f"{kind.__name__}From{role_of(message.sender).capitalize()}"
        reference = {"$ref": f"urn:{role}#/components/schemas/{several if several in schemas else kind.__name__}"}
        validator = jsonschema.Draft202012Validator(reference, registry=registries[role])
        document = json.loads(write(message, Keyring(party=message.sender, security="plain")))
        validator.validate(document)
        assert not validator.is_valid({**document, "colour": "blue"})
    assert len(seen) > 40
