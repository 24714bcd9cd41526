"""How a browser comes from the shop to the relay: a link that names the order, and a page that opens the procedure.

The page is the relay's own. All that it needs is a form with the button `open` and the envelope of the request.
"""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

from payrelay.language.terms import Symbol
from payrelay.model.data import OrderRef
from payrelay.model.links import TERMINAL_EDGE
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.wire import symbols
from payrelay.wire.endpoints import PREFIX
from payrelay.wire.envelopes import envelope_of_opening
from payrelay.wire.exchange import Request
from payrelay.wire.keyring import Keyring
from payrelay.wire.messages import write
from payrelay.wire.problem_documents import Problem

PATH = f"{PREFIX}/{TERMINAL_EDGE.name}/start"
METHOD = "GET"


def start_target(order: OrderRef) -> str:
    """Where the shop sends a browser that wants to pay an order: below the relay's URL of its link terminal_edge."""
    return f"{PATH}?{urlencode({'shop': order.shop, 'order': order.order.name})}"


def order_in(request: Request) -> OrderRef | Problem:
    """The order that a browser comes with."""
    if request.path != PATH:
        return Problem("not-found", "no browser begins here")
    if request.method != METHOD:
        return Problem("method-not-allowed", f"expected {METHOD}", headers=(("allow", METHOD),))
    shop, order = request.query.get("shop", ""), request.query.get("order", "")
    if not symbols.is_party(shop):
        return Problem("malformed", "expected the name of a shop in `shop`")
    if not symbols.is_name("order_ref", order):
        return Problem("malformed", "expected an identifier in `order`")
    return OrderRef(shop, Symbol("order_ref", order))


def opening_envelope(opening: ProcedureRequest | RegistrationRequest, keyring: Keyring, charset: str = "utf-8") -> str:
    """The envelope of a page whose action `open` makes this request; its session comes from the browser's cookie."""
    return envelope_of_opening(json.loads(write(opening, replace(keyring, party=opening.sender))), charset)
