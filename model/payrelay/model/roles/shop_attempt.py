"""One attempt to pay an order, at the shop (claims 1, 9; SET's merchant).

Its point of no return is the log entry before the payment server is asked: from then on only a receipt ends it. A
cancelled attempt is never sent to be authorised; a wallet that has consented all the same gets the payment server's
word that it is void.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Input, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Hash, Symbol
from payrelay.model.data import (
    CURRENT,
    DualSignature,
    OrderInfo,
    OrderTerms,
    PaymentInfo,
    ProcKey,
    Receipt,
    is_receipt_for,
    is_signed,
    opened,
    signed,
)
from payrelay.model.messages.internal import (
    AttemptOpened,
    AttemptPaid,
    AttemptPending,
    AttemptRefused,
    RefuseAttempt,
    Superseded,
)
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    AuthorizationRequest,
    AuthorizationResponse,
    ForwardedProcedureRequest,
    PaymentInfoMessage,
    PaymentRequest,
    PaymentResponse,
    ProcedureAbort,
    ProcedureReject,
    VoidingInquiry,
    VoidingResponse,
)
from payrelay.model.timers import INFO_EXPIRY, RETRY_TIME


@dataclass(frozen=True)
class AttemptIdentity:
    """What is fixed when an attempt is first heard of."""

    shop: str
    relay: str
    relay_txn: Symbol
    machine: str
    order: str
    """The order's machine."""
    proc_key: ProcKey
    shop_nonce: Symbol
    pay_url: Symbol
    brands: tuple[str, ...]
    payment_server: str
    security: str


@dataclass(frozen=True)
class AttemptData:
    """What the shop knows of one attempt."""

    identity: AttemptIdentity
    terms: OrderTerms | None = None
    request: PaymentRequest | None = None
    """The wallet's request, as it was accepted."""
    receipt: Any = None
    auth_code: Symbol | None = None

    @property
    def info(self) -> PaymentInfo:
        """The payment information of this attempt."""
        identity, terms = self.identity, self.terms
        assert terms is not None
        return PaymentInfo(
            proc_key=identity.proc_key,
            payee_name=terms.payee_name,
            order_ref=terms.order_ref,
            relay_txn=identity.relay_txn,
            amount=terms.total,
            order_digest=terms.digest,
            brands=identity.brands,
            payment_server=identity.payment_server,
            pay_url=identity.pay_url,
            shop_nonce=identity.shop_nonce,
        )


def is_from_bound_party(data: AttemptData, message: Input) -> bool:
    """The relay that opened it, the payment server it named, or a wallet that has its key."""
    identity = data.identity
    match message:
        case ForwardedProcedureRequest():
            return (message.sender, message.relay_txn) == (identity.relay, identity.relay_txn)
        case AuthorizationResponse() | AuthorizationConflict() | VoidingResponse():
            return (message.sender, message.proc_key) == (identity.payment_server, identity.proc_key)
        case ProcedureAbort(relay_txn=None):
            return message.proc_key == identity.proc_key
        case ProcedureAbort():
            return (message.sender, message.relay_txn) == (identity.relay, identity.relay_txn)
        case PaymentRequest():
            return message.proc_key == identity.proc_key
    return True


def is_by_wallet(data: AttemptData, message: PaymentRequest) -> bool:
    """The dual signature is good: it ties this order information to this instruction, by the wallet that sends it."""
    dual = opened(message.dual_signature)
    return (
        isinstance(dual, DualSignature)
        and is_signed(message.dual_signature, message.sender, data.identity.security)
        and dual.order_info_hash == Hash(message.order_info)
        and dual.instruction_hash == Hash(message.instruction)
    )


def is_for_this_order(data: AttemptData, message: PaymentRequest) -> bool:
    """Dual signature, order information, digest and amount are those of this attempt, and it is current."""
    dual, info = opened(message.dual_signature), data.info
    return (
        is_by_wallet(data, message)
        and isinstance(dual, DualSignature)
        and _names_order(message.order_info, info)
        and (dual.proc_key, dual.amount, dual.payment_server) == (info.proc_key, info.amount, info.payment_server)
        and message.validity == CURRENT
    )


def _names_order(order_info: OrderInfo, info: PaymentInfo) -> bool:
    return (order_info.proc_key, order_info.order_ref, order_info.order_digest, order_info.shop_nonce) == (
        info.proc_key,
        info.order_ref,
        info.order_digest,
        info.shop_nonce,
    )


def is_same_request(data: AttemptData, message: PaymentRequest) -> bool:
    """The same request once more; whether it is still current does not matter any more."""
    return data.request == _as_sent(message)


def _as_sent(message: PaymentRequest) -> PaymentRequest:
    return replace(message, validity=CURRENT)


def _is_receipt_true(data: AttemptData, message: AuthorizationResponse | VoidingResponse) -> bool:
    return is_receipt_for(data.info, message.receipt, data.identity.security)


def _outcome(message: AuthorizationResponse | VoidingResponse) -> str:
    receipt = opened(message.receipt)
    return receipt.outcome if isinstance(receipt, Receipt) else ""


def is_approved(data: AttemptData, message: AuthorizationResponse) -> bool:
    """The payment server has taken the money."""
    return _is_receipt_true(data, message) and _outcome(message) == "approved"


def is_refused(data: AttemptData, message: AuthorizationResponse) -> bool:
    """The payment server has decided otherwise."""
    return _is_receipt_true(data, message) and _outcome(message) != "approved"


def is_voided(data: AttemptData, message: VoidingResponse) -> bool:
    """The payment server was asked, and has made sure that nothing comes of it."""
    return data.request is not None and _is_receipt_true(data, message) and _outcome(message) == "void"


def open_attempt(data: AttemptData, message: ForwardedProcedureRequest) -> Effect:
    """Begin the attempt and produce its payment information (claim 1)."""
    after, sends = send_info(replace(data, terms=message.terms), message)
    return after, (Tell(data.identity.order, AttemptOpened(attempt=data.identity.machine)), *sends)


def send_info(data: AttemptData, message: ForwardedProcedureRequest) -> Effect:
    """Send the payment information, always the same."""
    identity = data.identity
    info = signed(identity.shop, data.info, identity.security)
    return data, (Send(identity.relay, PaymentInfoMessage(relay_txn=identity.relay_txn, payment_info=info)),)


def say_refused(data: AttemptData, message: RefuseAttempt) -> Effect:
    """Say why no attempt can begin."""
    return data, (Send(message.relay, ProcedureReject(relay_txn=message.relay_txn, reason=message.reason)),)


def authorize(data: AttemptData, message: PaymentRequest) -> Effect:
    """Ask the payment server (claim 1; SET's authorisation request)."""
    after, sends = authorize_again(replace(data, request=_as_sent(message)), message)
    return after, (Tell(data.identity.order, AttemptPending()), *sends)


def authorize_again(data: AttemptData, message: Input) -> Effect:
    """Ask the payment server, always with the same bytes."""
    request, info = data.request, data.info
    assert request is not None
    authorization = AuthorizationRequest(
        proc_key=info.proc_key,
        amount=info.amount,
        order_info_hash=Hash(request.order_info),
        order_digest=info.order_digest,
        instruction=request.instruction,
        dual_signature=request.dual_signature,
    )
    return data, (Send(info.payment_server, authorization),)


def inquire_voiding(data: AttemptData, message: PaymentRequest) -> Effect:
    """Have the payment server make sure that nothing comes of this cancelled attempt."""
    inquiry = VoidingInquiry(proc_key=data.info.proc_key, amount=data.info.amount)
    request = data.request or _as_sent(message)  # the answer is for the wallet that asked first
    return replace(data, request=request), (Send(data.identity.payment_server, inquiry),)


def release_goods(data: AttemptData, message: AuthorizationResponse) -> Effect:
    """Tell the wallet, and release the goods."""
    after, sends = _decide(data, message, message.auth_code)
    return after, (Tell(data.identity.order, AttemptPaid()), *sends)


def pass_on_refusal(data: AttemptData, message: AuthorizationResponse) -> Effect:
    """Tell the wallet what the payment server decided."""
    after, sends = _decide(data, message, message.auth_code)
    return after, (Tell(data.identity.order, AttemptRefused()), *sends)


def pass_on_void(data: AttemptData, message: VoidingResponse) -> Effect:
    """Tell the wallet that nothing will come of it, signed by the payment server."""
    return _decide(data, message, None)


def _decide(data: AttemptData, message: AuthorizationResponse | VoidingResponse, auth_code: Symbol | None) -> Effect:
    return respond(replace(data, receipt=message.receipt, auth_code=auth_code), message)


def respond(data: AttemptData, message: Input) -> Effect:
    """Tell the wallet what the payment server signed."""
    assert data.request is not None
    response = PaymentResponse(proc_key=data.info.proc_key, receipt=data.receipt, auth_code=data.auth_code)
    return data, (Send(data.request.sender, response),)


class ShopAttempt(Role):
    """Informs, passes on, and is paid, refused or cancelled."""

    idle = State(initial=True)
    aborted = State()
    info_sent = State()
    pending = State()
    paid = State()
    refused = State()
    cancelled = State()

    forwarded_procedure_request = idle.to(info_sent, on=open_attempt) | stay(info_sent, on=send_info)
    refuse_attempt = stay(idle, on=say_refused)
    procedure_abort = idle.to(aborted) | info_sent.to(cancelled)
    superseded = info_sent.to(cancelled)
    info_expiry = info_sent.to(cancelled)
    payment_request = (
        info_sent.to(pending, cond=is_for_this_order, on=authorize)
        | info_sent.to(cancelled, cond=is_by_wallet, unless=is_for_this_order, on=inquire_voiding)
        | stay(paid, refused, cond=is_same_request, on=respond)
        | stay(cancelled, cond=is_by_wallet, on=inquire_voiding)
    )

    # After the point of no return.
    authorization_response = pending.to(paid, cond=is_approved, on=release_goods) | pending.to(
        refused, cond=is_refused, on=pass_on_refusal
    )
    voiding_response = cancelled.to(refused, cond=is_voided, on=pass_on_void)
    retry_time = stay(pending, on=authorize_again)

    inputs = (
        ForwardedProcedureRequest,
        RefuseAttempt,
        ProcedureAbort,
        Superseded,
        PaymentRequest,
        AuthorizationResponse,
        AuthorizationConflict,
        VoidingResponse,
        Restart,
    )
    timers = (INFO_EXPIRY.name, RETRY_TIME.name)
    correlation = staticmethod(is_from_bound_party)
    ended = (aborted, paid, refused, cancelled)
    ignored = (
        ignore(Restart, reason="an attempt is durable"),
        ignore(AuthorizationConflict, reason="it is no receipt: it says nothing about money"),
        ignore(
            ForwardedProcedureRequest,
            states=(aborted, pending, paid, refused, cancelled),
            reason="the attempt is further, or over; its payment information would be of no use",
        ),
        ignore(
            ProcedureAbort,
            states=(aborted, pending, paid, refused, cancelled),
            reason="too late: from the point of no return only a receipt ends an attempt; or it is over",
        ),
        ignore(RefuseAttempt, states=(aborted,), reason="the relay has given it up already"),
        ignore(Superseded, states=(refused, cancelled), reason="the attempt is over"),
        ignore(PaymentRequest, states=(pending,), reason="it has been passed on; the answer will come"),
        ignore(
            PaymentRequest,
            states=(info_sent, paid, refused, cancelled),
            reason="it is not signed by the wallet that sends it, or not the request that was accepted",
        ),
        ignore(
            AuthorizationResponse,
            states=(pending,),
            reason="it is not what the payment server signed for this attempt",
        ),
        ignore(AuthorizationResponse, states=(paid, refused), reason="a repeated answer"),
        ignore(
            VoidingResponse, states=(cancelled,), reason="it was not asked for, or is no word that nothing comes of it"
        ),
        ignore(VoidingResponse, states=(refused,), reason="a repeated answer"),
    )
