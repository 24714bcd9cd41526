"""The pages that are no part of the protocol: a shop's catalogue, and where a browser begins at the relay.

From here on a browser is a terminal: it orders at the shop, and posts the form of the page that the relay's contents
converting unit makes. A page loads nothing but its style, and that from where it is itself.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jinja2
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
from payrelay.model.conversion import CAPABILITIES, is_text
from payrelay.model.messages.purchase import OrderAck, OrderPlace
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.reference_impl.settings import Goods
from payrelay.wire import start, symbols
from payrelay.wire.binding import PAGE_HEADERS, from_response, session_cookie, session_in, to_request
from payrelay.wire.endpoints import path_of
from payrelay.wire.exchange import Response
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import OpenSession, set_up_request

SHOWN = ("html", "compact_html")
"""The capabilities that a browser can choose between: it cannot post what is no form."""
ORDER, STYLE = "/order", "/style.css"
MOST_FORM_BYTES = 4096
NO_SESSION = Symbol("session", "0" * 22)
"""What stands for the session in an envelope, which has none: it comes from the cookie."""


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("payrelay.reference_impl", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(template: str, **contents: Any) -> str:
    """A page."""
    return _templates().get_template(template).render(**contents)


def _page(template: str, *headers: tuple[str, str], **contents: Any) -> Outgoing:
    made = Outgoing(rendered(template, **contents), media_type="text/html")
    for name, value in (*PAGE_HEADERS, *headers):
        made.headers.append(name, value)
    return made


async def _style(_incoming: Incoming) -> Outgoing:
    return Outgoing(rendered("style.css"), media_type="text/css", headers={"x-content-type-options": "nosniff"})


def _terminal(party: Party) -> str:
    """What a browser is called from now on; each of its tabs is another."""
    return f"terminal-{party.random(8).hex()}"


# --- the shop


def shop_routes(serving: Serving, payee_name: str, goods: tuple[Goods, ...], relay_url: str) -> list[BaseRoute]:
    """A shop's catalogue, and the orders that are placed from it."""
    party = serving.party

    async def catalogue(_incoming: Incoming) -> Outgoing:
        return _page("catalogue.html", title=payee_name, goods=goods, order_nonce=fresh_identifier(party.random))

    async def order(incoming: Incoming) -> Outgoing:
        fields = await _form(incoming)
        nonce, cart = fields.get("order_nonce", ""), fields.get("cart", "")
        if not symbols.is_name("order_nonce", nonce) or not is_text(cart):
            return response_of(Problem("malformed", "the form is not as the page had it").to_response())
        placed = OrderPlace(
            sender=_terminal(party),
            receiver=party.name,
            order_nonce=Symbol("order_nonce", nonce),
            cart=cart,
        )
        answer = await _asked(serving, placed)
        if isinstance(answer, Response):
            return response_of(answer)
        assert isinstance(answer, OrderAck)
        reference = answer.order_ref
        pay = relay_url + start.start_target(reference)
        return _page("order.html", title=payee_name, cart=cart, total=answer.total, order=reference.order.name, pay=pay)

    return [
        Route("/", catalogue, methods=["GET"]),
        Route(ORDER, order, methods=["POST"]),
        Route(STYLE, _style, methods=["GET"]),
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
    """Where a browser begins: with an order that it brings, or in order to register."""
    party = serving.party

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
            return response_of(order.to_response())
        opened, headers = session(incoming)
        if opened is None:
            return response_of(Problem("unauthenticated", "log in first").to_response())
        shown = incoming.query_params.get("show", SHOWN[0])
        opening = ProcedureRequest(
            sender=_terminal(party),
            receiver=party.name,
            session=NO_SESSION,
            request_nonce=Symbol("request_nonce", fresh_identifier(party.random)),
            order_ref=order,
            capabilities=CAPABILITIES[shown if shown in SHOWN else SHOWN[0]],
        )
        others = [
            (name, f"{start.start_target(order)}&{urlencode({'show': capability})}")
            for name, capability in (("ordinary screen", "html"), ("small screen", "compact_html"))
        ]
        return _page(
            "start.html",
            *headers,
            title="Pay",
            shop=order.shop,
            order=order.order.name,
            action=path_of("terminal_edge", ProcedureRequest),
            envelope=start.opening_envelope(opening, party.keyring),
            others=others,
        )

    async def register(incoming: Incoming) -> Outgoing:
        opened, headers = session(incoming)
        if opened is None:
            return response_of(Problem("unauthenticated", "log in first").to_response())
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
                    capabilities=CAPABILITIES[SHOWN[0]],
                )
                envelope = start.opening_envelope(opening, party.keyring)
                offers.append({"wallet": wallet, "authority": authority, "envelope": envelope})
        return _page(
            "registrations.html",
            *headers,
            title="Register",
            offers=offers,
            action=path_of("terminal_edge", RegistrationRequest),
        )

    return [
        Route(start.PATH, begin, methods=["GET"]),
        Route("/", register, methods=["GET"]),
        Route(STYLE, _style, methods=["GET"]),
    ]
