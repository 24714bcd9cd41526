"""The payment server and one attempt: it decides once, signs, and repeats what it signed (claims 1, 9; SET's gateway).

There is one machine for each key of an attempt, and no other rule of uniqueness is needed. The debit and the log
entry are one step, with the account's machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.links import role_of
from payrelay.language.messages import Input, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Hash, Sealed, Symbol
from payrelay.model.data import (
    CURRENT,
    DualSignature,
    PaymentInstruction,
    ProcKey,
    Receipt,
    is_signed,
    opened,
    signed,
)
from payrelay.model.messages.internal import Debit
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    AuthorizationRequest,
    AuthorizationResponse,
    SettlementStatus,
    SettlementStatusInquiry,
    VoidingInquiry,
    VoidingResponse,
)
from payrelay.model.occurrences import ReceiptSigned


@dataclass(frozen=True)
class PaymentIdentity:
    """What is fixed when an attempt's key is first heard of."""

    payment_server: str
    proc_key: ProcKey
    auth_code: Symbol
    security: str


@dataclass(frozen=True)
class PaymentData:
    """What the payment server knows of one attempt."""

    identity: PaymentIdentity
    request: AuthorizationRequest | None = None
    receipt: Any = None


def is_from_shop(data: PaymentData, message: Input) -> bool:
    """The shop of the key, and nobody else: or anybody could spoil a key. The relay may ask, and change nothing."""
    match message:
        case AuthorizationRequest() | VoidingInquiry():
            return message.sender == data.identity.proc_key.shop and message.proc_key == data.identity.proc_key
        case SettlementStatusInquiry():
            return role_of(message.sender) == "relay" and message.proc_key == data.identity.proc_key
    return True


def _instruction(data: PaymentData, message: AuthorizationRequest) -> PaymentInstruction | None:
    """The instruction, if it is one and this payment server can open it."""
    is_own = not isinstance(message.instruction, Sealed) or message.instruction.to == data.identity.payment_server
    instruction = opened(message.instruction) if is_own else None
    return instruction if isinstance(instruction, PaymentInstruction) else None


def is_in_order(data: PaymentData, message: AuthorizationRequest) -> bool:
    """Instruction, dual signature and order agree about everything, and nothing has expired."""
    identity = data.identity
    instruction, dual = _instruction(data, message), opened(message.dual_signature)
    return (
        instruction is not None
        and isinstance(dual, DualSignature)
        and _is_signed_by_wallet(message, identity.security)
        and instruction.proc_key == dual.proc_key == message.proc_key
        and instruction.amount == dual.amount == message.amount
        and instruction.order_digest == message.order_digest
        and instruction.order_info_hash == dual.order_info_hash == message.order_info_hash
        and dual.instruction_hash == Hash(message.instruction)
        and dual.payment_server == identity.payment_server
        and message.validity == CURRENT
    )


def _is_signed_by_wallet(message: AuthorizationRequest, security: str) -> bool:
    signer = getattr(message.dual_signature, "by", "")
    return is_signed(message.dual_signature, signer, security)


def is_approvable(data: PaymentData, message: AuthorizationRequest) -> bool:
    """Everything is in order, and the issuer approves."""
    return is_in_order(data, message) and message.issuer == "approves"


def is_declinable(data: PaymentData, message: AuthorizationRequest) -> bool:
    """Everything is in order, and the issuer declines."""
    return is_in_order(data, message) and message.issuer != "approves"


def is_same_request(data: PaymentData, message: AuthorizationRequest) -> bool:
    """The same request once more; what the clock or the issuer would say now does not matter any more."""
    return data.request == _as_sent(message)


def _as_sent(message: AuthorizationRequest) -> AuthorizationRequest:
    return replace(message, validity=CURRENT, issuer="approves")


def _sign(
    data: PaymentData, message: AuthorizationRequest | VoidingInquiry, outcome: str, code: str = ""
) -> PaymentData:
    identity = data.identity
    receipt = Receipt(identity.proc_key, message.amount, outcome, code)
    request = _as_sent(message) if isinstance(message, AuthorizationRequest) else None
    return replace(data, receipt=signed(identity.payment_server, receipt, identity.security), request=request)


def _signed(message: AuthorizationRequest | VoidingInquiry, outcome: str) -> ReceiptSigned:
    return ReceiptSigned(message.proc_key, outcome, message.amount)


def approve(data: PaymentData, message: AuthorizationRequest) -> Effect:
    """Debit the account and sign, in one step."""
    after, sends = respond(_sign(data, message, "approved"), message)
    debit = Debit(proc_key=message.proc_key, amount=message.amount, order_digest=message.order_digest)
    return after, (Tell("account", debit), _signed(message, "approved"), *sends)


def decline(data: PaymentData, message: AuthorizationRequest) -> Effect:
    """Sign that the issuer declined."""
    after, sends = respond(_sign(data, message, "declined"), message)
    return after, (_signed(message, "declined"), *sends)


def reject(data: PaymentData, message: AuthorizationRequest) -> Effect:
    """Sign that the request is not in order."""
    after, sends = respond(_sign(data, message, "rejected", _defect(data, message)), message)
    return after, (_signed(message, "rejected"), *sends)


def _defect(data: PaymentData, message: AuthorizationRequest) -> str:
    instruction = _instruction(data, message)
    if message.validity != CURRENT:
        return "EXPIRED"
    if instruction is not None and instruction.proc_key != message.proc_key:
        return "INSTRUCTION_REPLAY"
    return "MISMATCH"


def respond(data: PaymentData, message: AuthorizationRequest) -> Effect:
    """Send what was signed."""
    receipt = opened(data.receipt)
    assert isinstance(receipt, Receipt)
    code = data.identity.auth_code if receipt.outcome == "approved" else None
    response = AuthorizationResponse(proc_key=data.identity.proc_key, receipt=data.receipt, auth_code=code)
    return data, (Send(message.sender, response),)


def report_conflict(data: PaymentData, message: AuthorizationRequest) -> Effect:
    """Say that the key was used for another request. Nothing changes."""
    return data, (Send(message.sender, AuthorizationConflict(proc_key=data.identity.proc_key)),)


def make_void(data: PaymentData, message: VoidingInquiry) -> Effect:
    """Sign that nothing came of it, and let nothing come of it."""
    after, sends = respond_voiding(_sign(data, message, "void"), message)
    return after, (_signed(message, "void"), *sends)


def respond_voiding(data: PaymentData, message: VoidingInquiry) -> Effect:
    """Send what was signed."""
    return data, (Send(message.sender, VoidingResponse(proc_key=data.identity.proc_key, receipt=data.receipt)),)


def tell_status(data: PaymentData, message: SettlementStatusInquiry) -> Effect:
    """Say what was signed, or that nothing was yet. Nothing changes (claim 8)."""
    return data, (Send(message.sender, SettlementStatus(proc_key=data.identity.proc_key, receipt=data.receipt)),)


class PaymentAuthorization(Role):
    """Decides one attempt, once."""

    new = State(initial=True)
    approved = State()
    declined = State()
    rejected = State()
    void = State()

    authorization_request = (
        new.to(approved, cond=is_approvable, on=approve)
        | new.to(declined, cond=is_declinable, on=decline)
        | new.to(rejected, unless=is_in_order, on=reject)
        | stay(approved, declined, rejected, cond=is_same_request, on=respond)
        | stay(approved, declined, rejected, unless=is_same_request, on=report_conflict)
        | stay(void, on=respond)
    )
    voiding_inquiry = new.to(void, on=make_void) | stay(approved, declined, rejected, void, on=respond_voiding)
    settlement_status_inquiry = stay(new, approved, declined, rejected, void, on=tell_status)

    inputs = (AuthorizationRequest, VoidingInquiry, SettlementStatusInquiry, Restart)
    correlation = staticmethod(is_from_shop)
    ended = (approved, declined, rejected, void)
    ignored = (ignore(Restart, reason="every decision is durable"),)
