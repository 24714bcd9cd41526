"""Keyring files: a party's private keys, and the roots and recipients that it trusts, as one JSON file of PEM texts.

Only its owner may read it: it is written so, and one that others can read is refused.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from payrelay.language.configurations import ConfigurationError, did_you_mean
from payrelay.model.data import SECURITIES
from payrelay.wire.certificates import Roots
from payrelay.wire.keyring import KeyPair, Keyring
from payrelay.wire.symbols import is_party

KIND, SCHEMA_VERSION = "keyring", 1
MEMBERS = ("kind", "schema_version", "party", "security", "secret", "signers", "openers", "roots", "recipients")
SECRET_BYTES = 64
OTHERS = 0o077
"""The permissions of all but the owner."""


def write_keyring(path: Path, keyring: Keyring) -> None:
    """Write a keyring to a new file that only its owner can read."""
    document = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "party": keyring.party,
        "security": keyring.security,
        "secret": b64encode(keyring.secret).decode(),
        "signers": {purpose: _pair_text(pair) for purpose, pair in keyring.signers.items()},
        "openers": [_pair_text(pair) for pair in keyring.openers],
        "roots": {purpose: [_pem(root) for root in roots] for purpose, roots in keyring.roots.trusted.items()},
        "recipients": {party: _pem(certificate) for party, certificate in keyring.recipients.items()},
    }
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read_keyring(path: Path) -> Keyring:
    """The keyring in a file. Raises ConfigurationError, with the file's name, if there is none."""
    try:
        if path.stat().st_mode & OTHERS:
            raise ConfigurationError(f"{path}: others can read these private keys; chmod 600 {path}")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot read the keyring: {error.strerror}") from None
    except ValueError:
        raise ConfigurationError(f"{path}: the keyring is no JSON; write it anew with a set-up") from None
    return _File(path, document).keyring()


class _File:
    """A keyring file that is being read; what is wrong with it is said with its name."""

    def __init__(self, path: Path, document: Any) -> None:
        self.path, self.document = path, document

    def keyring(self) -> Keyring:
        """The keyring."""
        document = self.document
        if not isinstance(document, dict) or document.get("kind") != KIND:
            raise self.wrong("kind", f"expected '{KIND}'")
        for name in document:
            if name not in MEMBERS:
                raise ConfigurationError(f"{self.path}: no member '{name}' in a keyring{did_you_mean(name, MEMBERS)}")
        if document.get("schema_version") != SCHEMA_VERSION:
            raise self.wrong("schema_version", f"expected {SCHEMA_VERSION}")
        party, security = document.get("party"), document.get("security")
        if not isinstance(party, str) or not is_party(party):
            raise self.wrong("party", "expected the name of a party")
        if security not in SECURITIES:
            raise self.wrong("security", f"expected one of {', '.join(SECURITIES)}")
        signers = {purpose: self.pair(f"signers.{purpose}", pair) for purpose, pair in self.table("signers").items()}
        openers = [self.pair(f"openers[{place}]", pair) for place, pair in enumerate(self.array("openers"))]
        roots = {purpose: self.certificates(f"roots.{purpose}", pems) for purpose, pems in self.table("roots").items()}
        recipients = {
            known: self.certificate(f"recipients.{known}", pem) for known, pem in self.table("recipients").items()
        }
        return Keyring(
            party=party,
            security=security,
            signers=signers,
            openers=tuple(openers),
            roots=Roots(roots),
            recipients=recipients,
            secret=self.secret(),
        )

    def wrong(self, where: str, expected: str) -> ConfigurationError:
        """That something is wrong there."""
        return ConfigurationError(f"{self.path}: {where}: {expected}")

    def table(self, name: str) -> dict[str, Any]:
        """A member that is an object."""
        found = self.document.get(name)
        if not isinstance(found, dict):
            raise self.wrong(name, "expected an object")
        return found

    def array(self, name: str) -> list[Any]:
        """A member that is an array."""
        found = self.document.get(name)
        if not isinstance(found, list):
            raise self.wrong(name, "expected an array")
        return found

    def secret(self) -> bytes:
        """What pseudonyms are made with."""
        try:
            secret = b64decode(self.document.get("secret"), validate=True)
        except (TypeError, ValueError):
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise self.wrong("secret", f"expected {SECRET_BYTES} bytes in base64")
        return secret

    def pair(self, where: str, pair: Any) -> KeyPair:
        """A private key and its certificate."""
        if not isinstance(pair, dict) or pair.keys() != {"key", "certificate"}:
            raise self.wrong(where, "expected an object of key and certificate")
        try:
            key = serialization.load_pem_private_key(str(pair["key"]).encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey | X25519PrivateKey):
            raise self.wrong(f"{where}.key", "expected the PEM of a private key, Ed25519 or X25519")
        certificate = self.certificate(f"{where}.certificate", pair["certificate"])
        certified, own = certificate.public_key(), key.public_key()
        if (
            not isinstance(certified, Ed25519PublicKey | X25519PublicKey)
            or type(certified) is not type(own)
            or certified.public_bytes_raw() != own.public_bytes_raw()
        ):
            raise self.wrong(f"{where}.certificate", "it is not the certificate of this key")
        return KeyPair(key, certificate)

    def certificates(self, where: str, pems: Any) -> tuple[x509.Certificate, ...]:
        """Several certificates."""
        if not isinstance(pems, list):
            raise self.wrong(where, "expected an array")
        return tuple(self.certificate(f"{where}[{place}]", pem) for place, pem in enumerate(pems))

    def certificate(self, where: str, pem: Any) -> x509.Certificate:
        """One certificate."""
        try:
            return x509.load_pem_x509_certificate(str(pem).encode())
        except ValueError:
            raise self.wrong(where, "expected the PEM of a certificate") from None


def _pair_text(pair: KeyPair) -> dict[str, str]:
    return {"key": _private(pair.key), "certificate": _pem(pair.certificate)}


def _private(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
