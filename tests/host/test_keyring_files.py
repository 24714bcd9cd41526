"""Keyring files: what is written is read, others cannot read it, and whatever is wrong is one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from payrelay.host.keyring_files import read_keyring, write_keyring
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.identities import keyrings

RINGS = keyrings(("relay", "wallet-1"), b"tests", 1_800_000_000)


@pytest.mark.parametrize("security", ["plain", "channel", "hardened"])
def test_a_keyring_comes_back_as_it_was(tmp_path: Path, security: str) -> None:
    keyring = keyrings(("relay", "wallet-1"), b"tests", 1_800_000_000, security=security)["wallet-1"]
    path = tmp_path / "wallet-1.keys.json"
    write_keyring(path, keyring)
    assert path.stat().st_mode & 0o777 == 0o600
    found = read_keyring(path)
    assert (found.party, found.security, found.secret) == (keyring.party, keyring.security, keyring.secret)
    assert found.recipients == keyring.recipients
    assert found.roots.trusted == keyring.roots.trusted
    assert {purpose: pair.certificate for purpose, pair in found.signers.items()} == {
        purpose: pair.certificate for purpose, pair in keyring.signers.items()
    }
    assert [pair.key.private_bytes_raw() for pair in (*found.signers.values(), *found.openers)] == [
        pair.key.private_bytes_raw() for pair in (*keyring.signers.values(), *keyring.openers)
    ]


def test_a_keyring_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "relay.keys.json"
    write_keyring(path, RINGS["relay"])
    with pytest.raises(FileExistsError):
        write_keyring(path, RINGS["wallet-1"])
    assert read_keyring(path).party == "relay"


def altered(path: Path, change: Any) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(kind="trace"), "kind: expected 'keyring'"),
        (lambda d: d.update(schema_version=2), "schema_version: expected 1"),
        (lambda d: d.update(sekret=""), "no member 'sekret' in a keyring; did you mean 'secret'"),
        (lambda d: d.update(party="RELAY"), "party: expected the name of a party"),
        (lambda d: d.update(security="strong"), "security: expected one of plain, channel, hardened"),
        (lambda d: d.update(secret="AAAA"), "secret: expected 64 bytes in base64"),
        (lambda d: d.update(secret=7), "secret: expected 64 bytes in base64"),
        (lambda d: d.update(signers=[]), "signers: expected an object"),
        (lambda d: d.update(openers={}), "openers: expected an array"),
        (lambda d: d["signers"].update(relay={"key": ""}), r"signers.relay: expected an object of key and certificate"),
        (lambda d: d["signers"]["relay"].update(key="x"), r"signers.relay.key: expected the PEM of a private key"),
        (lambda d: d["signers"]["relay"].update(certificate="x"), "expected the PEM of a certificate"),
        (
            lambda d: d["signers"]["relay"].update(certificate=d["openers"][0]["certificate"]),
            "signers.relay.certificate: it is not the certificate of this key",
        ),
        (lambda d: d["roots"].update(user="x"), "roots.user: expected an array"),
        (lambda d: d["roots"].update(user=["x"]), "expected the PEM of a certificate"),
        (lambda d: d["recipients"].update(shop=1), "recipients.shop: expected the PEM of a certificate"),
    ],
)
def test_invalid_keyring_is_told_in_one_line(tmp_path: Path, change: Any, said: str) -> None:
    path = tmp_path / "relay.keys.json"
    write_keyring(path, RINGS["relay"])
    altered(path, change)
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_keyring(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_invalid_files_are_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "relay.keys.json"
    with pytest.raises(ConfigurationError, match="cannot read the keyring: No such file"):
        read_keyring(path)
    path.touch(mode=0o600)
    with pytest.raises(ConfigurationError, match="the keyring is no JSON"):
        read_keyring(path)
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="others can read these private keys; chmod 600"):
        read_keyring(path)
