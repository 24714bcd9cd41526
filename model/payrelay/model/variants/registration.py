"""Faulty registrations: for each property of registration the edit that violates it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Drop, Guarded, Redirect, Variant
from payrelay.language.messages import Input, Send
from payrelay.language.role import Effect
from payrelay.language.terms import Symbol
from payrelay.model.conversion import FormField
from payrelay.model.data import AuthInfo, Form, opened, signed
from payrelay.model.messages.registration import (
    Answer,
    AuthenticationInfo,
    AuthInfoStored,
    FormAnswers,
    ForwardedFormAnswers,
    RegistrationForm,
    RegistrationReject,
    RegistrationRequest,
)
from payrelay.model.occurrences import TryUsed
from payrelay.model.roles import registration_authority as authority
from payrelay.model.roles import registration_relay as relay
from payrelay.model.sections import order, transfer

RELAY, AUTHORITY = "registration_relay", "registration_authority"


# --- a repeated message uses up a try


def _tries_counted(data: authority.AuthorityData) -> int:
    return data.reject.round if data.reject else 0


def is_last_try(data: authority.AuthorityData, message: ForwardedFormAnswers) -> bool:
    """By the count of what came in there is no further try; nor is there after the last round, as without the fault."""
    return data.identity.tries in (_tries_counted(data) + 1, message.round)


def count_try(data: authority.AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Refuse, and count."""
    return _count(data, message, is_final=False)


def count_last_try(data: authority.AuthorityData, message: ForwardedFormAnswers) -> Effect:
    """Refuse, and count the last one."""
    return _count(data, message, is_final=True)


def _count(data: authority.AuthorityData, message: ForwardedFormAnswers, *, is_final: bool) -> Effect:
    counted = RegistrationReject(
        reg_txn=data.identity.reg_txn,
        round=_tries_counted(data) + 1,
        is_final=is_final,
        reason="ANSWERS",
        errors=message.errors,
    )
    sent = replace(counted, round=message.round)
    used = TryUsed(data.identity.reg_id, message.round, is_last=is_final)
    return replace(data, reject=counted), (used, Send(data.identity.relay, sent))


# --- the relay says or does something else


def show_success_at_once(data: relay.RegistrationData, message: AuthInfoStored) -> Effect:
    """Say that the user is registered as soon as the wallet holds the information, and ask for activation, too."""
    after, sends = relay.request_activation(data, message)
    shown, pages = relay.show_success(after, message)  # type: ignore[arg-type]
    return shown, (*sends, *pages)


def keep_quiet(data: relay.RegistrationData, message: AuthenticationInfo) -> Effect:
    """Take the authentication information, and send it to nobody."""
    return relay.forward_auth_info(data, message)[0], ()


def forward_altered(data: relay.RegistrationData, message: AuthenticationInfo) -> Effect:
    """Put another account into it, and sign that as the authority would."""
    info = opened(message.auth_info)
    assert isinstance(info, AuthInfo)
    altered = signed(data.authority, replace(info, account=Symbol("account", "another")), data.identity.security)
    return relay.forward_auth_info(data, replace(message, auth_info=altered))


def forward_by_control(data: relay.RegistrationData, message: AuthenticationInfo) -> Effect:
    """Send it past the redirecting section."""
    after, _ = relay.forward_auth_info(data, message)
    return after, (order(data.wallet, after.kept),)


def forward_to_all(data: relay.RegistrationData, message: AuthenticationInfo) -> Effect:
    """Send it to every wallet."""
    after, _ = relay.forward_auth_info(data, message)
    return after, tuple(transfer(wallet, after.kept) for wallet in data.identity.wallets)


def show_with_auth_info(data: relay.RegistrationData, message: Input) -> Effect:
    """Let the authentication information go with the progress page."""
    after, sends = relay.show_progress(data, message)
    return after, tuple(_carrying(send, data.kept) for send in sends)


def _carrying(send: Any, kept: Any) -> Send:
    summary = replace(send.message.summary, bound=kept.auth_info)
    return Send(send.to, replace(send.message, summary=summary), by=send.by)


def show_invented_form(data: relay.RegistrationData, message: RegistrationRequest) -> Effect:
    """Show a form of the relay's own."""
    identity = data.identity
    after, sends = relay.ask_key(data, message)
    question = FormField("account", "Account number", required=True)
    form = Form(Symbol("reg_id", identity.handle.name), identity.reg_txn, (question,))
    shown, pages = relay.show_form(after, RegistrationForm(reg_txn=identity.reg_txn, form=signed("", form, "plain")))
    return shown, (*sends, *pages)


def forward_altered_answers(data: relay.RegistrationData, message: FormAnswers) -> Effect:
    """Send the authority another account than the user's."""
    values = tuple(
        Answer(answer.field, Symbol("answer", "another")) if answer.field == "account" else answer
        for answer in message.values
    )
    return relay.forward_answers(data, replace(message, values=values))


REGISTRATION_VARIANTS = (
    Variant(
        name="broken_registration_rounds",
        story="The authority does not remember rounds: a repeated message with answers uses up another try.",
        edits=(
            Guarded(role=AUTHORITY, action="issue", by=((authority.is_valid, True),)),
            Guarded(role=AUTHORITY, action="refuse_answers", by=((authority.is_valid, False), (is_last_try, False))),
            Guarded(role=AUTHORITY, action="refuse_finally", by=((authority.is_valid, False), (is_last_try, True))),
            Act(role=AUTHORITY, action="refuse_answers", instead=count_try),
            Act(role=AUTHORITY, action="refuse_finally", instead=count_last_try),
            Drop(role=AUTHORITY, action="repeat_refusal"),
        ),
        violates=("every_try_is_used_by_the_user",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_stale_answers",
        story="The relay takes a copy of the answers of an earlier round for those of the next: nobody made that try.",
        edits=(
            Guarded(role=RELAY, action="forward_answers", by=((relay.is_complete, True), (relay.is_last_page, True))),
            Drop(role=RELAY, state="wait_answers", event="form_answers", action="answer_page"),
        ),
        violates=("every_try_is_used_by_the_user",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_result_before_activation",
        story="The relay says that the user is registered before the authority has said so; it may still be revoked.",
        edits=(
            Act(role=RELAY, state="storing", event="auth_info_stored", instead=show_success_at_once),
            Redirect(role=RELAY, state="storing", event="auth_info_stored", to="done"),
        ),
        violates=("who_is_told_registered_has_an_active_certificate",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_gives_up",
        story="The relay tires of waiting for the activation and says that it failed; the certificate becomes active.",
        edits=(
            Act(role=RELAY, state="activating", event="hold_time", instead=relay.show_failure),
            Redirect(role=RELAY, state="activating", event="hold_time", to="done"),
        ),
        violates=("who_is_told_not_registered_never_has_an_active_certificate",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_second_certificate",
        story="The authority makes a new certificate whenever the answers are repeated.",
        edits=(Act(role=AUTHORITY, state="issued", event="forwarded_form_answers", instead=authority.issue),),
        violates=("a_registration_makes_one_certificate",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_activation_unasked",
        story="The authority activates whatever the wallet said.",
        edits=(
            Guarded(role=AUTHORITY, state="issued", action="activate"),
            Drop(role=AUTHORITY, state="issued", action="revoke"),
        ),
        violates=("an_active_certificate_is_held_by_the_wallet",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_forwarding",
        story="The relay takes the authentication information and sends it to nobody.",
        edits=(
            Act(role=RELAY, event="authentication_info", instead=keep_quiet),
            Drop(role=RELAY, state="storing", event="retry_time"),
        ),
        violates=(
            "authentication_information_is_forwarded_to_the_wallet",
            "a_registration_can_always_finish",
            "a_registration_can_end_in_every_way",
        ),
        configuration="registration_stories",
    ),
    Variant(
        name="broken_registration_auth_info_altered",
        story="The relay puts another account into the authentication information.",
        edits=(Act(role=RELAY, event="authentication_info", instead=forward_altered),),
        violates=("authentication_information_is_forwarded_unchanged",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_section",
        story="The control section sends the authentication information itself.",
        edits=(Act(role=RELAY, event="authentication_info", instead=forward_by_control),),
        violates=("authentication_information_is_forwarded_by_the_redirecting_section",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_auth_info_shown",
        story="The relay lets the authentication information go with a page to the terminal.",
        edits=(Act(role=RELAY, state="storing", event="hold_time", instead=show_with_auth_info),),
        violates=(
            "authentication_information_goes_to_no_terminal_shop_or_payment_server",
            "no_terminal_knows_authentication_information",
        ),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_other_wallet",
        story="The relay sends the authentication information to every wallet.",
        edits=(Act(role=RELAY, event="authentication_info", instead=forward_to_all),),
        violates=("authentication_information_goes_to_the_named_wallet_only",),
        configuration="registration_stories wallets=2",
    ),
    Variant(
        name="broken_registration_form_invented",
        story="The relay shows a form of its own and does not ask the authority.",
        edits=(
            Act(role=RELAY, state="idle", target="wait_key", instead=show_invented_form),
            Redirect(role=RELAY, state="idle", target="wait_key", to="wait_answers"),
        ),
        violates=("every_form_shown_is_the_authority_s",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_incomplete",
        story="The relay does not look whether all answers are there.",
        edits=(
            Guarded(role=RELAY, action="forward_answers", by=((relay.is_for_page, True), (relay.is_last_page, True))),
            Drop(role=RELAY, action="show_missing"),
        ),
        violates=("no_round_lacks_a_required_answer",),
        configuration="registration",
    ),
    Variant(
        name="broken_registration_answers_altered",
        story="The relay puts another account into the answers.",
        edits=(Act(role=RELAY, action="forward_answers", instead=forward_altered_answers),),
        violates=("answers_reach_the_authority_as_the_user_gave_them",),
        configuration="registration",
    ),
)
