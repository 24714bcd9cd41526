"""The enrolment store of a wallet server, for one user: the authentication information that it has (claims 1, 12, 14).

Everything in it is durable. Payment information for the user passes through it to its transaction, with what the
wallet holds of the user; no transaction may use an attempt's key that another one has used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Input, Message, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Symbol
from payrelay.model.data import AuthInfo, PaymentInfo, ProcKey, is_signed, opened
from payrelay.model.messages.internal import KeyUsed
from payrelay.model.messages.purchase import ForwardedPaymentInfo, WalletOffer, WalletQuery
from payrelay.model.messages.registration import (
    AuthInfoStored,
    EnrolmentKeyRequest,
    EnrolmentKeyResponse,
    ForwardedAuthenticationInfo,
)
from payrelay.model.occurrences import AuthInfoHeld


@dataclass(frozen=True)
class EnrolmentKey:
    """What a wallet enrols with: one for each registration."""

    key: Symbol
    nonce: Symbol
    reg_txn: Symbol | None = None
    """The registration that it is for; None as long as it is fresh."""


@dataclass(frozen=True)
class EnrolmentData:
    """What a wallet knows of a user."""

    wallet: str
    user: str
    relay: str
    authorities: tuple[str, ...]
    """The authorities whose signatures the wallet trusts."""
    security: str
    keys: tuple[EnrolmentKey, ...] = ()
    answers: tuple[AuthInfoStored, ...] = ()
    """What was answered, once for each registration: nothing that happens later changes it."""
    auth_info: Any = None
    """As the authority signed it."""
    display_name: str = ""
    brands: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    """What the user can pay with here, masked."""
    transactions: frozenset[tuple[Symbol, str]] = frozenset()
    """The machine of each transaction that can be, by the relay's name of it."""
    used: frozenset[tuple[ProcKey, Symbol]] = frozenset()
    """The attempts' keys that were used, each with the transaction that used it."""

    def key_of(self, reg_txn: Symbol) -> EnrolmentKey | None:
        """The key of a registration, or a fresh one."""
        found = (key for wanted in (reg_txn, None) for key in self.keys if key.reg_txn == wanted)
        return next(found, None)

    def answer_of(self, reg_id: Symbol) -> AuthInfoStored | None:
        """What was answered, if anything was."""
        return next((answer for answer in self.answers if answer.reg_id == reg_id), None)


def is_from_relay(data: EnrolmentData, message: Input) -> bool:
    """It comes from the relay, if it comes from outside at all, and is for a transaction that there is."""
    if isinstance(message, ForwardedPaymentInfo) and message.relay_txn not in dict(data.transactions):
        return False
    return not isinstance(message, Message) or message.sender == data.relay


def has_key(data: EnrolmentData, message: EnrolmentKeyRequest) -> bool:
    """There is a key for this registration."""
    return data.key_of(message.reg_txn) is not None


def is_answered(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> bool:
    """It was answered before."""
    return data.answer_of(message.reg_id) is not None


def is_storable(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> bool:
    """It was not answered before, and nothing speaks against it."""
    return not is_answered(data, message) and not _refusal(data, message)


def is_refused(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> bool:
    """It was not answered before, and something speaks against it."""
    return not is_answered(data, message) and bool(_refusal(data, message))


def _refusal(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> str:
    """What speaks against storing it; nothing, if the authority signed it for this wallet, user and enrolment."""
    info = opened(message.auth_info)
    nonces = {key.nonce for key in data.keys if key.reg_txn is not None}
    if not isinstance(info, AuthInfo) or info.reg_id != message.reg_id:
        return "MALFORMED"
    if not any(is_signed(message.auth_info, authority, data.security) for authority in data.authorities):
        return "NOT_SIGNED"
    if (info.wallet, info.subject) != (data.wallet, data.user):
        return "OTHER_WALLET_OR_USER"
    if data.security == "hardened" and info.enrolment_nonce not in nonces:
        return "OTHER_ENROLMENT"
    return "" if message.willing else "UNWILLING"


def offer_key(data: EnrolmentData, message: EnrolmentKeyRequest) -> Effect:
    """Say which key and nonce this registration has: a fresh one, the same for every repetition."""
    old = data.key_of(message.reg_txn)
    assert old is not None
    key = replace(old, reg_txn=message.reg_txn)
    response = EnrolmentKeyResponse(reg_txn=message.reg_txn, enrolment_key=key.key, enrolment_nonce=key.nonce)
    return replace(data, keys=tuple(key if k == old else k for k in data.keys)), (Send(message.sender, response),)


def _answer(data: EnrolmentData, message: ForwardedAuthenticationInfo, refusal: str) -> Effect:
    brands = () if refusal else data.brands
    answer = AuthInfoStored(reg_id=message.reg_id, refusal=refusal, brands=brands)
    return replace(data, answers=(*data.answers, answer)), (Send(message.sender, answer),)


def store(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> Effect:
    """Keep the authentication information, in place of what there was (claim 12)."""
    after, sends = _answer(replace(data, auth_info=message.auth_info), message, "")
    return after, (AuthInfoHeld(data.user, data.wallet), *sends)


def refuse(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> Effect:
    """Do not keep it, and say why."""
    return _answer(data, message, _refusal(data, message))


def repeat_answer(data: EnrolmentData, message: ForwardedAuthenticationInfo) -> Effect:
    """Say the same once more."""
    answer = data.answer_of(message.reg_id)
    assert answer is not None
    return data, (Send(message.sender, answer),)


def offer(data: EnrolmentData, message: WalletQuery) -> Effect:
    """Offer the user's instruments, if one of the brands is among them (claim 14)."""
    instruments = data.instruments if frozenset(data.brands) & frozenset(message.brands) else ()
    return data, (_offer(data, message, instruments),)


def offer_nothing(data: EnrolmentData, message: WalletQuery) -> Effect:
    """The wallet does not know the user."""
    return data, (_offer(data, message, ()),)


def _offer(data: EnrolmentData, message: WalletQuery, instruments: tuple[str, ...]) -> Send:
    offer = WalletOffer(wallet_txn=message.wallet_txn, display_name=data.display_name, instruments=instruments)
    return Send(data.relay, offer)


def pass_on(data: EnrolmentData, message: ForwardedPaymentInfo) -> Effect:
    """Hand the payment information to its transaction, with what the wallet holds of the user."""
    info = opened(message.payment_info)
    held = opened(data.auth_info)
    key = info.proc_key if isinstance(info, PaymentInfo) else None
    known = replace(
        message,
        enrolment=held if isinstance(held, AuthInfo) else None,
        unseen=all(used != key or txn == message.relay_txn for used, txn in data.used),
    )
    return data, (Tell(dict(data.transactions)[message.relay_txn], known),)


def remember_key(data: EnrolmentData, message: KeyUsed) -> Effect:
    """Note that a transaction has used a key."""
    return replace(data, used=data.used | {(message.proc_key, message.relay_txn)}), ()


class Enrolment(Role):
    """Holds a user's authentication information."""

    empty = State(initial=True)
    enrolled = State()

    enrolment_key_request = stay(empty, enrolled, cond=has_key, on=offer_key)
    forwarded_authentication_info = (
        enrolled.from_(empty, enrolled, cond=is_storable, on=store)
        | stay(empty, enrolled, cond=is_refused, on=refuse)
        | stay(empty, enrolled, cond=is_answered, on=repeat_answer)
    )

    wallet_query = stay(enrolled, on=offer) | stay(empty, on=offer_nothing)
    forwarded_payment_info = stay(empty, enrolled, on=pass_on)
    key_used = stay(empty, enrolled, on=remember_key)

    inputs = (
        EnrolmentKeyRequest,
        ForwardedAuthenticationInfo,
        WalletQuery,
        ForwardedPaymentInfo,
        KeyUsed,
        Restart,
    )
    correlation = staticmethod(is_from_relay)
    ended = (empty, enrolled)
    ignored = (ignore(Restart, reason="everything in the store is durable"),)
