"""A wallet server during one procedure (claims 1, 5, 9, 15, 16; SET's cardholder).

Its point of no return is the log entry before it requests payment: from then on it says only what the payment
server signed, and until then it is silent or refuses. It makes no negative statement without a receipt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Input, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Hash, Sealed, Symbol
from payrelay.model.data import (
    CURRENT,
    AuthInfo,
    Confirmable,
    ConfirmInfo,
    DualSignature,
    OrderInfo,
    PaymentInfo,
    PaymentInstruction,
    Receipt,
    is_receipt_for,
    is_signed,
    opened,
    sealed,
    signed,
)
from payrelay.model.messages.internal import KeyUsed
from payrelay.model.messages.purchase import (
    CancelAck,
    ConfirmInfoMessage,
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    PaymentRequest,
    PaymentResponse,
    ProcedureAbort,
    ResultInfo,
    WalletRefusal,
    WalletReject,
)
from payrelay.model.timers import INFO_EXPIRY, RETRY_TIME


@dataclass(frozen=True)
class WalletIdentity:
    """What is fixed when a transaction is first heard of."""

    wallet: str
    relay: str
    relay_txn: Symbol
    nonce: Symbol
    brands: tuple[str, ...]
    instrument_label: str
    security: str


@dataclass(frozen=True)
class WalletData:
    """What a wallet knows of one transaction of the relay."""

    identity: WalletIdentity
    payment_info: Any = None
    enrolment: AuthInfo | None = None
    request: PaymentRequest | None = None
    """Logged before it is sent: encryption is randomised, it could not be built again."""
    outcome: str = ""
    receipt: Any = None

    @property
    def info(self) -> PaymentInfo:
        """The payment information itself."""
        info = opened(self.payment_info)
        assert isinstance(info, PaymentInfo)
        return info


def is_from_bound_party(data: WalletData, message: Input) -> bool:
    """The relay that opened the transaction, or the shop of its payment information."""
    match message:
        case ForwardedPaymentInfo() | ForwardedPaymentProcessingRequest() | ForwardedCancel():
            return message.sender == data.identity.relay and message.relay_txn == data.identity.relay_txn
        case PaymentResponse():
            return (
                data.payment_info is not None
                and message.sender == data.info.proc_key.shop
                and message.proc_key == data.info.proc_key
            )
    return True


def is_payable(data: WalletData, message: ForwardedPaymentInfo) -> bool:
    """The user is enrolled, the shop signed it, its brand is known, its key is unused, and it is current."""
    info = opened(message.payment_info)
    return (
        isinstance(info, PaymentInfo)
        and is_signed(message.payment_info, info.proc_key.shop, data.identity.security)
        and message.enrolment is not None
        and message.unseen
        and bool(frozenset(info.brands) & frozenset(data.identity.brands))
        and message.validity == CURRENT
    )


def is_same_info(data: WalletData, message: ForwardedPaymentInfo) -> bool:
    """The same payment information once more."""
    return bool(message.payment_info == data.payment_info)


def is_consent_to_own(data: WalletData, message: ForwardedPaymentProcessingRequest) -> bool:
    """The user consents to what this wallet is about to pay, and proves to be the user."""
    identity, info = data.identity, data.info
    consent = message.consent
    is_own = consent.shown == Confirmable(info.proc_key, info.amount, info.payee_name, identity.wallet)
    return is_own and (identity.security != "hardened" or _is_proof(data, consent.user_auth))


def _is_proof(data: WalletData, user_auth: Sealed | None) -> bool:
    """It is what the user told the authority."""
    assert data.enrolment is not None
    return user_auth is not None and user_auth == data.enrolment.user_auth


def is_current(data: WalletData, message: ForwardedPaymentProcessingRequest) -> bool:
    """The payment information has not expired."""
    return message.validity == CURRENT


def is_receipt_true(data: WalletData, message: PaymentResponse) -> bool:
    """The payment server speaks of this attempt and this amount, whatever it says."""
    return is_receipt_for(data.info, message.receipt, data.identity.security)


def was_cancelled(data: WalletData, message: Input) -> bool:
    """The transaction ended because it was cancelled."""
    return data.outcome == "cancelled"


def _to_relay(data: WalletData, message: Any) -> Send:
    return Send(data.identity.relay, message)


def _abort(data: WalletData) -> Send:
    info = data.info
    return Send(info.proc_key.shop, ProcedureAbort(order_ref=info.order_ref, proc_key=info.proc_key))


def ask_to_confirm(data: WalletData, message: ForwardedPaymentInfo) -> Effect:
    """Answer with confirming information, based on the payment information (claim 5)."""
    after = replace(data, payment_info=message.payment_info, enrolment=message.enrolment)
    return confirm_again(after, message)


def confirm_again(data: WalletData, message: ForwardedPaymentInfo) -> Effect:
    """Answer with the same confirming information."""
    info, identity = data.info, data.identity
    confirm = ConfirmInfo(
        info.proc_key,
        info.amount,
        info.payee_name,
        identity.instrument_label,
        Hash(data.payment_info),
        identity.nonce,
    )
    signed_info = signed(identity.wallet, confirm, identity.security)
    return data, (_to_relay(data, ConfirmInfoMessage(relay_txn=identity.relay_txn, confirm_info=signed_info)),)


def reject(data: WalletData, message: ForwardedPaymentInfo) -> Effect:
    """Refuse to pay this."""
    reason = "NOT_ENROLLED" if message.enrolment is None else "NOT_PAYABLE"
    return data, (_to_relay(data, WalletReject(relay_txn=data.identity.relay_txn, reason=reason)),)


def request_payment(data: WalletData, message: ForwardedPaymentProcessingRequest) -> Effect:
    """Request payment of the payment server, through the shop (claim 1; SET's purchase request)."""
    info, identity = data.info, data.identity
    assert data.enrolment is not None
    order_info = OrderInfo(info.proc_key, info.order_ref, info.order_digest, info.shop_nonce, identity.nonce)
    order_hash = Hash(order_info)
    instruction = sealed(
        info.payment_server,
        PaymentInstruction(info.proc_key, info.amount, info.order_digest, order_hash, data.enrolment.account),
        identity.security,
    )
    dual = DualSignature(order_hash, Hash(instruction), info.payment_server, info.proc_key, info.amount)
    request = PaymentRequest(
        proc_key=info.proc_key,
        order_info=order_info,
        instruction=instruction,
        dual_signature=signed(identity.wallet, dual, identity.security),
        certificate=data.enrolment.certificate,
    )
    used = Tell("enrolment", KeyUsed(proc_key=info.proc_key, relay_txn=identity.relay_txn))
    return replace(data, request=request), (used, Send(info.proc_key.shop, request))


def refuse_consent(data: WalletData, message: ForwardedPaymentProcessingRequest) -> Effect:
    """Refuse: the consent is to something else, or comes too late. The shop need not wait."""
    after = replace(data, outcome="expired" if is_consent_to_own(data, message) else "failed")
    effect, refusal = say_refused(after, message)
    return effect, (*refusal, _abort(data))


def acknowledge_cancel(data: WalletData, message: ForwardedCancel) -> Effect:
    """Cancel for good, and tell the shop."""
    after, ack = say_cancelled(replace(data, outcome="cancelled"), message)
    return after, (*ack, _abort(data))


def expire(data: WalletData, message: Input) -> Effect:
    """The payment information has expired before the user's consent came."""
    return replace(data, outcome="expired"), (_abort(data),)


def remember_cancel(data: WalletData, message: ForwardedCancel) -> Effect:
    """Cancel what has not arrived yet: a late original finds the tombstone."""
    return say_cancelled(replace(data, outcome="cancelled"), message)


def refuse_unknown(data: WalletData, message: ForwardedPaymentProcessingRequest) -> Effect:
    """Refuse what was forgotten in a restart: nothing was requested for it, and nothing will be."""
    return say_refused(replace(data, outcome="failed"), message)


def say_cancelled(data: WalletData, message: Input) -> Effect:
    """Say that it is cancelled for good."""
    return data, (_to_relay(data, CancelAck(relay_txn=data.identity.relay_txn)),)


def say_refused(data: WalletData, message: Input) -> Effect:
    """Say how it ended without a request for payment."""
    return data, (_to_relay(data, WalletRefusal(relay_txn=data.identity.relay_txn, outcome=data.outcome)),)


def bring_result(data: WalletData, message: PaymentResponse) -> Effect:
    """Bring what the payment server signed (claim 9)."""
    receipt = opened(message.receipt)
    assert isinstance(receipt, Receipt)
    return say_result(replace(data, outcome=receipt.outcome, receipt=message.receipt), message)


def say_result(data: WalletData, message: Input) -> Effect:
    """Say what the payment server signed."""
    return data, (_to_relay(data, ResultInfo(relay_txn=data.identity.relay_txn, receipt=data.receipt)),)


def request_again(data: WalletData, message: Input) -> Effect:
    """Send the request once more, the same bytes."""
    assert data.request is not None
    return data, (Send(data.info.proc_key.shop, data.request),)


def forget(data: WalletData, message: Restart) -> Effect:
    """Forget the transaction: nothing of it was promised to anybody."""
    return WalletData(data.identity), ()


class WalletProcedure(Role):
    """Asks for consent, requests payment, brings the result."""

    idle = State(initial=True)
    await_consent = State()
    requested = State()
    done = State()
    cancelled = State()
    rejected = State()

    forwarded_payment_info = (
        idle.to(await_consent, cond=is_payable, on=ask_to_confirm)
        | idle.to(rejected, unless=is_payable, on=reject)
        | stay(await_consent, cond=is_same_info, on=confirm_again)
        | stay(cancelled, rejected, on=reject)
    )
    forwarded_payment_processing_request = (
        await_consent.to(requested, cond=[is_consent_to_own, is_current], on=request_payment)
        | await_consent.to(cancelled, cond=is_consent_to_own, unless=is_current, on=refuse_consent)
        | await_consent.to(cancelled, unless=is_consent_to_own, on=refuse_consent)
        | idle.to(cancelled, on=refuse_unknown)
        | stay(done, on=say_result)
        | stay(cancelled, unless=was_cancelled, on=say_refused)
    )
    forwarded_cancel = (
        await_consent.to(cancelled, on=acknowledge_cancel)
        | idle.to(cancelled, on=remember_cancel)
        | stay(done, on=say_result)
        | stay(cancelled, cond=was_cancelled, on=say_cancelled)
        | stay(cancelled, unless=was_cancelled, on=say_refused)
    )
    info_expiry = await_consent.to(cancelled, on=expire)

    # After the point of no return.
    payment_response = requested.to(done, cond=is_receipt_true, on=bring_result)
    retry_time = stay(requested, on=request_again)

    restart = await_consent.to(idle, on=forget) | rejected.to(idle, on=forget)

    inputs = (
        ForwardedPaymentInfo,
        ForwardedPaymentProcessingRequest,
        ForwardedCancel,
        PaymentResponse,
        Restart,
    )
    timers = (INFO_EXPIRY.name, RETRY_TIME.name)
    correlation = staticmethod(is_from_bound_party)
    ended = (done, cancelled, rejected)
    ignored = (
        ignore(
            Restart, states=(idle, requested, done, cancelled), reason="the state is durable, or nothing is known yet"
        ),
        ignore(ForwardedPaymentInfo, states=(await_consent,), reason="the key is in use for another payment"),
        ignore(ForwardedPaymentInfo, states=(requested, done), reason="a repeated one: the user has consented"),
        ignore(
            ForwardedPaymentProcessingRequest,
            ForwardedCancel,
            states=(requested,),
            reason="the wallet is silent until it knows what the payment server signed",
        ),
        ignore(
            ForwardedPaymentProcessingRequest,
            ForwardedCancel,
            states=(cancelled, rejected),
            reason="it is over, and the relay was told so",
        ),
        ignore(
            PaymentResponse, states=(requested,), reason="it is not what the payment server signed for this attempt"
        ),
        ignore(PaymentResponse, states=(done,), reason="a repeated answer"),
    )
