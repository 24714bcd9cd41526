"""Signed and sealed objects: held against a library that nobody here wrote, in both directions."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from payrelay.wire.base64url import to_base64url
from payrelay.wire.certificates import encoded, identity_in
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.jose import (
    SEALS,
    SIGNS,
    WRAPS,
    JoseRefusal,
    Jws,
    open_sealed,
    seal,
    sealed_for,
    sign,
)

NOW = 1_800_000_000
SHOP = keyrings(("shop",), b"tests", NOW - 1000)["shop"]
SIGNER, OPENER = SHOP.signers["shop"], SHOP.openers[0]
RECIPIENT: Any = identity_in(encoded(OPENER.certificate), SHOP.roots)
KEY = OKPKey.import_key(SIGNER.key)
ALGORITHMS = [WRAPS, SEALS]


class Registry(jws.JWSRegistry):
    """joserfc takes headers of 512 characters, unless told otherwise."""

    max_header_length = 4096


@settings(deadline=None, derandomize=True)
@given(payload=st.binary(max_size=300))
def test_joserfc_verifies_what_is_signed(payload: bytes) -> None:
    token = sign("payrelay-test", payload, SIGNER)
    read = jws.deserialize_compact(token, KEY, registry=Registry(algorithms=[SIGNS]))
    assert read.payload == payload
    assert read.protected["typ"] == "payrelay-test"


@settings(deadline=None, derandomize=True)
@given(payload=st.binary(max_size=300))
def test_what_joserfc_signs_is_verified(payload: bytes) -> None:
    header = {"alg": SIGNS, "typ": "payrelay-test", "kid": SIGNER.thumbprint, "x5c": [SIGNER.x5c]}
    token = jws.serialize_compact(header, payload, KEY, registry=Registry(algorithms=[SIGNS]))
    read = Jws(token)
    assert read.signer("payrelay-test", SHOP.roots, NOW).party == "shop"
    assert read.payload == payload


@settings(deadline=None, derandomize=True)
@given(plaintext=st.binary(min_size=1, max_size=300))
def test_joserfc_opens_what_is_sealed(plaintext: bytes) -> None:
    token = seal("payrelay-test", plaintext, RECIPIENT, counted(b"random"))
    assert sealed_for(token) == ("shop", OPENER.thumbprint)
    read = jwe.decrypt_compact(token, OKPKey.import_key(OPENER.key), registry=jwe.JWERegistry(algorithms=ALGORITHMS))
    assert read.plaintext == plaintext


@settings(deadline=None, derandomize=True)
@given(plaintext=st.binary(min_size=1, max_size=300))
def test_what_joserfc_seals_is_opened(plaintext: bytes) -> None:
    header = {"alg": WRAPS, "enc": SEALS, "typ": "payrelay-test", "kid": f"shop/{OPENER.thumbprint}"}
    token = jwe.encrypt_compact(header, plaintext, OKPKey.import_key(RECIPIENT.key), algorithms=ALGORITHMS)
    assert open_sealed(token, "payrelay-test", OPENER) == plaintext


def test_the_same_randomness_seals_the_same() -> None:
    one, same, other = (seal("t", b"x", RECIPIENT, counted(seed)) for seed in (b"1", b"1", b"2"))
    assert one == same != other


JWS = sign("payrelay-test", b"{}", SIGNER)
JWE = seal("payrelay-test", b"{}", RECIPIENT, counted(b"random"))


def _with_header(token: str, header: bytes) -> str:
    return ".".join([to_base64url(header), *token.split(".")[1:]])


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"{", "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"alg":"Ed25519","alg":"Ed25519"}', "no JSON"),
        (b'{"alg":"Ed25519","kid":"","typ":"payrelay-test","x5c":[]}', "not one certificate"),
        (b'{"alg":"Ed25519","kid":"","typ":"payrelay-test","x5c":"A"}', "not one certificate"),
        (b'{"alg":"Ed25519","kid":"","typ":"payrelay-test","x5c":["A"]}', "root that is trusted"),
        (b'{"alg":"Ed25519","kid":"","typ":"payrelay-test","x5c":[""],"crit":["b64"],"b64":false}', "not just"),
    ],
)
def test_invalid_headers_are_refused(header: bytes, says: str) -> None:
    with pytest.raises(JoseRefusal, match=says):
        Jws(_with_header(JWS, header)).signer("payrelay-test", SHOP.roots, NOW)


EPK = '"epk":{"crv":"X25519","kty":"OKP","x":"%s"}'
START = '{"alg":"ECDH-ES+A256KW","enc":"A256GCM",'


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("{}", "not just"),
        (f'{START}"kid":"x","typ":"payrelay-test","zip":"DEF",{EPK % "A"}}}', "not just"),
        (f'{{"alg":"dir","enc":"A256GCM","kid":"x","typ":"payrelay-test",{EPK % "A"}}}', "not sealed with"),
        (f'{START}"kid":"x","typ":"payrelay-test","epk":7}}', "no X25519 key"),
        (f'{START}"kid":"x","typ":"payrelay-test",{EPK % "AAAA"}}}', "no X25519 key"),
        (f'{START}"kid":"x","typ":"payrelay-test",{EPK % ("A" * 43)}}}', "no point"),
    ],
)
def test_invalid_headers_of_sealed_objects_are_refused(header: str, says: str) -> None:
    with pytest.raises(JoseRefusal, match=says):
        open_sealed(_with_header(JWE, header.encode()), "payrelay-test", OPENER)


def test_invalid_base64url_is_refused() -> None:
    with pytest.raises(JoseRefusal, match="not in base64url"):
        Jws(JWS.replace(".", ".+", 1))


def test_invalid_sealed_objects_are_refused() -> None:
    segment, wrapped, nonce, sealed, tag = JWE.split(".")
    with pytest.raises(JoseRefusal, match="too long or too short"):
        open_sealed(".".join([segment, wrapped, nonce, sealed, tag[:-6]]), "payrelay-test", OPENER)
    with pytest.raises(JoseRefusal, match="names no party"):
        sealed_for(_with_header(JWE, b'{"kid":"nobody"}'))


def test_invalid_certificates_say_nothing() -> None:
    assert identity_in(b64encode(b"no certificate").decode(), SHOP.roots) is None
    assert identity_in("?", SHOP.roots) is None
