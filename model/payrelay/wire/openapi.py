"""An OpenAPI 3.1 document for each role that serves endpoints, made of the endpoints, the schemas and the problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from payrelay.language.messages import Message, event_name
from payrelay.model.data import SECURITIES
from payrelay.model.links import TERMINAL_EDGE
from payrelay.wire import discovery, start
from payrelay.wire.binding import COOKIE, HOST_COOKIE
from payrelay.wire.endpoints import VERSION, Endpoint, every_endpoint
from payrelay.wire.envelopes import HEADER
from payrelay.wire.exchange import FORM, JSON, PROBLEM
from payrelay.wire.forms import MAX_FIELDS
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.messages import SCHEMA_DIALECT, is_enveloped, media_type, schema_of
from payrelay.wire.objects import routes_of
from payrelay.wire.pages import ENVELOPE, HTML_MEDIA, PLAIN_TEXT
from payrelay.wire.problem_documents import TYPES, ProblemType
from payrelay.wire.problems import REASONS
from payrelay.wire.set_up import SETUPS, SetUp
from payrelay.wire.symbols import kinds_of, pattern_of, pattern_of_parties

Json = dict[str, Any]
FORM_SCHEMA = "PostedForm"
UNTOLD = ("not-found", "unsupported-version")
"""The problems of paths that no document can list."""
ONLY_AT: dict[str, str] = {"wrong-inquiry-token": TERMINAL_EDGE.name, "superseded": TERMINAL_EDGE.name}
"""The problems of one link alone. A form may ask anything there, whatever its path (§ 7.4)."""
UNTOLD_OF_SET_UP = ("forbidden", "unsupported-version", "misdirected", "slow-down", *ONLY_AT)
"""Those that set-up has not; it is 404 where it is off."""


def roles_served() -> tuple[str, ...]:
    """The roles that serve endpoints: all but the terminal."""
    return tuple(dict.fromkeys(one.receiver for one in every_endpoint()))


def document_of(role: str, security: str = "hardened") -> Json:
    """The OpenAPI document of a role at a level of security."""
    if security not in SECURITIES:
        raise ValueError(f"no security level {security!r}")
    endpoints = [one for one in every_endpoint() if one.receiver == role]
    paths: dict[str, Json] = {one.path: {"post": _operation(one, security)} for one in endpoints}
    if role == "relay":
        paths[start.PATH] = {"get": _start()}
    paths[discovery.PATH] = {"get": _discovery()}
    schemas: dict[str, Json] = {"Problem": _problem()}
    paths |= {one.path: {"post": _set_up(one, schemas, security)} for one in SETUPS if one.role == role}
    for one in endpoints:
        asked, answers = (one.message, one.sender, role), ((answer, role, one.sender) for answer in one.answers)
        for kind, sender, receiver in (asked, *answers):
            schema = schema_of(kind, security, sender)
            schemas[_name(kind, sender, receiver)] = _component(schema)
            _add_definitions(schemas, schema)
    if any(one.link == TERMINAL_EDGE.name for one in endpoints):
        schemas[FORM_SCHEMA] = _form()
    tags = [{"name": link} for link in dict.fromkeys(one.link for one in endpoints)]
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": SCHEMA_DIALECT,
        "info": {
            "title": f"payrelay: the {role}",
            "version": VERSION,
            "summary": f"What a {role} is sent, at security {security}",
            "description": "Made of the model. docs/wire.md says what a request means, and what is owed besides.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "For each link the URL of the discovery document"}],
        "security": [] if security == "plain" else [{"peer": []}],
        "tags": [*tags, {"name": "discovery"}, *([{"name": "setup"}] if any(s.role == role for s in SETUPS) else [])],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {one.name: _problem_response(one) for one in TYPES.values()},
            "securitySchemes": _schemes(role, security),
        },
    }


def _schemes(role: str, security: str) -> Json:
    schemes: Json = {}
    if security != "plain":
        schemes["peer"] = {"type": "mutualTLS", "description": "The certificate of the party that the message names"}
    if any(one.role == role for one in SETUPS):
        schemes["setup"] = {"type": "http", "scheme": "bearer", "description": "The operator's token, for tests"}
    if role == "relay":
        schemes["session"] = {"type": "apiKey", "in": "cookie", "name": COOKIE if security == "plain" else HOST_COOKIE}
    return schemes


def _name(kind: type[Message], sender: str, receiver: str) -> str:
    """What the schema of a message is called: with its sender, if several roles send it to this one."""
    senders = {role for role, to in routes_of(kind) if to == receiver}
    return kind.__name__ if len(senders) <= 1 else f"{kind.__name__}From{sender.capitalize()}"


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _operation(endpoint: Endpoint, security: str) -> Json:
    kind = endpoint.message
    media = media_type(endpoint.sender, endpoint.receiver, security)
    operation: Json = {
        "operationId": f"{endpoint.link}.{event_name(kind)}",
        "tags": [endpoint.link],
        "x-payrelay-sender": endpoint.sender,
        "summary": _first_line(kind),
        "description": f"Claim: {kind.claim}. Same `{'`, `'.join(kind.key)}` and same content: a duplicate.",
        "requestBody": {"required": True, "content": {media: {"schema": _body(kind, endpoint, security)}}},
        "responses": _answered(endpoint) if endpoint.has_answer else {"202": {"description": "It is durable"}},
    }
    if endpoint.link == TERMINAL_EDGE.name:
        operation["requestBody"]["content"][FORM] = {"schema": _ref(FORM_SCHEMA)}
        operation["security"] = [{"session": []}, {}]
    elif endpoint.has_answer:
        operation["security"] = []
    operation["responses"] |= _problems(endpoint)
    return operation


def _body(kind: type[Message], endpoint: Endpoint, security: str) -> Json:
    schema = _ref(_name(kind, endpoint.sender, endpoint.receiver))
    if not is_enveloped(endpoint.sender, endpoint.receiver, security):
        return schema
    return {
        "type": "string",
        "description": f"A compact JWS, signed by the sender, whose payload has the {kind.__name__}",
        "contentMediaType": JSON,
        "contentSchema": schema,
    }


def _answered(endpoint: Endpoint) -> Json:
    """The response with the answer, as soon as there is one."""
    takes_forms = endpoint.link == TERMINAL_EDGE.name
    asked = [one for one in every_endpoint() if one.link == endpoint.link] if takes_forms else [endpoint]
    names = dict.fromkeys(_name(kind, one.receiver, one.sender) for one in asked for kind in one.answers)
    answers = [_ref(name) for name in names]
    content: Json = {JSON: {"schema": answers[0] if len(answers) == 1 else {"oneOf": answers}}}
    answered: Json = {"description": "The answer, as soon as there is one", "content": content}
    if takes_forms:
        content |= {media: {"schema": {"type": "string"}} for media in (*HTML_MEDIA, PLAIN_TEXT)}
        answered["headers"] = {
            HEADER: {"description": "The envelope of a page of plain text", "schema": {"type": "string"}}
        }
    return {"200": answered}


def _problems(endpoint: Endpoint) -> Json:
    """For each status the problems that have it."""
    told = [one for one in TYPES.values() if one.name not in UNTOLD and ONLY_AT.get(one.name) in (None, endpoint.link)]
    return _by_status(told)


def _by_status(kinds: Iterable[ProblemType]) -> Json:
    found: dict[str, list[ProblemType]] = {}
    for one in kinds:
        found.setdefault(str(one.status), []).append(one)
    return {
        status: {"$ref": f"#/components/responses/{several[0].name}"}
        if len(several) == 1
        else {
            "description": "; or: ".join(one.title for one in several),
            "content": {PROBLEM: {"schema": _ref("Problem")}},
        }
        for status, several in sorted(found.items())
    }


def _problem_response(kind: ProblemType) -> Json:
    schema = {"allOf": [_ref("Problem"), {"properties": {"type": {"const": kind.uri}}}]}
    response: Json = {"description": f"{kind.title}: {kind.when}", "content": {PROBLEM: {"schema": schema}}}
    if kind.name in ("slow-down", "unavailable"):
        about = {"description": "Seconds after which it may be taken", "schema": {"type": "integer", "minimum": 0}}
        response["headers"] = {"Retry-After": about}
    return response


def _problem() -> Json:
    return {
        "type": "object",
        "description": "RFC 9457. Further members may be there.",
        "properties": {
            "type": {"type": "string", "examples": [one.uri for one in TYPES.values()]},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "reason": {"enum": list(REASONS)},
            "pointer": {"type": "string", "description": "Where in the body (RFC 6901)"},
            "versions": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["type", "title", "status"],
    }


def _form() -> Json:
    return {
        "type": "object",
        "description": "What a browser posts from a page: its envelope, its action, and what the user entered",
        "properties": {ENVELOPE: {"type": "string"}, "action": {"type": "string"}},
        "required": [ENVELOPE],
        "additionalProperties": {"type": "string"},
        "maxProperties": MAX_FIELDS,
    }


def _start() -> Json:
    queries = {"shop": pattern_of_parties(("shop",)), "order": pattern_of(kinds_of("order"))}
    told = ("malformed", "unauthenticated", "method-not-allowed", "slow-down", "internal-error", "unavailable")
    return {
        "operationId": f"{TERMINAL_EDGE.name}.start",
        "tags": [TERMINAL_EDGE.name],
        "summary": "A browser that comes from a shop, with the order that its user wants to pay",
        "security": [],
        "parameters": [
            {"name": name, "in": "query", "required": True, "schema": {"type": "string", "pattern": pattern}}
            for name, pattern in queries.items()
        ],
        "responses": {
            "200": {"description": "The relay's own page", "content": {"text/html": {"schema": {"type": "string"}}}},
            "303": {"description": "The user has to log in first"},
            **_by_status(TYPES[name] for name in told),
        },
    }


def _discovery() -> Json:
    text = {"type": "string"}
    properties: Json = {
        "schema_version": {"const": discovery.SCHEMA_VERSION},
        "kind": {"const": discovery.KIND},
        "party": text,
        "role": text,
        "versions": {"type": "array", "items": text},
        "security": {"enum": list(SECURITIES)},
        "links": {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
        "keys": {"type": "object", "description": "A JWK set (RFC 7517), each key with its x5c"},
        "limits": {
            "type": "object",
            "properties": {"max_body": {"type": "integer", "maximum": MOST_BYTES}},
            "additionalProperties": {"type": "integer"},
        },
        "setup": {"type": ["string", "null"]},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "operationId": "discovery",
        "tags": ["discovery"],
        "summary": "Who this party is, and where it takes what",
        "security": [],
        "responses": {"200": {"description": "The discovery document", "content": {JSON: {"schema": schema}}}},
    }


def _set_up(one: SetUp, schemas: dict[str, Json], security: str) -> Json:
    schema = one.schema(security)
    _add_definitions(schemas, schema)
    told = [one for one in TYPES.values() if one.name not in UNTOLD_OF_SET_UP]
    return {
        "operationId": f"setup.{one.name}",
        "tags": ["setup"],
        "summary": one.says.partition(".")[0],
        "description": f"{one.says} Optional: for tests.",
        "security": [{"setup": []}],
        "requestBody": {"required": True, "content": {JSON: {"schema": _component(schema)}}},
        "responses": {"204": {"description": "It is durable"}, **_by_status(told)},
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _component(schema: Json) -> Any:
    """A schema by itself; what it refers to is elsewhere in the document."""
    return _at_components({key: value for key, value in schema.items() if key not in ("$schema", "$defs")})


def _add_definitions(schemas: dict[str, Json], schema: Json) -> None:
    """What a schema refers to, as components."""
    for name, definition in schema.get("$defs", {}).items():
        schemas.setdefault(name, _at_components(definition))


def _at_components(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref" and isinstance(value, str)
            else _at_components(value)
            for key, value in schema.items()
        }
    return [_at_components(item) for item in schema] if isinstance(schema, list) else schema
