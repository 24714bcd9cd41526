"""TLS files: a root of a system's own, and for each party a certificate with its key, for trying out.

The keys are elliptic (P-256), which every browser takes, and are used for nothing but channels; what is signed and
sealed has keys of its own (`payrelay.host.keyring_files`).
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from payrelay.host.tls import SCHEME
from payrelay.language.links import role_of
from payrelay.wire.identities import YEAR

Issuer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def make_issuer(begins: int, name: str = "payrelay channels") -> Issuer:
    """A root that issues certificates for a year."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, _name(name), key.public_key(), begins).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    return builder.add_extension(_usage(key_cert_sign=True), critical=True).sign(key, hashes.SHA256()), key


def write_roots(path: Path, issuers: Iterable[Issuer]) -> None:
    """Write the certificates of roots: whom to trust."""
    path.write_bytes(b"".join(_pem(root) for root, _ in issuers))


def write_certificate(path: Path, party: str, hosts: Iterable[str], issuer: Issuer, begins: int) -> None:
    """Write a party's key and certificate to a new file that only its owner can read."""
    root, root_key = issuer
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.UniformResourceIdentifier(f"{SCHEME}:{role_of(party)}:{party}")
    names = x509.SubjectAlternativeName([named, *map(_host, sorted(set(hosts)))])
    both_ways = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    certificate = (
        _builder(party, root.subject, key.public_key(), begins)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(both_ways, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(private + _pem(certificate))


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.fromtimestamp(begins, datetime.UTC))
        .not_valid_after(datetime.datetime.fromtimestamp(begins + YEAR, datetime.UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**used: bool) -> x509.KeyUsage:
    every: Mapping[str, Any] = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**every, **used})


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
