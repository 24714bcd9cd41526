"""Certificates (X.509): who may sign what, and for whom something is sealed.

A certificate says one purpose and one party, as `payrelay:PURPOSE:PARTY` in its alternative names. The purpose is the
party's role, or `user` for the key of a user that a wallet holds; an Ed25519 key signs, an X25519 key opens what is
sealed. It is believed only if a root that is trusted for just this purpose has issued it itself.
"""

from __future__ import annotations

import datetime
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from payrelay.wire.base64url import to_base64url
from payrelay.wire.symbols import is_party

USER = "user"
"""The purpose of a key that a wallet holds for a user, and signs dual signatures with."""
_SCHEME = "payrelay"


class Roots:
    """The roots that are trusted, for each purpose by itself."""

    def __init__(self, trusted: Mapping[str, tuple[x509.Certificate, ...]]) -> None:
        self.trusted = dict(trusted)


@dataclass(frozen=True, eq=False)
class Identity:
    """What a certificate says that was believed."""

    purpose: str
    party: str
    key: Ed25519PublicKey | X25519PublicKey
    thumbprint: str
    begins: int
    ends: int

    def is_valid(self, now: int) -> bool:
        """Whether the certificate holds at this time: from its first second to its last (RFC 5280, 4.1.2.5)."""
        return self.begins <= now <= self.ends


def thumbprint(certificate: x509.Certificate) -> str:
    """The name of a certificate: SHA-256 of it, in base64url."""
    return to_base64url(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())


def encoded(certificate: x509.Certificate) -> str:
    """A certificate as `x5c` has it: base64 of its bytes."""
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


@lru_cache(maxsize=4096)
def identity_in(certificate: str, roots: Roots) -> Identity | None:
    """What a certificate, in base64, says; None if it is none, or of nobody who is trusted for its purpose."""
    try:
        read = x509.load_der_x509_certificate(b64decode(certificate, validate=True))
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        scheme, purpose, party = uri.split(":")
        usage = read.extensions.get_extension_for_class(x509.KeyUsage).value
        key: Any = read.public_key()
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    signs = isinstance(key, Ed25519PublicKey) and usage.digital_signature and not usage.key_agreement
    opens = isinstance(key, X25519PublicKey) and usage.key_agreement and not usage.digital_signature
    if (
        scheme != _SCHEME
        or not is_party(party)
        or not (signs or opens)
        or not any(_issued(read, root) for root in roots.trusted.get(purpose, ()))
    ):
        return None
    begins, ends = int(read.not_valid_before_utc.timestamp()), int(read.not_valid_after_utc.timestamp())
    return Identity(purpose, party, key, thumbprint(read), begins, ends)


def _issued(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def issue(
    purpose: str,
    party: str,
    key: Ed25519PublicKey | X25519PublicKey,
    issuer: tuple[x509.Certificate, Ed25519PrivateKey],
    begins: int,
    ends: int,
    serial: int,
) -> x509.Certificate:
    """A certificate for a party's key, which signs or opens, by what kind of key it is."""
    root, root_key = issuer
    signs = isinstance(key, Ed25519PublicKey)
    name = x509.UniformResourceIdentifier(f"{_SCHEME}:{purpose}:{party}")
    return (
        _builder(party, root.subject, key, begins, ends, serial)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(_usage(digital_signature=signs, key_agreement=not signs), critical=True)
        .sign(root_key, None)
    )


def make_root(name: str, key: Ed25519PrivateKey, begins: int, ends: int, serial: int) -> x509.Certificate:
    """A root: a certificate that says of itself that it issues others."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        _builder(name, subject, key.public_key(), begins, ends, serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .sign(key, None)
    )


def _builder(name: str, issuer: x509.Name, key: Any, begins: int, ends: int, serial: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(datetime.datetime.fromtimestamp(begins, datetime.UTC))
        .not_valid_after(datetime.datetime.fromtimestamp(ends, datetime.UTC))
    )


def _usage(
    *, digital_signature: bool = False, key_agreement: bool = False, key_cert_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
