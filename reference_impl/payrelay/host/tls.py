"""TLS between the parties: each shows a certificate that names it, and speaks to nobody who shows another (W-SEC-01).

Between servers TLS is mutual: a message is from whom the client's certificate names, and goes to nobody but the party
that the server's names, whatever address that is at. Terminals show none, and look for the address, as browsers do.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from cryptography import x509
from starlette.requests import Request as Incoming
from uvicorn.protocols.http.h11_impl import H11Protocol

from payrelay.host.keyring_files import OTHERS
from payrelay.language.configurations import ConfigurationError
from payrelay.language.links import role_of
from payrelay.wire.identities import ROLES
from payrelay.wire.symbols import is_party

SCHEME = "payrelay"


@dataclass(frozen=True)
class Tls:
    """What a party shows, and whom it believes, where a URL begins with https."""

    certificate: Path
    """Its private key and its certificate, as PEM."""
    roots: Path
    """The roots by which the certificates of its peers are issued, as PEM."""


def server_context(tls: Tls, *, asks: bool) -> ssl.SSLContext:
    """What a listener speaks TLS by. It `asks` whoever connects for a certificate where servers come, not terminals."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, tls)
    context.verify_mode = ssl.CERT_OPTIONAL if asks else ssl.CERT_NONE
    return context


def client(tls: Tls, peers: Mapping[str, str]) -> httpx2.AsyncClient:
    """What a party that has a certificate sends with: by TLS, to the parties that it knows, which are by URL."""
    parties = {httpx2.URL(url).netloc: peer for url, peer in peers.items()}
    return client_of(_context(ssl.PROTOCOL_TLS_CLIENT, tls), parties)


def client_of(context: ssl.SSLContext, parties: Mapping[bytes, str]) -> httpx2.AsyncClient:
    """A client that goes on only with the party that is to be at an address."""
    context.check_hostname = False  # who it is says the certificate, and not where it is

    async def meet(request: httpx2.Request) -> None:
        request.extensions = {**request.extensions, "trace": _meeting(parties.get(request.url.netloc))}

    return httpx2.AsyncClient(trust_env=False, verify=context, event_hooks={"request": [meet]})


def _meeting(party: str | None) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """Breaks off once TLS stands, and nothing has been sent, if it is not with this party."""

    async def trace(name: str, happened: Mapping[str, Any]) -> None:
        if name == "connection.start_tls.complete":
            stream = happened["return_value"]
            shown = stream.get_extra_info("ssl_object").getpeercert(binary_form=True)
            if party is None or party_in(x509.load_der_x509_certificate(shown)) != party:
                await stream.aclose()
                raise httpx2.ConnectError(f"this is not {party}")

    return trace


def _context(protocol: int, tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if tls.certificate.stat().st_mode & OTHERS:
            raise ConfigurationError(
                f"{tls.certificate}: others can read this private key; chmod 600 {tls.certificate}"
            )
        context.load_cert_chain(tls.certificate)
    except OSError as error:  # ssl.SSLError is one
        why = "no private key and its certificate, as PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(f"{tls.certificate}: cannot be used for TLS: {why}") from None
    try:
        context.load_verify_locations(tls.roots)
    except OSError as error:
        why = "no certificates, as PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(f"{tls.roots}: cannot be used as roots of TLS: {why}") from None
    return context


# --- whom a channel shows

_Application = Callable[[Any, Any, Any], Awaitable[None]]


class TlsProtocol(H11Protocol):
    """HTTP of which each request says whose certificate its connection has, as ASGI's extension `tls` has it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        shown = connection.getpeercert(binary_form=True) if connection else None
        chain = [ssl.DER_cert_to_PEM_cert(shown)] if shown else []
        application: _Application = self.app

        async def told(scope: Any, receive: Any, send: Any) -> None:
            extensions = {**scope.get("extensions", {}), "tls": {"client_cert_chain": chain}}
            await application({**scope, "extensions": extensions}, receive, send)

        self.app = told

    def shutdown(self) -> None:
        """Close what is idle at once: to end TLS in order, one waits for a client, which may have nothing to read."""
        super().shutdown()
        if self.transport.is_closing():
            self.transport.abort()


def shown_party(incoming: Incoming) -> str | None:
    """The party whose certificate the connection of a request has; None without one, or for one that names nobody."""
    chain = incoming.scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", [])
    return party_in(x509.load_pem_x509_certificate(chain[0].encode())) if chain else None


def party_in(certificate: x509.Certificate) -> str | None:
    """The server that a certificate names; None if it names none, or several."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        scheme, role, party = uri.split(":")
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    is_named = scheme == SCHEME and is_party(party) and role == role_of(party) and role in ROLES
    return party if is_named else None
