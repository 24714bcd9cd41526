"""What a signed object may not say, though its signature is good; and who may say what to whom."""

import json
from dataclasses import replace
from typing import Any

import pytest

from payrelay.language import terms
from payrelay.wire import MESSAGES, Malformed, read, write
from payrelay.wire.base64url import to_base64url
from payrelay.wire.certificates import encoded, identity_in, issue
from payrelay.wire.identities import SERVERS, _root, keyrings
from payrelay.wire.jose import LONGEST_HEADER, JoseRefusal, Jws, header_of, sealed_for, sign
from payrelay.wire.samples import NOW, Samples
from payrelay.wire.terms import Unverified

SAMPLES = Samples("hardened")
RINGS = SAMPLES.rings
INFO: Any = SAMPLES.message(MESSAGES["PaymentInfoMessage"])
SIGNER = RINGS["shop"].signers["shop"]
CLAIMS = json.loads(Jws(json.loads(Jws(write(INFO, RINGS["shop"]).decode()).payload)["payment_info"]["jws"]).payload)


def read_with(payload: bytes) -> Any:
    """The payment information that a relay reads, where a shop has signed this."""
    token = sign("payrelay-payment-info", payload, SIGNER)
    data = write(replace(INFO, payment_info=Unverified(None, token)), RINGS["shop"])
    found: Any = read(data, RINGS["relay"], NOW)
    assert not isinstance(found, Malformed), found
    return found.payment_info


def test_what_says_all_it_must_is_verified() -> None:
    assert isinstance(read_with(json.dumps(CLAIMS).encode()), terms.Signed)


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"{",
        b"\xff",
        json.dumps({**CLAIMS, "iat": "now"}).encode(),
        json.dumps({**CLAIMS, "exp": True}).encode(),
        json.dumps({**CLAIMS, "exp": NOW + 0.5}).encode(),
        json.dumps({**CLAIMS, "aud": "relay"}).encode(),
        json.dumps({**CLAIMS, "aud": []}).encode(),
        json.dumps({**CLAIMS, "iss": "shop-2"}).encode(),
        json.dumps({**CLAIMS, "content": None}).encode(),
        json.dumps({**CLAIMS, "content": {**CLAIMS["content"], "payee_name": "Cafe\u0301"}}).encode(),
    ],
)
def test_invalid_claims_are_not_verified(payload: bytes) -> None:
    found = read_with(payload)
    assert isinstance(found, terms.Unverified)
    assert found.reason  # type: ignore[attr-defined]


def test_an_object_has_run_out_in_the_second_of_its_exp() -> None:
    data = write(INFO, RINGS["shop"])
    for seconds, validity in ((-1, "current"), (0, "expired")):
        found: Any = read(data, RINGS["relay"], CLAIMS["exp"] + seconds)
        assert found.validity == validity


def test_a_certificate_holds_to_the_end_of_its_last_second() -> None:
    ring = keyrings(("shop",), b"ends", NOW - 10, NOW)["shop"]
    signed = Jws(sign("payrelay-test", b"{}", ring.signers["shop"]))
    assert signed.signer("payrelay-test", ring.roots, NOW).party == "shop"
    for other in (NOW - 11, NOW + 1):
        with pytest.raises(JoseRefusal, match="not valid now"):
            signed.signer("payrelay-test", ring.roots, other)


def test_invalid_terminal_says_what_only_servers_say() -> None:
    abort: Any = SAMPLES.message(MESSAGES["ProcedureAbort"])
    from_terminal = replace(abort, sender="terminal-1", receiver="shop")
    data = write(from_terminal, RINGS["terminal-1"])
    assert read(data, RINGS["shop"], NOW) == Malformed("not_signed", "", "a terminal says no such thing")


def test_a_message_that_belongs_nowhere_is_unknown() -> None:
    ack: Any = SAMPLES.message(MESSAGES["CancelAck"])
    data = write(replace(ack, receiver="shop"), RINGS["wallet-1"])
    assert read(data, RINGS["shop"], NOW) == Malformed("unknown_message", "/message")


def test_the_channel_s_peer_must_be_the_sender() -> None:
    for security in ("channel", "hardened"):
        samples = Samples(security)
        ack: Any = samples.message(MESSAGES["CancelAck"])
        data = write(ack, samples.rings["wallet-1"])
        assert read(data, samples.rings["relay"], NOW, "wallet-1") == ack
        for other in ("wallet-2", ""):
            assert read(data, samples.rings["relay"], NOW, other) == Malformed("wrong_sender", "/sender")


def test_invalid_names_in_certificates_and_headers() -> None:
    ring = keyrings(("shop",), b"names", NOW - 10)["shop"]
    issuer = _root(b"names", SERVERS, NOW - 10, NOW + 10)
    key: Any = ring.signers["shop"].key.public_key()
    for party, is_one in (("shop", True), ("Shop", False), ("a:b", False), ("a\nb", False)):
        made = issue("shop", party, key, issuer, NOW - 10, NOW + 10, 7)
        assert (identity_in(encoded(made), ring.roots) is not None) == is_one
    with pytest.raises(JoseRefusal, match="names no party"):
        sealed_for(to_base64url(b'{"kid":"a b/c"}') + "....")
    with pytest.raises(JoseRefusal, match="too long"):
        header_of("e" * (LONGEST_HEADER + 1))
