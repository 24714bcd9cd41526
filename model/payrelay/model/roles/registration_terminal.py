"""The user terminal, during a registration (claim 13).

As in a purchase, it has one request outstanding at a time and repeats it, with the same nonce, until that one is
answered. It is never given authentication information.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrelay.language.messages import Input, Restart, Send
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Capabilities, FormField
from payrelay.model.data import sealed
from payrelay.model.messages.registration import (
    Answer,
    FormAnswers,
    FormPage,
    FormSummary,
    Registered,
    RegistrationRequest,
    RegistrationResult,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ErrorSummary,
    ProgressInquiry,
    ProgressSummary,
    TerminalAnswer,
    TerminalRequest,
)
from payrelay.model.messages.user import UserAnswers, UserAsks, UserCancels, UserRegisters, UserRegistersAgain
from payrelay.model.occurrences import RegistrationShown, TryMade
from payrelay.model.timers import HTTP_TIME


@dataclass(frozen=True)
class RegistrationTerminalData:
    """What a terminal has: who it is, and what its page and its one outstanding request are."""

    session: Symbol
    capabilities: Capabilities
    relay: str
    authority: str
    security: str
    wallet: str = ""
    handle: Symbol | None = None
    page: FormPage | None = None
    inquiry_token: Symbol | None = None
    outstanding: TerminalRequest | None = None
    result: str = ""


def answers_outstanding(data: RegistrationTerminalData, message: Input) -> bool:
    """An answer of the relay is for the outstanding request, and whole."""
    if isinstance(message, TerminalAnswer):
        return (
            message.sender == data.relay
            and data.outstanding is not None
            and message.request_nonce == data.outstanding.request_nonce
            and message.is_whole
        )
    return True


def may_register_again(data: RegistrationTerminalData, message: UserRegistersAgain) -> bool:
    """There is something to try again: a registration that is known and did not succeed."""
    return data.result != "ok" and data.handle is not None


def _ask(data: RegistrationTerminalData, request: TerminalRequest) -> Effect:
    """Send a request to the relay and wait for its answer; the page is left."""
    return replace(data, page=None, inquiry_token=None, outstanding=request, result=""), (Send(data.relay, request),)


def _request(data: RegistrationTerminalData, nonce: Symbol, retry_of: Symbol | None) -> RegistrationRequest:
    return RegistrationRequest(
        session=data.session,
        request_nonce=nonce,
        authority=data.authority,
        wallet=data.wallet,
        capabilities=data.capabilities,
        retry_of=retry_of,
    )


def register(data: RegistrationTerminalData, message: UserRegisters) -> Effect:
    """Begin a registration, or find it again."""
    after = replace(data, wallet=message.wallet)
    return _ask(after, _request(after, message.nonce, None))


def register_again(data: RegistrationTerminalData, message: UserRegistersAgain) -> Effect:
    """Begin a new registration in place of the finished one."""
    return _ask(replace(data, handle=None), _request(data, message.nonce, data.handle))


def show_form(data: RegistrationTerminalData, message: FormSummary) -> Effect:
    """Show a page of the form."""
    page = message.summary.bound
    assert isinstance(page, FormPage)
    return replace(data, outstanding=None, handle=message.handle, page=page), ()


def _answer(data: RegistrationTerminalData, field: FormField) -> Answer:
    value = Symbol("answer", field.name)
    return Answer(field.name, sealed(data.authority, value, data.security) if field.sensitive else value)


def answer_form(data: RegistrationTerminalData, message: UserAnswers) -> Effect:
    """Send the answers, those to sensitive questions sealed for the authority if they can be."""
    page = data.page
    assert data.handle is not None
    assert page is not None
    request = FormAnswers(
        session=data.session,
        request_nonce=message.nonce,
        handle=data.handle,
        reg_id=page.reg_id,
        round=page.round,
        page=page.page,
        values=tuple(_answer(data, field) for field in page.fields if message.is_complete or not field.required),
        terms_accepted=message.is_complete,
    )
    after, sends = _ask(data, request)
    is_try = message.is_complete and page.page == page.pages
    return after, (*[TryMade(page.reg_id, page.round, page.is_last_try)] * is_try, *sends)


def cancel(data: RegistrationTerminalData, message: UserCancels) -> Effect:
    """Give up."""
    assert data.handle is not None
    return _ask(data, Cancel(session=data.session, request_nonce=message.nonce, handle=data.handle))


def offer_inquiry(data: RegistrationTerminalData, message: ProgressSummary) -> Effect:
    """Show that it takes longer, and how to ask."""
    return replace(data, outstanding=None, handle=message.handle, inquiry_token=message.inquiry_token), ()


def inquire(data: RegistrationTerminalData, message: UserAsks) -> Effect:
    """Ask for progress."""
    assert data.handle is not None
    assert data.inquiry_token is not None
    request = ProgressInquiry(
        session=data.session, request_nonce=message.nonce, handle=data.handle, inquiry_token=data.inquiry_token
    )
    return _ask(data, request)


def show_result(data: RegistrationTerminalData, message: RegistrationResult) -> Effect:
    """Show how it ended."""
    registered = message.summary.bound
    assert isinstance(registered, Registered)
    after = replace(data, outstanding=None, handle=message.handle, result=registered.result)
    return after, (RegistrationShown(message.handle, registered.result, registered.reason),)


def show_error(data: RegistrationTerminalData, message: ErrorSummary) -> Effect:
    """Show why it did not go on."""
    after = replace(data, outstanding=None, handle=message.handle, result=message.code)
    return after, (RegistrationShown(message.handle, message.code),)


def repeat(data: RegistrationTerminalData, message: Input) -> Effect:
    """Send the outstanding request once more, the same nonce in it."""
    assert data.outstanding is not None
    return data, (Send(data.relay, data.outstanding),)


def forget_page(data: RegistrationTerminalData, message: Restart) -> Effect:
    """Lose everything: a new request finds the current page."""
    fresh = RegistrationTerminalData(data.session, data.capabilities, data.relay, data.authority, data.security)
    return fresh, ()


class RegistrationTerminal(Role):
    """Asks to be registered, answers the form, and is told."""

    idle = State(initial=True)
    waiting = State()
    filling = State()
    in_progress = State()
    done = State()
    failed = State()

    user_registers = idle.to(waiting, on=register)
    form_summary = waiting.to(filling, on=show_form)
    user_answers = filling.to(waiting, on=answer_form)
    user_cancels = filling.to(waiting, on=cancel)
    progress_summary = waiting.to(in_progress, on=offer_inquiry)
    user_asks = in_progress.to(waiting, on=inquire)
    registration_result = waiting.to(done, on=show_result)
    error_summary = waiting.to(failed, on=show_error)
    user_registers_again = waiting.from_(done, failed, cond=may_register_again, on=register_again)
    http_time = stay(waiting, on=repeat)
    restart = idle.from_(waiting, filling, in_progress, done, failed, on=forget_page)

    inputs = (
        UserRegisters,
        UserRegistersAgain,
        UserAnswers,
        UserCancels,
        UserAsks,
        FormSummary,
        ProgressSummary,
        RegistrationResult,
        ErrorSummary,
        Restart,
    )
    timers = (HTTP_TIME.name,)
    correlation = staticmethod(answers_outstanding)
    ended = (done, failed)
    ignored = (ignore(Restart, reason="there is nothing to lose", states=(idle,)),)
