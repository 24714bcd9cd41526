"""An order at the shop: a frozen cart that is paid once, by one attempt at a time (claims 1, 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrelay.language.links import role_of
from payrelay.language.messages import Input, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Symbol
from payrelay.model.data import OrderTerms
from payrelay.model.messages.internal import (
    AttemptOpened,
    AttemptPaid,
    AttemptPending,
    AttemptRefused,
    RefuseAttempt,
    Superseded,
)
from payrelay.model.messages.purchase import ForwardedProcedureRequest, OrderAck, OrderPlace
from payrelay.model.occurrences import OrderFrozen
from payrelay.model.timers import ORDER_EXPIRY


@dataclass(frozen=True)
class OrderData:
    """What the shop knows of an order."""

    relay: str
    terms: OrderTerms
    attempts: tuple[tuple[Symbol, str], ...]
    """The machine of each attempt that can be, by the relay's transaction."""
    opened: tuple[str, ...] = ()
    """The attempts that were opened; the last is the current one."""
    order_nonce: Symbol | None = None
    cart: str = ""

    def attempt(self, message: ForwardedProcedureRequest) -> str:
        """The machine of the attempt that a request names."""
        return dict(self.attempts)[message.relay_txn]


def is_from_bound_party(data: OrderData, message: Input) -> bool:
    """Only the relay asks for attempts, for this order, by a transaction that the shop knows; terminals order."""
    match message:
        case ForwardedProcedureRequest():
            known = message.relay_txn in dict(data.attempts)
            return message.sender == data.relay and message.order_ref == data.terms.order_ref and known
        case OrderPlace():
            return role_of(message.sender) == "terminal"
    return True


def is_same_order(data: OrderData, message: OrderPlace) -> bool:
    """The same order once more."""
    return (data.order_nonce, data.cart) == (message.order_nonce, message.cart)


def is_opened(data: OrderData, message: ForwardedProcedureRequest) -> bool:
    """The attempt exists."""
    return data.attempt(message) in data.opened


def freeze(data: OrderData, message: OrderPlace) -> Effect:
    """Freeze the cart, durably, and say how it can be paid. No payment information goes this way (claim 3)."""
    after, ack = acknowledge(replace(data, order_nonce=message.order_nonce, cart=message.cart), message)
    return after, (OrderFrozen(data.terms.order_ref, data.terms.total), *ack)


def acknowledge(data: OrderData, message: OrderPlace) -> Effect:
    """Say how the order can be paid."""
    ack = OrderAck(order_nonce=message.order_nonce, order_ref=data.terms.order_ref, total=data.terms.total)
    return data, (Send(message.sender, ack),)


def offer_terms(data: OrderData, message: ForwardedProcedureRequest) -> Effect:
    """Give the order's terms to the attempt that is asked for."""
    return data, (Tell(data.attempt(message), replace(message, terms=data.terms)),)


def make_current(data: OrderData, message: AttemptOpened) -> Effect:
    """Let the newest attempt be the current one, in place of the one before."""
    older = tuple(attempt for attempt in data.opened if attempt != message.attempt)
    superseded = tuple(Tell(attempt, Superseded()) for attempt in older[-1:])
    return replace(data, opened=(*older, message.attempt)), superseded


def _refuse(data: OrderData, message: ForwardedProcedureRequest, reason: str) -> Effect:
    refusal = RefuseAttempt(relay_txn=message.relay_txn, relay=message.sender, reason=reason)
    return data, (Tell(data.attempt(message), refusal),)


def refuse_unknown(data: OrderData, message: ForwardedProcedureRequest) -> Effect:
    """There is no such order."""
    return _refuse(data, message, "UNKNOWN_ORDER")


def refuse_expired(data: OrderData, message: ForwardedProcedureRequest) -> Effect:
    """The order has expired."""
    return _refuse(data, message, "ORDER_EXPIRED")


def refuse_in_payment(data: OrderData, message: ForwardedProcedureRequest) -> Effect:
    """An attempt is being paid: no other may begin."""
    return _refuse(data, message, "IN_PAYMENT")


def refuse_paid(data: OrderData, message: ForwardedProcedureRequest) -> Effect:
    """The order is paid."""
    return _refuse(data, message, "ALREADY_PAID")


def expire(data: OrderData, message: Input) -> Effect:
    """Cancel the current attempt, which has not been sent to the payment server."""
    return data, tuple(Tell(attempt, Superseded()) for attempt in data.opened[-1:])


class ShopOrder(Role):
    """Is placed, paid once, or expires."""

    cart = State(initial=True)
    payable = State()
    in_payment = State()
    paid = State()
    expired = State()

    order_place = cart.to(payable, on=freeze) | stay(
        payable, in_payment, paid, expired, cond=is_same_order, on=acknowledge
    )
    forwarded_procedure_request = (
        stay(payable, on=offer_terms)
        | stay(cart, in_payment, paid, expired, cond=is_opened, on=offer_terms)
        | stay(cart, unless=is_opened, on=refuse_unknown)
        | stay(expired, unless=is_opened, on=refuse_expired)
        | stay(in_payment, unless=is_opened, on=refuse_in_payment)
        | stay(paid, unless=is_opened, on=refuse_paid)
    )
    attempt_opened = stay(payable, on=make_current)
    attempt_pending = payable.to(in_payment)
    attempt_refused = in_payment.to(payable)
    attempt_paid = in_payment.to(paid)
    order_expiry = payable.to(expired, on=expire)

    inputs = (
        OrderPlace,
        ForwardedProcedureRequest,
        AttemptOpened,
        AttemptPending,
        AttemptRefused,
        AttemptPaid,
        Restart,
    )
    timers = (ORDER_EXPIRY.name,)
    correlation = staticmethod(is_from_bound_party)
    ended = (paid, expired)
    ignored = (
        ignore(Restart, reason="an order is durable"),
        ignore(
            OrderPlace,
            states=(payable, in_payment, paid, expired),
            reason="another cart is another order; this one is frozen",
        ),
    )
