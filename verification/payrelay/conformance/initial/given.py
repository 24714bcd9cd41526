"""Given: the files that a party under test is given, with the keys, roots and certificates that it needs."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization

from payrelay.conformance.initial.plan import TERMINAL, Plan
from payrelay.language.links import role_of
from payrelay.wire.keyring import Keyring

TLS_ROOTS = "tls.roots.pem"


class Given:
    """The files for a party under test: the same keys as in its keyring, as PEM."""

    def __init__(self, folder: Path, party: str, plan: Plan) -> None:
        self.folder, self.plan = folder / f"for-{party}", plan
        self.name = TERMINAL if role_of(party) == TERMINAL else party
        self.written: list[tuple[str, str]] = []
        """Name and what it is."""

    def write(self, ring: Keyring, keys: Path) -> None:
        """All of them."""
        self.folder.mkdir(mode=0o700)
        name = self.name
        self._file("keyring.json", (keys / f"{name}.keys.json").read_bytes(), "all keys, roots and recipients in one")
        for purpose, pair in ring.signers.items():
            what = f"signs with, as {purpose}"
            self._file(f"signs-{purpose}.key.pem", _private(pair.key), f"the private key that {name} {what}")
            self._file(f"signs-{purpose}.certificate.pem", _pem(pair.certificate), "its certificate")
        for pair in ring.openers:
            self._file("opens.key.pem", _private(pair.key), f"the private key that {name} opens with what is sealed")
            self._file("opens.certificate.pem", _pem(pair.certificate), "its certificate")
        for purpose, roots in ring.roots.trusted.items():
            said = f"the root to trust for certificates of purpose {purpose}"
            self._file(f"root-{purpose}.pem", b"".join(map(_pem, roots)), said)
        for party, certificate in ring.recipients.items():
            if party != name:
                self._file(f"seals-for-{party}.pem", _pem(certificate), f"the certificate to seal for {party} with")
        if self.plan.tls:
            if name != TERMINAL:
                said = "the key and certificate of its channels"
                self._file("tls.pem", (keys / f"{name}.tls.pem").read_bytes(), said)
            self._file(TLS_ROOTS, (keys / TLS_ROOTS).read_bytes(), "the root of all channels")

    def _file(self, name: str, contents: bytes, what: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(contents)
        self.written.append((name, what))


def _private(key: object) -> bytes:
    private: bytes = key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private


def _pem(certificate: object) -> bytes:
    pem: bytes = certificate.public_bytes(serialization.Encoding.PEM)  # type: ignore[attr-defined]
    return pem
