"""Discovery: what each party but the terminals says of itself at a well-known address (RFC 8615).

Who it is, where it takes the messages of each link, which level of security it keeps, its certificates, its limits.
What stands there is no reason to trust anybody: keys are believed for the roots that a reader trusts, not for the
document that lists them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from payrelay.language.links import role_of
from payrelay.model.data import SECURITIES
from payrelay.model.links import RELAY_PAYMENT
from payrelay.wire.endpoints import VERSION, every_endpoint
from payrelay.wire.exchange import JSON, Response
from payrelay.wire.jose import jwk_of
from payrelay.wire.keyring import KeyPair, Keyring
from payrelay.wire.problem_documents import Problem
from payrelay.wire.symbols import is_party

PATH = "/.well-known/payrelay"
KIND, SCHEMA_VERSION = "discovery", 1


@dataclass(frozen=True)
class Discovery:
    """What a party says of itself."""

    party: str
    links: Mapping[str, str]
    """For each link on which it takes messages the URL before the endpoints' paths, without a slash at its end."""
    security: str
    keys: Mapping[str, Any]
    """Its public keys as a JWK set (RFC 7517), each with its certificates (`x5c`); none at security plain."""
    limits: Mapping[str, int]
    """`max_body`: the most bytes of a request."""
    setup: str | None = None
    """The URL of its set-up interface, if it has one."""
    versions: tuple[str, ...] = (VERSION,)

    @property
    def role(self) -> str:
        """The role that it plays."""
        return role_of(self.party)

    def to_response(self) -> Response:
        """The response at the well-known address."""
        body = json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":")).encode()
        return Response(200, (("content-type", JSON), ("cache-control", "max-age=300")), body)

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "party": self.party,
            "role": self.role,
            "versions": list(self.versions),
            "security": self.security,
            "links": dict(self.links),
            "keys": dict(self.keys),
            "limits": dict(self.limits),
            "setup": self.setup,
        }


def keys_of(keyring: Keyring) -> dict[str, Any]:
    """A party's public keys as a JWK set: those that it signs with, and those that it opens with, its newest first."""
    pairs = [*keyring.signers.values(), *keyring.openers]
    return {"keys": [_jwk(pair) for pair in pairs]}


def _jwk(pair: KeyPair) -> dict[str, Any]:
    signs = isinstance(pair.key, Ed25519PrivateKey)
    use = "sig" if signs else "enc"
    return {**jwk_of(pair.key.public_key()), "use": use, "kid": pair.thumbprint, "x5c": [pair.x5c]}


def links_served(role: str) -> tuple[str, ...]:
    """The links on which a role takes messages."""
    return tuple(dict.fromkeys(one.link for one in every_endpoint() if one.receiver == role))


def read_discovery(body: bytes) -> Discovery | Problem:
    """The document at a well-known address. Members that are not known are passed over."""
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        return Problem("malformed", "the discovery document is no JSON")
    if not isinstance(document, dict) or document.get("kind") != KIND:
        return Problem("malformed", "it is no discovery document", "/kind")
    party, versions = document.get("party"), document.get("versions")
    if not isinstance(party, str) or not is_party(party):
        return Problem("malformed", "expected the name of a party", "/party")
    if document.get("role") != role_of(party) or not links_served(role_of(party)):
        return Problem("malformed", "expected a party of a role that takes messages", "/party")
    if not isinstance(versions, list) or VERSION not in versions:
        return Problem("unsupported-version", f"it speaks no version that is spoken here: {VERSION}", "/versions")
    if document.get("security") not in SECURITIES:
        return Problem("malformed", f"expected one of {', '.join(SECURITIES)}", "/security")
    links = document.get("links")
    if not isinstance(links, dict) or not all(isinstance(url, str) and _is_base(url) for url in links.values()):
        return Problem("malformed", "expected for each link an http or https URL without a slash at its end", "/links")
    absent = [link for link in links_served(role_of(party)) if link not in links and link != RELAY_PAYMENT.name]
    if absent:
        return Problem("malformed", f"a {role_of(party)} takes messages on {absent[0]}", "/links")
    keys, limits, setup = document.get("keys", {}), document.get("limits", {}), document.get("setup")
    if not isinstance(keys, dict) or not isinstance(keys.get("keys", []), list):
        return Problem("malformed", "expected a JWK set", "/keys")
    if not isinstance(limits, dict) or not all(type(limit) is int and limit > 0 for limit in limits.values()):
        return Problem("malformed", "expected whole numbers", "/limits")
    if setup is not None and not (isinstance(setup, str) and _is_base(setup)):
        return Problem("malformed", "expected a URL or null", "/setup")
    return Discovery(party, links, document["security"], keys, limits, setup, tuple(map(str, versions)))


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_uri = url.isascii() and url.isprintable()  # RFC 3986; it is shown to people, too
    return (
        is_uri
        and parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and not url.endswith("/")
        and not parts.query
    )
