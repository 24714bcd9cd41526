"""The set-up interface: how a shop's order, a wallet's enrolment, an account, a session come to exist before a run.

In production these come to exist as every operator likes, and the interface is off. Where it is on, a test can be run
against anybody's implementation: one request for each thing, `POST` with a bearer token, the same request again
changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payrelay.model.conversion import MINOR_UNITS
from payrelay.model.conversion.values import AMOUNT_DIGITS, TEXT_LENGTH
from payrelay.wire import shapes, symbols
from payrelay.wire.endpoints import METHOD, PREFIX
from payrelay.wire.exchange import JSON, Request
from payrelay.wire.problem_documents import Problem

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH}
PARTY: Schema = {"type": "string", "pattern": f"^{shapes.PARTY}$"}
IDENTIFIER: Schema = {"type": "string", "pattern": f"^{symbols.IDENTIFIER}$"}
AMOUNT: Schema = {
    "type": "object",
    "properties": {
        "value": {"type": "integer", "minimum": 0, "maximum": 10**AMOUNT_DIGITS - 1},
        "currency": {"enum": sorted(MINOR_UNITS)},
    },
    "required": ["value", "currency"],
    "additionalProperties": False,
}
TEXTS: Schema = {"type": "array", "items": TEXT, "maxItems": 16}


@dataclass(frozen=True)
class SetUp:
    """One kind of thing that can be set up."""

    name: str
    """The last part of the path."""
    role: str
    """The role that is told."""
    says: str
    members: Mapping[str, Schema]
    optional: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path, below the URL that the discovery document has as `setup`."""
        return f"{PREFIX}/setup/{self.name}"

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its body."""
        return {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in self.members.items()},
            "required": [name for name in self.members if name not in self.optional],
            "additionalProperties": False,
        }


_WALLETS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"wallet": PARTY, "brands": TEXTS},
        "required": ["wallet", "brands"],
        "additionalProperties": False,
    },
}

SETUPS: tuple[SetUp, ...] = (
    SetUp(
        "orders",
        "shop",
        "A frozen order that can be paid, as if OrderPlace had been acknowledged.",
        {
            "order": IDENTIFIER,
            "relay": PARTY,
            "payment_server": PARTY,
            "total": AMOUNT,
            "payee_name": TEXT,
            "description": TEXT,
            "brands": TEXTS,
        },
    ),
    SetUp(
        "sessions",
        "relay",
        "A terminal's session: whose it is, under which pseudonym each peer knows the user, the wallets where the user"
        " is enrolled, in the user's order. In production it comes from logging in.",
        {
            "session": IDENTIFIER,
            "user": TEXT,
            "wallets": _WALLETS,
            "shops": {"type": "array", "items": PARTY},
            "authorities": {"type": "array", "items": PARTY},
            "user_refs": {"type": "object", "additionalProperties": IDENTIFIER, "propertyNames": PARTY},
        },
    ),
    SetUp(
        "enrolments",
        "wallet",
        "A user's enrolment, as if a registration had ended well: what the authority issued, how the user proves to"
        " be there, what the wallet offers. `auth_info` is the object of ForwardedAuthenticationInfo.",
        {
            "user_ref": IDENTIFIER,
            "relay": PARTY,
            "display_name": TEXT,
            "instruments": TEXTS,
            "brands": TEXTS,
            "user_auth": TEXT,
            "auth_info": {"type": ["object", "string"]},
        },
        optional=("user_auth", "auth_info"),
    ),
    SetUp(
        "accounts",
        "payment",
        "An account, and what its issuer decides when it is asked.",
        {"account": IDENTIFIER, "issuer": {"enum": ["approves", "declines"]}},
    ),
    SetUp(
        "users",
        "authority",
        "A user whom the authority may register or not, and the questions whose answers it will find wrong, once each.",
        {"user_ref": IDENTIFIER, "acceptable": {"type": "boolean"}, "wrong_answers": TEXTS},
        optional=("wrong_answers",),
    ),
)
"""All that a run needs before it begins."""


def set_up_at(path: str) -> SetUp | None:
    """The kind of thing that is set up at a path; None if there is none."""
    return next((one for one in SETUPS if one.path == path), None)


def set_up_request(name: str, body: Mapping[str, Any], token: str) -> Request:
    """The request that sets something up. Raises ValueError for what its schema does not have."""
    one = next(one for one in SETUPS if one.name == name)
    if fault := _fault(one, body):
        raise ValueError(f"{name}: {fault.detail} at {fault.pointer or '/'}")
    headers = (("content-type", JSON), ("authorization", f"Bearer {token}"))
    return Request(METHOD, one.path, headers, json.dumps(body, ensure_ascii=False).encode())


def read_set_up(one: SetUp, body: bytes) -> dict[str, Any] | Problem:
    """What is to be set up."""
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        return Problem("malformed", "expected one JSON object in UTF-8")
    return _fault(one, document) or dict(document)


def _fault(one: SetUp, document: object) -> Problem | None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(one.schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is None:
        return None
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
    return Problem("malformed", error.message, pointer)
