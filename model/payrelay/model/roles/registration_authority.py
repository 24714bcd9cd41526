"""A registration authority, during one registration (claims 12, 13; SET's certificate authority).

It logs every round of answers before it speaks of it, so that a repeated message uses up no try and makes no second
certificate. A certificate is valid only once the relay has reported that the wallet holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Input, Message, Restart, Send
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Sealed, Signed, Symbol, Unverified
from payrelay.model.conversion import FormField
from payrelay.model.data import AuthInfo, Form, opened, sealed, signed
from payrelay.model.messages.registration import (
    ActivationRequest,
    ActivationResponse,
    AuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
    RegistrationForm,
    RegistrationReject,
    answer_to,
)
from payrelay.model.occurrences import CertificateActive, CertificateIssued, CertificateRevoked, TryUsed
from payrelay.model.timers import ACTIVATION_TIME, FORM_EXPIRY


@dataclass(frozen=True)
class AuthorityIdentity:
    """What is fixed when a registration is first heard of: its fresh identifiers, and what the authority asks."""

    authority: str
    relay: str
    reg_txn: Symbol
    reg_id: Symbol
    certificate: Symbol
    secret: Symbol
    account: Symbol
    subject: str
    """Who the user turns out to be."""
    fields: tuple[FormField, ...]
    terms: str
    terms_digest: str
    tries: int
    security: str

    @property
    def form(self) -> Signed | Unverified:
        """The form, signed."""
        form = Form(self.reg_id, self.reg_txn, self.fields, self.terms, self.terms_digest, self.tries)
        return signed(self.authority, form, self.security)


@dataclass(frozen=True)
class AuthorityData:
    """What the authority knows of one registration."""

    identity: AuthorityIdentity
    wallet: str = ""
    enrolment_nonce: Symbol | None = None
    reject: RegistrationReject | None = None
    """The last refusal; its round is the latest that was answered."""
    auth_info: Any = None


def is_from_relay(data: AuthorityData, message: Input) -> bool:
    """It comes from the relay that opened this registration."""
    return not isinstance(message, Message) or message.sender == data.identity.relay


def is_acceptable(data: AuthorityData, message: ForwardedRegistrationRequest) -> bool:
    """The authority registers such users."""
    return message.acceptable


def is_next_round(data: AuthorityData, message: ForwardedFormAnswers) -> bool:
    """These answers were not seen before."""
    return message.round == (data.reject.round if data.reject else 0) + 1


def is_answered_round(data: AuthorityData, message: ForwardedFormAnswers) -> bool:
    """These are the answers that were refused last."""
    return data.reject is not None and message.round == data.reject.round


def is_valid(data: AuthorityData, message: ForwardedFormAnswers) -> bool:
    """The authority finds nothing wrong with the answers."""
    return not message.errors


def is_last_round(data: AuthorityData, message: ForwardedFormAnswers) -> bool:
    """There is no further try."""
    return message.round == data.identity.tries


def is_for_stored(data: AuthorityData, message: ActivationRequest) -> bool:
    """The wallet holds the authentication information."""
    return message.is_stored


def _to_relay(data: AuthorityData, message: Message) -> Send:
    return Send(data.identity.relay, message)


def send_form(data: AuthorityData, message: ForwardedRegistrationRequest) -> Effect:
    """Ask what the authority must know."""
    after = replace(data, wallet=message.wallet, enrolment_nonce=message.enrolment_nonce)
    return repeat_form(after, message)


def repeat_form(data: AuthorityData, message: ForwardedRegistrationRequest) -> Effect:
    """Ask the same once more."""
    return data, (_to_relay(data, RegistrationForm(reg_txn=data.identity.reg_txn, form=data.identity.form)),)


def _reject(data: AuthorityData, round: int, reason: str, errors: tuple[str, ...] = (), *, is_final: bool) -> Effect:
    reject = RegistrationReject(
        reg_txn=data.identity.reg_txn, round=round, is_final=is_final, reason=reason, errors=errors
    )
    return replace(data, reject=reject), (_to_relay(data, reject),)


def refuse_request(data: AuthorityData, message: ForwardedRegistrationRequest) -> Effect:
    """Do not register this user."""
    return _reject(data, 0, "REFUSED", is_final=True)


def refuse_answers(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Say what is wrong; the user may try again."""
    after, sends = _reject(data, message.round, "ANSWERS", message.errors, is_final=False)
    return after, (TryUsed(data.identity.reg_id, message.round, is_last=False), *sends)


def refuse_finally(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Say that there is no further try."""
    after, sends = _reject(data, message.round, "ANSWERS", message.errors, is_final=True)
    return after, (TryUsed(data.identity.reg_id, message.round, is_last=True), *sends)


def repeat_refusal(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Say the same once more."""
    assert data.reject is not None
    return data, (_to_relay(data, data.reject),)


def refuse_late(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Say that it is over: for the reason that was given, or because it took too long."""
    reason = data.reject.reason if data.reject and data.reject.is_final else "EXPIRED"
    _, sends = _reject(data, message.round, reason, is_final=True)
    return data, sends


def issue(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Make the authentication information, once (claim 12)."""
    identity = data.identity
    info = AuthInfo(
        reg_id=identity.reg_id,
        subject=identity.subject,
        wallet=data.wallet,
        certificate=identity.certificate,
        secret=sealed(data.wallet, identity.secret, identity.security),  # type: ignore[arg-type]
        account=identity.account,
        enrolment_nonce=data.enrolment_nonce,
        user_auth=_user_auth(data, message),
    )
    after = replace(data, auth_info=signed(identity.authority, info, identity.security))
    _, sends = repeat_auth_info(after, message)
    return after, (CertificateIssued(identity.reg_id, identity.certificate), *sends)


def _user_auth(data: AuthorityData, message: ForwardedFormAnswers) -> Sealed | None:
    """What the user will prove to be the user with, for the eyes of the wallet alone."""
    answer = opened(answer_to(message.values, "user_auth"))
    return Sealed(data.wallet, Symbol("user_auth", answer.name)) if isinstance(answer, Symbol) else None


def repeat_auth_info(data: AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Send the same authentication information once more."""
    return data, (_to_relay(data, AuthenticationInfo(reg_id=data.identity.reg_id, auth_info=data.auth_info)),)


def _certificate(data: AuthorityData) -> tuple[Symbol, Symbol]:
    info = opened(data.auth_info)
    assert isinstance(info, AuthInfo)
    return info.reg_id, info.certificate


def say_active(data: AuthorityData, message: ActivationRequest) -> Effect:
    """Say that the certificate is valid."""
    return data, (_to_relay(data, ActivationResponse(reg_id=data.identity.reg_id, is_active=True)),)


def say_revoked(data: AuthorityData, message: ActivationRequest) -> Effect:
    """Say that the certificate will never be valid."""
    return data, (_to_relay(data, ActivationResponse(reg_id=data.identity.reg_id, is_active=False)),)


def activate(data: AuthorityData, message: ActivationRequest) -> Effect:
    """Let the certificate be valid from now on."""
    _, sends = say_active(data, message)
    return data, (CertificateActive(*_certificate(data)), *sends)


def revoke(data: AuthorityData, message: ActivationRequest) -> Effect:
    """Let the certificate never be valid: the wallet does not hold it."""
    _, sends = say_revoked(data, message)
    return data, (CertificateRevoked(*_certificate(data)), *sends)


def revoke_in_time(data: AuthorityData, message: Input) -> Effect:
    """Let the certificate never be valid: nobody asked for it."""
    return data, (CertificateRevoked(*_certificate(data)),)


class RegistrationAuthority(Role):
    """Asks, looks at the answers, issues, and activates or revokes."""

    idle = State(initial=True)
    form_sent = State()
    issued = State()
    active = State()
    revoked = State()
    rejected = State()
    expired = State()

    forwarded_registration_request = (
        idle.to(form_sent, cond=is_acceptable, on=send_form)
        | idle.to(rejected, unless=is_acceptable, on=refuse_request)
        | stay(form_sent, on=repeat_form)
    )
    forwarded_form_answers = (
        form_sent.to(issued, cond=[is_next_round, is_valid], on=issue)
        | stay(form_sent, cond=is_next_round, unless=[is_valid, is_last_round], on=refuse_answers)
        | form_sent.to(rejected, cond=[is_next_round, is_last_round], unless=is_valid, on=refuse_finally)
        | stay(form_sent, cond=is_answered_round, on=repeat_refusal)
        | stay(issued, active, on=repeat_auth_info)
        | stay(rejected, revoked, expired, on=refuse_late)
    )
    form_expiry = form_sent.to(expired)
    activation_request = (
        issued.to(active, cond=is_for_stored, on=activate)
        | issued.to(revoked, unless=is_for_stored, on=revoke)
        | stay(active, on=say_active)
        | stay(revoked, on=say_revoked)
    )
    activation_time = issued.to(revoked, on=revoke_in_time)

    inputs = (ForwardedRegistrationRequest, ForwardedFormAnswers, ActivationRequest, Restart)
    timers = (FORM_EXPIRY.name, ACTIVATION_TIME.name)
    correlation = staticmethod(is_from_relay)
    ended = (active, revoked, rejected, expired)
    ignored = (
        ignore(Restart, reason="every round, the authentication information and its state are durable"),
        ignore(
            ForwardedRegistrationRequest,
            reason="a late copy: the registration has gone on, or is over",
            states=(issued, active, revoked, rejected, expired),
        ),
        ignore(ForwardedFormAnswers, reason="a late copy: a later round was answered", states=(form_sent,)),
    )
