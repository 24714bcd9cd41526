"""The discovery document is read as it was written, and refused where nobody could use it."""

import json

import pytest

from payrelay.wire.base64url import to_base64url
from payrelay.wire.certificates import identity_in
from payrelay.wire.discovery import Discovery, keys_of, links_served, read_discovery
from payrelay.wire.identities import keyrings
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem

WALLET = Discovery(
    party="wallet-1",
    links={"relay_wallet": "https://wallet.example/second", "wallet_shop": "https://wallet.example"},
    security="hardened",
    keys={"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "AA", "x5c": []}]},
    limits={"max_body": 65_536},
    setup="https://wallet.example",
)


def test_a_document_is_read_as_it_was_written() -> None:
    response = WALLET.to_response()
    assert response.status == 200
    assert read_discovery(response.body) == WALLET
    assert json.loads(response.body)["role"] == "wallet"


def test_the_keys_are_those_of_the_certificates() -> None:
    ring = keyrings(["wallet-1"], b"seed", 1_800_000_000)["wallet-1"]
    keys = keys_of(ring)["keys"]
    assert [(key["crv"], key["use"]) for key in keys] == [("Ed25519", "sig"), ("Ed25519", "sig"), ("X25519", "enc")]
    for key in keys:
        identity = identity_in(key["x5c"][0], ring.roots)
        assert identity is not None
        assert (identity.party, identity.thumbprint) == ("wallet-1", key["kid"])
        assert to_base64url(identity.key.public_bytes_raw()) == key["x"]
    assert keys_of(Keyring(party="wallet-1", security="plain")) == {"keys": []}


def test_what_is_not_known_is_passed_over() -> None:
    assert read_discovery(json.dumps({**WALLET.to_json(), "colour": "blue"}).encode()) == WALLET


def test_each_role_but_the_terminal_serves_links() -> None:
    assert links_served("terminal") == ()
    assert links_served("relay") == ("terminal_edge", "relay_shop", "relay_wallet", "relay_authority", "relay_payment")
    assert links_served("authority") == ("relay_authority",)


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("kind", "trace", "/kind"),
        ("party", "terminal-1", "/party"),
        ("party", 7, "/party"),
        ("party", "wallet-\x1b[2J", "/party"),
        ("role", "shop", "/party"),
        ("versions", ["v2"], "/versions"),
        ("security", "none", "/security"),
        ("links", {"relay_wallet": "https://wallet.example"}, "/links"),
        ("links", {"relay_wallet": "https://wallet.example/", "wallet_shop": "https://wallet.example"}, "/links"),
        ("links", {"relay_wallet": "file:///etc", "wallet_shop": "https://wallet.example"}, "/links"),
        ("links", {"relay_wallet": "http://wallet\x1b[2J", "wallet_shop": "https://wallet.example"}, "/links"),
        ("links", {"relay_wallet": "http://[", "wallet_shop": "https://wallet.example"}, "/links"),
        ("keys", [], "/keys"),
        ("limits", {"max_body": "1"}, "/limits"),
        ("setup", "wallet.example", "/setup"),
    ],
)
def test_invalid_documents_are_refused(member: str, value: object, pointer: str) -> None:
    found = read_discovery(json.dumps({**WALLET.to_json(), member: value}).encode())
    assert isinstance(found, Problem)
    assert found.pointer == pointer


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"[" * 100_000])
def test_invalid_bytes_are_refused(body: bytes) -> None:
    assert isinstance(read_discovery(body), Problem)
