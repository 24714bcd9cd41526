"""TLS: a payment over mutual TLS, and every wrong certificate is refused, on either side."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from tests.ports import free_ports
from tests.reference_impl.test_pages import slots
from tests.reference_impl.test_processes import ENVIRONMENT, audited, ordered, press
from tests.wire.test_binding import one_of

from payrelay.host.client import Client
from payrelay.host.tls import Tls, client, client_of, party_in, server_context
from payrelay.host.tls_files import make_issuer, write_certificate, write_roots
from payrelay.language.configurations import ConfigurationError
from payrelay.language.messages import Message
from payrelay.model.messages.purchase import ProcedureAbort
from payrelay.reference_impl.processes import running
from payrelay.reference_impl.settings import Settings
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import TLS_ROOTS, Plan, write_system
from payrelay.wire.binding import to_request
from payrelay.wire.exchange import Request
from payrelay.wire.keyring import Keyring

NOW = int(time.time())


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Path]:
    """A system at security channel, by TLS."""
    plan = Plan(wallets=1, first_port=free_ports(8), security="channel", tls=True)
    written = write_system(tmp_path / "system", plan, now=NOW, random=os.urandom)
    return {path.stem: path for path in written}


def roots_of(settings: dict[str, Path]) -> Path:
    return settings["shop"].parent / TLS_ROOTS


def trusting(roots: Path, certificate: Path | None = None) -> ssl.SSLContext:
    """What a client speaks TLS by that trusts these roots, and shows a certificate, or none."""
    context = ssl.create_default_context(cafile=roots)
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


@pytest.mark.slow
def test_a_payment_over_mutual_tls(settings: dict[str, Path]) -> None:
    shop = str(read_settings(settings["shop"], {}).server.url)
    assert shop.startswith("https://127.0.0.1:")
    trust = trusting(roots_of(settings))
    with (
        running(settings, ENVIRONMENT) as processes,
        httpx2.Client(trust_env=False, timeout=30, verify=trust) as browser,
    ):
        confirm = ordered(browser, shop)
        assert slots(press(browser, confirm, "confirm"))["outcome"] == "approved"
        (cookie,) = browser.cookies.jar
        assert (cookie.name, cookie.secure) == ("__Host-payrelay_session", True)
        assert set(processes.end_all().values()) == {0}
    assert [path.with_suffix(".log").read_text() for path in settings.values()] == [""] * len(settings)
    findings, counts, _ = audited(settings)
    assert (findings, counts["debits"], counts["paid"], counts["under_way"]) == ((), 1, 1, 0)


# --- who comes with a wrong certificate


def aborting(sender: str) -> Request:
    """A message to the shop that says it is from this relay."""
    return request_of(replace(one_of(ProcedureAbort), sender=sender, receiver="shop"))


def request_of(message: Message) -> Request:
    return to_request(message, Keyring(party=message.sender, security="channel", secret=b"s" * 64))


@pytest.fixture
def shop(settings: dict[str, Path]) -> Settings:
    return read_settings(settings["shop"], {})


@pytest.mark.slow
def test_invalid_certificates_of_who_comes_are_refused(
    settings: dict[str, Path], shop: Settings, tmp_path: Path
) -> None:
    folder, url = settings["shop"].parent, str(shop.server.url)
    stranger = make_issuer(NOW - 60)
    write_certificate(tmp_path / "stranger.pem", "relay", ["127.0.0.1"], stranger, NOW - 60)
    roots = roots_of(settings)

    def posted(certificate: Path | None, request: Request) -> httpx2.Response:
        with httpx2.Client(trust_env=False, verify=trusting(roots, certificate)) as sender:
            return sender.post(f"{url}{request.target}", content=request.body, headers=list(request.headers))

    with running({"shop": settings["shop"]}, ENVIRONMENT):
        assert posted(folder / "relay.tls.pem", aborting("relay")).status_code == 202
        # Another party's certificate, and none: known by the channel, before any machine sees the message.
        other = posted(folder / "payment.tls.pem", aborting("relay"))
        assert (other.status_code, other.json()["reason"]) == (403, "wrong_sender")
        nobody = posted(None, aborting("relay"))
        assert (nobody.status_code, nobody.json()["type"].rpartition("/")[2]) == (401, "unauthenticated")
        # A certificate of another root: no request is ever read.
        with pytest.raises((httpx2.ReadError, httpx2.ConnectError, httpx2.RemoteProtocolError)):
            posted(tmp_path / "stranger.pem", aborting("relay"))
        with pytest.raises(httpx2.HTTPError):
            httpx2.get(url.replace("https:", "http:"), trust_env=False)
        # A browser shows none, and need not; who the shop is says the same certificate.
        assert httpx2.get(f"{url}/health", trust_env=False, verify=trusting(roots)).status_code == 200


@pytest.mark.slow
def test_invalid_certificates_of_who_is_reached_are_refused(
    settings: dict[str, Path], shop: Settings, tmp_path: Path
) -> None:
    """Whoever is at an address must be the party that is to be there; nothing is sent to anybody else."""
    url = str(shop.server.url)
    request = aborting("relay")
    relay = read_settings(settings["relay"], {})
    tls, peers = relay.tls, {str(one): peer for peer, one in relay.peers.items()}
    assert tls is not None
    own = trusting(roots_of(settings), settings["relay"].parent / "relay.tls.pem")
    write_roots(tmp_path / "others.pem", [make_issuer(NOW - 60)])
    netloc = httpx2.URL(url).netloc

    async def answers() -> list[int | None]:
        found = []
        for sender in (
            client(tls, peers),
            client_of(own, {netloc: "shop"}),
            client_of(own, {netloc: "payment"}),  # another party has come to its address
            client_of(trusting(tmp_path / "others.pem"), {netloc: "shop"}),
        ):
            sends = Client(sender)
            response = await sends(f"{url}{request.target}", request, 10)
            found.append(response.status if response else None)
            await sends.close()
        return found

    with running({"shop": settings["shop"]}, ENVIRONMENT):
        assert asyncio.run(answers()) == [202, 202, None, None]


# --- certificates and settings


def certificate_in(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])


def test_a_certificate_names_its_party(tmp_path: Path) -> None:
    issuer = make_issuer(NOW)
    for party, named in (("relay", "relay"), ("wallet-12", "wallet-12"), ("terminal-1", None)):
        write_certificate(tmp_path / f"{party}.pem", party, ["127.0.0.1", "pay.example"], issuer, NOW)
        assert party_in(certificate_in(tmp_path / f"{party}.pem")) == named
        assert (tmp_path / f"{party}.pem").stat().st_mode & 0o077 == 0
    assert party_in(issuer[0]) is None


def spoiled(what: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        certificate, roots = folder / "shop.tls.pem", folder / TLS_ROOTS
        match what:
            case "readable":
                certificate.chmod(0o644)
            case "no certificate":
                certificate.write_text("certificate")
            case "nothing":
                certificate.unlink()
            case "no roots":
                roots.write_text("roots")
            case "no file of roots":
                roots.unlink()

    return spoil


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("readable", r"shop.tls.pem: others can read this private key; chmod 600 "),
        ("no certificate", r"shop.tls.pem: cannot be used for TLS: no private key and its certificate, as PEM$"),
        ("nothing", r"shop.tls.pem: cannot be used for TLS: No such file or directory$"),
        ("no roots", r"tls.roots.pem: cannot be used as roots of TLS: no certificates, as PEM$"),
        ("no file of roots", r"tls.roots.pem: cannot be used as roots of TLS: No such file or directory$"),
    ],
)
def test_invalid_files_of_tls_are_told(tmp_path: Path, what: str, said: str) -> None:
    issuer = make_issuer(NOW)
    write_roots(tmp_path / TLS_ROOTS, [issuer])
    write_certificate(tmp_path / "shop.tls.pem", "shop", ["127.0.0.1"], issuer, NOW)
    tls = Tls(tmp_path / "shop.tls.pem", tmp_path / TLS_ROOTS)
    assert server_context(tls, asks=True).verify_mode == ssl.CERT_OPTIONAL
    spoiled(what)(tmp_path)
    with pytest.raises(ConfigurationError, match=said):
        server_context(tls, asks=True)


def test_invalid_https_without_a_certificate(settings: dict[str, Path]) -> None:
    text = settings["relay"].read_text()
    section = text[text.index("[tls]") : text.index("[log]")]
    settings["relay"].write_text(text.replace(section, ""))
    with pytest.raises(ConfigurationError, match=r"server.url: https needs a certificate: write \[tls\] certificate"):
        read_settings(settings["relay"], {})
    # Behind somebody who speaks TLS, it listens elsewhere.
    behind = {"PAYRELAY_SERVER_LISTEN": "127.0.0.1:9001", "PAYRELAY_TERMINALS_LISTEN": "127.0.0.1:9000"}
    assert read_settings(settings["relay"], behind).tls is None
