"""The relay server during one registration: its control section (claims 12, 13).

The authority's form goes through the contents converting unit to the terminal, the answers to the authority, and the
authentication information through the redirecting section to the wallet that was named. Its point of no return is the
log entry before a round of answers goes to the authority: from then on nothing is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from payrelay.language.messages import Input, Output, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    Capabilities,
    FormInformation,
    Information,
    ProgressInformation,
    RegistrationInformation,
    Summary,
    is_token,
    minimal_page_fits,
    paginate,
)
from payrelay.model.data import AuthInfo, Form, is_signed, opened, user_ref
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.registration import (
    ActivationRequest,
    ActivationResponse,
    Answers,
    AuthenticationInfo,
    AuthInfoStored,
    EnrolmentKeyRequest,
    EnrolmentKeyResponse,
    FormAnswers,
    FormPage,
    FormSummary,
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
    Registered,
    RegistrationForm,
    RegistrationReject,
    RegistrationRequest,
    RegistrationResult,
    answer_to,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ErrorSummary,
    ProgressInquiry,
    ProgressSummary,
    TerminalAnswer,
    TerminalRequest,
)
from payrelay.model.sections import Pending, answer, explain, held, order, summarize, transfer, unknown_procedure
from payrelay.model.timers import AUTHORITY_TIME, HOLD_TIME, RETRY_TIME, USER_TIME

WAIT_HINT = 10
"""Seconds after which the progress page suggests to ask."""
UNANSWERED = Symbol("request_nonce", "")


@dataclass(frozen=True)
class RegistrationIdentity:
    """What is fixed when a registration is opened: its fresh identifiers, and what the relay knows of the world."""

    handle: Symbol
    reg_txn: Symbol
    inquiry_token: Symbol
    user: str
    authorities: tuple[str, ...]
    wallets: tuple[str, ...]
    security: str


@dataclass(frozen=True)
class RegistrationData:
    """What the relay knows of one registration."""

    identity: RegistrationIdentity
    capabilities: Capabilities | None = None
    authority: str = ""
    wallet: str = ""
    form: Form | None = None
    round: int = 1
    """The try that is being filled in, or was sent last."""
    answers: Answers = ()
    """To the pages of this round that came before the current one."""
    refused: tuple[str, ...] = ()
    """The questions whose answers the authority found wrong, until they are answered again."""
    page: TerminalAnswer | None = None
    """The current page, while there is one."""
    kept: ForwardedFormAnswers | ForwardedAuthenticationInfo | ActivationRequest | None = None
    """What was sent last after the point of no return, logged before it was; the answers in it go with it."""
    brands: tuple[str, ...] = ()
    """What the user can pay with at the wallet that holds the authentication information."""
    result: str = ""
    pending: Pending = ()

    @property
    def reg_id(self) -> Symbol | None:
        """The authority's name of this registration, once it has given one."""
        return None if self.form is None else self.form.reg_id

    @property
    def pages(self) -> tuple[FormInformation, ...]:
        """The pages of the form, as many as the terminal needs."""
        assert self.form is not None
        return pages_of(self.form, self.capabilities)

    @property
    def bound(self) -> FormPage:
        """What the current page of the form is bound to."""
        assert self.page is not None
        bound = self.page.summary.bound
        assert isinstance(bound, FormPage)
        return bound


@lru_cache(maxsize=1024)
def pages_of(form: Form, capabilities: Capabilities | None) -> tuple[FormInformation, ...]:
    """The form spread over pages; none at all, if a question that must be answered cannot be shown."""
    assert capabilities is not None
    pages = paginate(FormInformation(form.fields, form.terms, form.terms_digest), capabilities)
    return pages if isinstance(pages, tuple) else ()


# --- who may say what


def is_from_bound_party(data: RegistrationData, message: Input) -> bool:
    """A server's message comes from the party bound to this registration and carries its key; so does a terminal's."""
    identity = data.identity
    match message:
        case ProgressInquiry():
            return message.inquiry_token == identity.inquiry_token
        case EnrolmentKeyResponse():
            return message.sender == data.wallet and message.reg_txn == identity.reg_txn
        case AuthInfoStored():
            return message.sender == data.wallet and message.reg_id == data.reg_id
        case RegistrationForm() | RegistrationReject():
            return message.sender == data.authority and message.reg_txn == identity.reg_txn
        case AuthenticationInfo() | ActivationResponse():
            return message.sender == data.authority and message.reg_id == data.reg_id
    return True


# --- guards


def is_hardened(data: RegistrationData, message: Input) -> bool:
    """The authentication information is to be sealed for the wallet, which must first say with what key."""
    return data.identity.security == "hardened"


def is_known(data: RegistrationData, message: RegistrationRequest) -> bool:
    """There are such an authority and such a wallet."""
    return message.authority in data.identity.authorities and message.wallet in data.identity.wallets


def is_acceptable(data: RegistrationData, message: RegistrationRequest) -> bool:
    """Authority and wallet are known, and the terminal can show the least page of every kind."""
    return is_known(data, message) and minimal_page_fits(message.capabilities, data.identity.security)


def is_retry(data: RegistrationData, message: RegistrationRequest) -> bool:
    """The request is to try this finished registration once more, and it did not succeed."""
    return message.retry_of == data.identity.handle and data.result != "ok"


def is_form_true(data: RegistrationData, message: RegistrationForm) -> bool:
    """The authority signed it for this registration, and gave it a name that a page can show."""
    return _form(data, message) is not None


def _form(data: RegistrationData, message: RegistrationForm) -> Form | None:
    form = opened(message.form)
    is_true = is_signed(message.form, data.authority, data.identity.security)
    is_own = isinstance(form, Form) and form.reg_txn == data.identity.reg_txn and is_token(form.reg_id.name)
    return form if isinstance(form, Form) and is_true and is_own else None


def is_showable(data: RegistrationData, message: RegistrationForm) -> bool:
    """The authority's form is true, and the terminal can show everything that must be answered, on some page."""
    form = _form(data, message)
    return form is not None and bool(pages_of(form, data.capabilities))


def is_for_page(data: RegistrationData, message: FormAnswers) -> bool:
    """The answers are to the current page, of this round."""
    bound = data.bound
    return (message.reg_id, message.round, message.page) == (bound.reg_id, bound.round, bound.page)


def _missing(data: RegistrationData, message: FormAnswers) -> tuple[str, ...]:
    """The questions of the current page that must be answered and were not."""
    fields = data.bound.fields
    return tuple(f.name for f in fields if f.required and answer_to(message.values, f.name) is None)


def is_complete(data: RegistrationData, message: FormAnswers) -> bool:
    """All that the page requires is there; on the last one that includes the user's agreement to the terms."""
    must_agree = is_last_page(data, message) and data.form is not None and data.form.terms is not None
    return not _missing(data, message) and (message.terms_accepted or not must_agree)


def is_last_page(data: RegistrationData, message: FormAnswers) -> bool:
    """The form has no further page."""
    return data.bound.page == data.bound.pages


def is_final(data: RegistrationData, message: RegistrationReject) -> bool:
    """The authority will not register this user."""
    return message.is_final


def is_own_round(data: RegistrationData, message: RegistrationReject) -> bool:
    """It is about the answers that were sent last."""
    return message.round == data.round


def is_auth_info_true(data: RegistrationData, message: AuthenticationInfo) -> bool:
    """The authority signed it for this registration and the wallet that was named."""
    info = opened(message.auth_info)
    return (
        isinstance(info, AuthInfo)
        and is_signed(message.auth_info, data.authority, data.identity.security)
        and (info.reg_id, info.wallet) == (data.reg_id, data.wallet)
    )


def is_active(data: RegistrationData, message: ActivationResponse) -> bool:
    """The certificate is valid."""
    return message.is_active


def has_pending(data: RegistrationData, message: Input) -> bool:
    """A terminal waits."""
    return bool(data.pending)


# --- pages


def _summary(data: RegistrationData, information: Information, bound: Any = None) -> Summary:
    assert data.capabilities is not None
    page = summarize(information, data.capabilities, data.identity.security, bound)
    assert isinstance(page, Summary), page  # the minimal page of every kind fits, or the registration was not begun
    return page


def _page(data: RegistrationData, kind: type[TerminalAnswer], summary: Summary, **more: Any) -> TerminalAnswer:
    return kind(request_nonce=UNANSWERED, handle=data.identity.handle, summary=summary, **more)


def _publish(data: RegistrationData, page: TerminalAnswer, *first: Output) -> Effect:
    """Make this the current page, and answer all that wait with it."""
    return replace(data, page=page, pending=()), (*first, *answer(data.pending, page))


def _show_form(data: RegistrationData, number: int, missing: tuple[str, ...] = ()) -> Effect:
    """Show a page of the form, with what is wrong beside each question."""
    form, page = data.form, data.pages[number - 1]
    assert form is not None
    bound = FormPage(form.reg_id, data.round, page.page, page.pages, data.round == form.tries, page.fields)
    errors = {**dict.fromkeys(data.refused, "Not accepted"), **dict.fromkeys(missing, "Missing")}
    fields = tuple(replace(field, error=errors.get(field.name)) for field in page.fields)
    return _publish(data, _page(data, FormSummary, _summary(data, replace(page, fields=fields), bound)))


def _fail(data: RegistrationData, code: str) -> Effect:
    assert data.capabilities is not None
    page = _page(data, ErrorSummary, explain(code, data.capabilities), code=code)
    return _publish(replace(data, result=code), page)


def _conclude(data: RegistrationData, result: str, reason: str = "") -> Effect:
    assert data.reg_id is not None
    information = RegistrationInformation(result, data.reg_id.name, reason or None)
    page = _page(data, RegistrationResult, _summary(data, information, Registered(data.reg_id, result, reason)))
    return _publish(replace(data, answers=(), refused=(), kept=None, result=result), page)


def hold(data: RegistrationData, message: TerminalRequest) -> Effect:
    """Let the request wait for the page that is being made."""
    return replace(data, pending=held(data.pending, message.sender, message.request_nonce)), ()


def answer_page(data: RegistrationData, message: TerminalRequest) -> Effect:
    """Answer with the current page."""
    assert data.page is not None
    return data, answer(((message.sender, message.request_nonce),), data.page)


def answer_unknown(data: RegistrationData, message: TerminalRequest) -> Effect:
    """Say that nothing is known of this registration any more."""
    return data, unknown_procedure(message)


# --- actions


def _opened(data: RegistrationData, message: RegistrationRequest) -> RegistrationData:
    named = replace(data, capabilities=message.capabilities, authority=message.authority, wallet=message.wallet)
    return hold(named, message)[0]  # type: ignore[no-any-return]


def _request(data: RegistrationData, key: Symbol | None = None, nonce: Symbol | None = None) -> Send:
    identity = data.identity
    request = ForwardedRegistrationRequest(
        reg_txn=identity.reg_txn,
        user_ref=user_ref(identity.user, data.authority),
        wallet=data.wallet,
        enrolment_key=key,
        enrolment_nonce=nonce,
    )
    return order(data.authority, request)


def forward_request(data: RegistrationData, message: RegistrationRequest) -> Effect:
    """Ask the authority to register the user (claim 13)."""
    after = _opened(data, message)
    return after, (_request(after),)


def ask_key(data: RegistrationData, message: RegistrationRequest) -> Effect:
    """Ask the wallet with what key it will enrol."""
    identity = data.identity
    request = EnrolmentKeyRequest(reg_txn=identity.reg_txn, user_ref=user_ref(identity.user, message.wallet))
    return _opened(data, message), (order(message.wallet, request),)


def forward_request_with_key(data: RegistrationData, message: EnrolmentKeyResponse) -> Effect:
    """Ask the authority to register the user, for the wallet with this key."""
    return data, (_request(data, message.enrolment_key, message.enrolment_nonce),)


def refuse_request(data: RegistrationData, message: RegistrationRequest) -> Effect:
    """Do not begin: authority or wallet is not known, or the terminal could not be shown all that it must be."""
    return _fail(_opened(data, message), "CAPABILITY" if is_known(data, message) else "BAD_REQUEST")


def begin_another(data: RegistrationData, message: RegistrationRequest) -> Effect:
    """Leave it to a new registration."""
    return data, (Tell("directory", AnotherProcedure(request=message)),)


def show_form(data: RegistrationData, message: RegistrationForm) -> Effect:
    """Show the first page of the authority's form (claim 13)."""
    form = opened(message.form)
    assert isinstance(form, Form)
    return _show_form(replace(data, form=form), 1)


def fail_on_form(data: RegistrationData, message: RegistrationForm) -> Effect:
    """Give up: it is not the authority's form, or the terminal cannot show what must be answered."""
    return _fail(data, "CAPABILITY" if is_form_true(data, message) else "AUTHORITY_INVALID")


def fail_on_refusal(data: RegistrationData, message: RegistrationReject) -> Effect:
    """Say that the authority does not register this user."""
    return _fail(data, "REGISTRATION_REFUSED")


def fail_on_authority_time(data: RegistrationData, message: Input) -> Effect:
    """Give up waiting for wallet or authority."""
    return _fail(data, "AUTHORITY_TIMEOUT")


def fail_on_user_time(data: RegistrationData, message: Input) -> Effect:
    """Give up waiting for the user."""
    return _fail(replace(data, answers=(), refused=()), "USER_TIMEOUT")


def show_next_page(data: RegistrationData, message: FormAnswers) -> Effect:
    """Keep the answers, and show the next page of the form."""
    after = hold(replace(data, answers=(*data.answers, *message.values)), message)[0]
    return _show_form(after, data.bound.page + 1)


def show_missing(data: RegistrationData, message: FormAnswers) -> Effect:
    """Show the page again, and what is missing. No try is used up."""
    return _show_form(hold(data, message)[0], data.bound.page, _missing(data, message))


def forward_answers(data: RegistrationData, message: FormAnswers) -> Effect:
    """Log and send the user's answers to all pages: the point of no return (claim 13)."""
    values = (*data.answers, *message.values)
    kept = ForwardedFormAnswers(reg_id=message.reg_id, round=data.round, values=values)
    after = hold(replace(data, answers=(), refused=(), page=None, kept=kept), message)[0]
    return after, (order(data.authority, kept),)


def end_cancelled(data: RegistrationData, message: Cancel) -> Effect:
    """End it, as the user wants."""
    return _conclude(hold(data, message)[0], "cancelled")


def forward_auth_info(data: RegistrationData, message: AuthenticationInfo) -> Effect:
    """Transfer the authentication information, unchanged, to the wallet that was named (claim 12)."""
    pseudonym = user_ref(data.identity.user, data.wallet)
    kept = ForwardedAuthenticationInfo(reg_id=message.reg_id, user_ref=pseudonym, auth_info=message.auth_info)
    return replace(data, kept=kept), (transfer(data.wallet, kept),)


def show_errors(data: RegistrationData, message: RegistrationReject) -> Effect:
    """Erase the answers, and show the form again with what the authority found wrong."""
    return _show_form(replace(data, round=data.round + 1, refused=message.errors, kept=None), 1)


def show_rejection(data: RegistrationData, message: RegistrationReject) -> Effect:
    """Say that the authority will not register this user."""
    return _conclude(data, "rejected", message.reason if is_token(message.reason) else "")


def request_activation(data: RegistrationData, message: AuthInfoStored) -> Effect:
    """Report to the authority whether the wallet holds the authentication information."""
    kept = ActivationRequest(reg_id=message.reg_id, is_stored=not message.refusal)
    return replace(data, kept=kept, brands=message.brands), (order(data.authority, kept),)


def show_success(data: RegistrationData, message: ActivationResponse) -> Effect:
    """Say that the user is registered."""
    return _conclude(data, "ok")


def show_failure(data: RegistrationData, message: ActivationResponse) -> Effect:
    """Say that the certificate was revoked."""
    return _conclude(data, "failed", "REVOKED")


def send_again(data: RegistrationData, message: Input) -> Effect:
    """Send the same bytes once more."""
    kept = data.kept
    assert kept is not None
    if isinstance(kept, ForwardedAuthenticationInfo):
        return data, (transfer(data.wallet, kept),)
    return data, (order(data.authority, kept),)


def show_progress(data: RegistrationData, message: Input) -> Effect:
    """Answer all that wait with how to ask again: it takes longer (claims 10, 11, used for registration as well)."""
    assert data.reg_id is not None
    token = data.identity.inquiry_token
    summary = _summary(data, ProgressInformation(WAIT_HINT, token.name, data.reg_id.name))
    page = _page(data, ProgressSummary, summary, inquiry_token=token)
    return replace(data, pending=()), answer(data.pending, page)


def drop_pending(data: RegistrationData, message: Restart) -> Effect:
    """Keep what was logged. The connections are gone."""
    return replace(data, pending=()), ()


def forget(data: RegistrationData, message: Restart) -> Effect:
    """Forget the registration: no answers of the user are under way. It is begun anew."""
    return RegistrationData(data.identity), ()


class RegistrationRelay(Role):
    """Joins terminal, authority and wallet for one registration."""

    idle = State(initial=True)
    wait_key = State()
    wait_form = State()
    wait_answers = State()
    wait_auth_info = State()
    storing = State()
    activating = State()
    done = State()
    failed = State()
    forgotten = State()

    # While a page is being made, requests wait for it; otherwise they get it at once.
    registration_request = (
        idle.to(wait_form, cond=is_acceptable, unless=is_hardened, on=forward_request)
        | idle.to(wait_key, cond=[is_acceptable, is_hardened], on=ask_key)
        | idle.to(failed, unless=is_acceptable, on=refuse_request)
        | stay(wait_key, wait_form, wait_auth_info, storing, activating, on=hold)
        | stay(wait_answers, on=answer_page)
        | stay(done, failed, cond=is_retry, on=begin_another)
        | stay(done, failed, unless=is_retry, on=answer_page)
        | stay(forgotten, on=begin_another)
    )

    enrolment_key_response = wait_key.to(wait_form, on=forward_request_with_key)
    registration_form = wait_form.to(wait_answers, cond=is_showable, on=show_form) | wait_form.to(
        failed, unless=is_showable, on=fail_on_form
    )
    authority_time = failed.from_(wait_key, wait_form, on=fail_on_authority_time)

    form_answers = (
        stay(wait_answers, cond=[is_for_page, is_complete], unless=is_last_page, on=show_next_page)
        | wait_answers.to(wait_auth_info, cond=[is_for_page, is_complete, is_last_page], on=forward_answers)
        | stay(wait_answers, cond=is_for_page, unless=is_complete, on=show_missing)
        | stay(wait_answers, unless=is_for_page, on=answer_page)
        | stay(wait_auth_info, storing, activating, on=hold)
        | stay(done, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )
    cancel = (
        wait_answers.to(done, on=end_cancelled)
        | stay(wait_auth_info, storing, activating, on=hold)
        | stay(done, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )
    progress_inquiry = (
        stay(wait_answers, done, failed, on=answer_page)
        | stay(wait_auth_info, storing, activating, on=hold)
        | stay(forgotten, on=answer_unknown)
    )
    user_time = wait_answers.to(failed, on=fail_on_user_time)

    # After the point of no return.
    registration_reject = (
        wait_form.to(failed, cond=is_final, on=fail_on_refusal)
        | wait_auth_info.to(wait_answers, cond=is_own_round, unless=is_final, on=show_errors)
        | wait_auth_info.to(done, cond=[is_own_round, is_final], on=show_rejection)
    )
    authentication_info = wait_auth_info.to(storing, cond=is_auth_info_true, on=forward_auth_info)
    auth_info_stored = storing.to(activating, on=request_activation)
    activation_response = activating.to(done, cond=is_active, on=show_success) | activating.to(
        done, unless=is_active, on=show_failure
    )
    retry_time = stay(wait_auth_info, storing, activating, on=send_again)
    hold_time = stay(wait_auth_info, storing, activating, cond=has_pending, on=show_progress)

    restart = forgotten.from_(wait_key, wait_form, wait_answers, failed, on=forget) | stay(
        wait_auth_info, storing, activating, done, on=drop_pending
    )

    inputs = (
        RegistrationRequest,
        EnrolmentKeyResponse,
        RegistrationForm,
        FormAnswers,
        Cancel,
        ProgressInquiry,
        RegistrationReject,
        AuthenticationInfo,
        AuthInfoStored,
        ActivationResponse,
        Restart,
    )
    timers = tuple(timer.name for timer in (AUTHORITY_TIME, USER_TIME, RETRY_TIME, HOLD_TIME))
    correlation = staticmethod(is_from_bound_party)
    ended = (done, failed, forgotten)
    ignored = (
        ignore(
            EnrolmentKeyResponse,
            RegistrationForm,
            RegistrationReject,
            AuthenticationInfo,
            AuthInfoStored,
            ActivationResponse,
            reason="a late copy: it was taken before, or comes too late to matter",
        ),
        ignore(Restart, reason="there is nothing to forget", states=(idle, forgotten)),
    )
