"""The pages that are no part of the protocol: a shop's catalogue, and where a browser begins at the relay.

From here on a browser is a terminal: it orders at the shop, and posts the form of the page that the relay's contents
converting unit makes. At security hardened it cannot be one, and the pages say so: what proves to a wallet that it is
the user is sealed for that wallet by the terminal, and from a page of the relay the relay could take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing
from starlette.routing import BaseRoute, Route

from payrelay.host.identifiers import fresh_identifier
from payrelay.host.party import Party
from payrelay.host.records import SESSIONS
from payrelay.host.serving import Serving
from payrelay.host.starlette_exchange import body_of, request_of, response_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES, Capabilities, is_text
from payrelay.model.messages.purchase import OrderAck, OrderPlace
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.reference_impl.rendering import page, style_route
from payrelay.reference_impl.settings import Goods
from payrelay.reference_impl.terminal_pages import dressed
from payrelay.reference_impl.waiting import waiting_route
from payrelay.wire import start, symbols
from payrelay.wire.binding import from_response, session_cookie, session_in, to_request
from payrelay.wire.endpoints import path_of
from payrelay.wire.exchange import Response
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import OpenSession, set_up_request

SHOWN: Mapping[str, Capabilities] = {
    "html": CAPABILITIES["html"],
    "small": replace(CAPABILITIES["html"], columns=32, rows=120, max_options=6),
    "compact_html": CAPABILITIES["compact_html"],
}
"""The capabilities that a browser can choose between: it cannot post what is no form."""
ORDER = "/order"
MOST_FORM_BYTES = 4096
LOG_IN = Problem("unauthenticated", "log in first")
NO_SESSION = Symbol("session", "0" * 22)
"""What stands for the session in an envelope, which has none: it comes from the cookie."""


def _terminal(party: Party) -> str:
    """What a browser is called from now on; each of its tabs is another."""
    return f"terminal-{party.random(8).hex()}"


# --- the shop


def shop_routes(serving: Serving, payee_name: str, goods: tuple[Goods, ...], relay_url: str) -> list[BaseRoute]:
    """A shop's catalogue, and the orders that are placed from it."""
    party = serving.party

    async def catalogue(incoming: Incoming) -> Outgoing:
        # One for each: whoever goes back and orders another thing from the same page places another order.
        nonces = [fresh_identifier(party.random) for _ in goods]
        return page(incoming, "catalogue.html", title=payee_name, goods=goods, order_nonces=nonces)

    async def order(incoming: Incoming) -> Outgoing:
        fields = await _form(incoming)
        nonce, cart = fields.get("order_nonce", ""), fields.get("cart", "")
        if not symbols.is_name("order_nonce", nonce) or not is_text(cart):
            problem = Problem("malformed", "the form is not as the page had it")
            return response_of(dressed(incoming, problem.to_response(), is_secure=False))
        placed = OrderPlace(
            sender=_terminal(party),
            receiver=party.name,
            order_nonce=Symbol("order_nonce", nonce),
            cart=cart,
        )
        answer = await _asked(serving, placed)
        if isinstance(answer, Response):
            return response_of(dressed(incoming, answer, is_secure=False))
        assert isinstance(answer, OrderAck)
        reference = answer.order_ref
        pay = relay_url + start.start_target(reference)
        return page(
            incoming,
            "order.html",
            title=payee_name,
            cart=cart,
            total=answer.total,
            shop=reference.shop,
            order=reference.order.name,
            pay=pay,
            is_hardened=party.keyring.security == "hardened",
        )

    return [
        Route("/", catalogue, methods=["GET"]),
        Route(ORDER, order, methods=["POST"]),
        style_route(),
    ]


async def _form(incoming: Incoming) -> dict[str, str]:
    """The fields of a form; none, if it is too long or no form."""
    body = await body_of(incoming, MOST_FORM_BYTES) or b""
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=8, errors="strict"))
    except ValueError:
        return {}


async def _asked(serving: Serving, message: Message) -> Message | Response:
    """The answer to what a browser asks its own server; or the response with the problem."""
    ring = replace(serving.party.keyring, party=message.sender)
    request = to_request(message, ring)
    response = await serving.answer(request, from_where=message.sender)
    answer = from_response(response, request, ring, int(serving.party.clock()))
    return answer if isinstance(answer, Message) else response


# --- the relay


def relay_routes(serving: Serving, guest_session: str, is_secure: bool) -> list[BaseRoute]:
    """Where a browser begins, with an order that it brings or in order to register; and where it waits."""
    party = serving.party
    is_hardened = party.keyring.security == "hardened"

    def dress(incoming: Incoming, response: Response) -> Response:
        return dressed(incoming, response, is_secure=is_secure)

    def refused(incoming: Incoming, problem: Problem) -> Outgoing:
        return response_of(dress(incoming, problem.to_response()))

    def session(incoming: Incoming) -> tuple[OpenSession | None, tuple[tuple[str, str], ...]]:
        """The session of a browser, and the header that it gets it by if it is a new one."""
        named = session_in(request_of(incoming))
        known = None if named is None else party.storage.record(SESSIONS, named)
        if isinstance(known, OpenSession):
            return known, ()
        guest = party.storage.record(SESSIONS, guest_session) if guest_session else None
        if not isinstance(guest, OpenSession):
            return None, ()
        opened = replace(guest, session=Symbol("session", fresh_identifier(party.random)))
        if serving.set_up(set_up_request(opened, party.keyring, party.name, "")) is not None:
            return None, ()
        return opened, (session_cookie(opened.session.name, is_secure),)

    async def begin(incoming: Incoming) -> Outgoing:
        order = start.order_in(request_of(incoming))
        if isinstance(order, Problem):
            return refused(incoming, order)
        opened, headers = session(incoming)
        if opened is None:
            return refused(incoming, LOG_IN)
        shown = _shown(incoming)
        opening = ProcedureRequest(
            sender=_terminal(party),
            receiver=party.name,
            session=NO_SESSION,
            request_nonce=Symbol("request_nonce", fresh_identifier(party.random)),
            order_ref=order,
            capabilities=SHOWN[shown],
        )
        return page(
            incoming,
            "start.html",
            *headers,
            is_hardened=is_hardened,
            shop=order.shop,
            order=order.order.name,
            action=path_of("terminal_edge", ProcedureRequest),
            envelope=start.opening_envelope(opening, party.keyring),
            other=_other(f"{start.start_target(order)}&", shown),
        )

    async def register(incoming: Incoming) -> Outgoing:
        opened, headers = session(incoming)
        if opened is None:
            return refused(incoming, LOG_IN)
        shown = _shown(incoming)
        offers = []
        for wallet in party.world.wallets:
            for authority in party.world.authorities:
                opening = RegistrationRequest(
                    sender=_terminal(party),
                    receiver=party.name,
                    session=NO_SESSION,
                    request_nonce=Symbol("registration_nonce", fresh_identifier(party.random)),
                    authority=authority,
                    wallet=wallet,
                    capabilities=SHOWN[shown],
                )
                envelope = start.opening_envelope(opening, party.keyring)
                offers.append({"wallet": wallet, "authority": authority, "envelope": envelope})
        return page(
            incoming,
            "registrations.html",
            *headers,
            is_hardened=is_hardened,
            offers=offers,
            action=path_of("terminal_edge", RegistrationRequest),
            other=_other("/?", shown),
        )

    return [
        Route(start.PATH, begin, methods=["GET"]),
        Route("/", register, methods=["GET"]),
        waiting_route(serving, dress),
        style_route(),
    ]


def _shown(incoming: Incoming) -> str:
    """What the browser can show, as its user has chosen; else as it says itself."""
    says = "compact_html" if SHOWN["compact_html"].media in incoming.headers.get("accept", "") else "html"
    chosen = incoming.query_params.get("show", says)
    return chosen if chosen in SHOWN else says


def _other(target: str, shown: str) -> dict[str, str]:
    """The way to pages of another length."""
    other = "small" if shown == "html" else "html"
    return {"name": other, "target": target + urlencode({"show": other})}
