"""The user terminal, during a purchase (claims 1-3, 10, 11).

It has one request outstanding at a time and repeats it, with the same nonce, until that one is answered. No row
emits payment information, and no link leads from it to a wallet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrelay.language.messages import Input, Restart, Send
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.conversion import Capabilities
from payrelay.model.data import Concluded, Confirmable, Consent, OrderRef
from payrelay.model.messages.purchase import OrderAck, OrderPlace, PaymentInfoMessage
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ErrorSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    ProgressSummary,
    ResultSummary,
    TerminalAnswer,
    TerminalRequest,
    WalletChoice,
    WalletSelectSummary,
)
from payrelay.model.messages.user import (
    UserAsks,
    UserCancels,
    UserChooses,
    UserConfirms,
    UserOrders,
    UserPays,
    UserPaysAgain,
)
from payrelay.model.occurrences import Confirmed, Displayed, Shown, WalletChosen
from payrelay.model.timers import HTTP_TIME


@dataclass(frozen=True)
class TerminalData:
    """What a terminal has: who it is, and what its page and its one outstanding request are."""

    session: Symbol
    capabilities: Capabilities
    relay: str
    shop: str
    user_auth: Symbol | None = None
    """What the user proves to a wallet who it is with; hardened only."""
    order_ref: OrderRef | None = None
    handle: Symbol | None = None
    options: tuple[str, ...] = ()
    """The wallets on the page."""
    displayed: Confirmable | None = None
    inquiry_token: Symbol | None = None
    outstanding: OrderPlace | TerminalRequest | None = None
    outcome: str = ""


def answers_outstanding(data: TerminalData, message: Input) -> bool:
    """An answer is for the outstanding request, and whole; from any other party than the relay or the shop none is."""
    if isinstance(message, TerminalAnswer):
        request = data.outstanding
        return (
            message.sender == data.relay
            and isinstance(request, TerminalRequest)
            and message.request_nonce == request.request_nonce
            and message.is_whole
        )
    if isinstance(message, OrderAck):
        request = data.outstanding
        return (
            message.sender == data.shop
            and isinstance(request, OrderPlace)
            and message.order_nonce == request.order_nonce
        )
    return True


def is_offered(data: TerminalData, message: UserChooses) -> bool:
    """The page has such an option."""
    return 1 <= message.index <= len(data.options)


def may_pay_again(data: TerminalData, message: UserPaysAgain) -> bool:
    """There is something to try again: the payment was not approved."""
    return data.outcome != "approved" and data.order_ref is not None


def order(data: TerminalData, message: UserOrders) -> Effect:
    """Place the order at the shop, directly."""
    request = OrderPlace(order_nonce=message.nonce, cart=message.cart)
    return replace(data, outstanding=request), (Send(data.shop, request),)


def keep_order(data: TerminalData, message: OrderAck) -> Effect:
    """Remember the order, durably."""
    return replace(data, outstanding=None, order_ref=message.order_ref), ()


def ask(data: TerminalData, request: TerminalRequest) -> Effect:
    """Send a request to the relay and wait for its answer. What the page said is not needed any more."""
    after = replace(data, outstanding=request, options=(), displayed=None, inquiry_token=None, outcome="")
    return after, (Send(data.relay, request),)


def pay(data: TerminalData, message: UserPays) -> Effect:
    """Begin the payment procedure."""
    return ask(data, _procedure_request(data, message.nonce, None))


def pay_again(data: TerminalData, message: UserPaysAgain) -> Effect:
    """Begin a new procedure in place of the finished one."""
    return ask(data, _procedure_request(data, message.nonce, data.handle))


def _procedure_request(data: TerminalData, nonce: Symbol, retry_of: Symbol | None) -> ProcedureRequest:
    assert data.order_ref is not None
    return ProcedureRequest(
        session=data.session,
        request_nonce=nonce,
        order_ref=data.order_ref,
        capabilities=data.capabilities,
        retry_of=retry_of,
    )


def show_wallets(data: TerminalData, message: WalletSelectSummary) -> Effect:
    """Show the wallets to choose from."""
    options = message.summary.bound
    assert isinstance(options, tuple)
    return replace(data, outstanding=None, handle=message.handle, options=options), ()


def choose(data: TerminalData, message: UserChooses) -> Effect:
    """Tell the relay which wallet."""
    assert data.handle is not None
    request = WalletChoice(session=data.session, request_nonce=message.nonce, handle=data.handle, index=message.index)
    after, sends = ask(data, request)
    return after, (WalletChosen(data.handle, data.options[message.index - 1]), *sends)


def display(data: TerminalData, message: ConfirmSummary) -> Effect:
    """Show what is to be confirmed."""
    shown = message.summary.bound
    assert isinstance(shown, Confirmable)
    after = replace(data, outstanding=None, handle=message.handle, displayed=shown)
    return after, (Displayed(shown.proc_key, shown.amount, shown.payee_name),)


def confirm(data: TerminalData, message: UserConfirms) -> Effect:
    """Consent to exactly what is shown."""
    assert data.handle is not None
    assert data.displayed is not None
    shown = data.displayed
    auth = Sealed(shown.wallet, data.user_auth) if data.user_auth else None
    request = PaymentProcessingRequest(
        session=data.session, request_nonce=message.nonce, handle=data.handle, consent=Consent(shown, auth)
    )
    after, sends = ask(data, request)
    return after, (Confirmed(shown.proc_key, shown.amount), *sends)


def cancel(data: TerminalData, message: UserCancels) -> Effect:
    """Give up."""
    assert data.handle is not None
    return ask(data, Cancel(session=data.session, request_nonce=message.nonce, handle=data.handle))


def offer_inquiry(data: TerminalData, message: ProgressSummary) -> Effect:
    """Show that it takes longer, and how to ask."""
    return replace(data, outstanding=None, handle=message.handle, inquiry_token=message.inquiry_token), ()


def inquire(data: TerminalData, message: UserAsks) -> Effect:
    """Ask for progress."""
    assert data.handle is not None
    assert data.inquiry_token is not None
    request = ProgressInquiry(
        session=data.session, request_nonce=message.nonce, handle=data.handle, inquiry_token=data.inquiry_token
    )
    return ask(data, request)


def show_result(data: TerminalData, message: ResultSummary) -> Effect:
    """Show how it ended."""
    concluded = message.summary.bound
    assert isinstance(concluded, Concluded)
    after = replace(data, outstanding=None, handle=message.handle, outcome=concluded.outcome)
    return after, (Shown(message.handle, concluded.outcome, concluded.amount),)


def show_error(data: TerminalData, message: ErrorSummary) -> Effect:
    """Show why it did not go on."""
    handle = message.handle or data.handle
    return replace(data, outstanding=None, handle=handle, outcome=message.code), (Shown(handle, message.code),)


def repeat(data: TerminalData, message: Input) -> Effect:
    """Send the outstanding request once more, the same nonce in it."""
    request = data.outstanding
    assert request is not None
    return data, (Send(data.shop if isinstance(request, OrderPlace) else data.relay, request),)


def forget_page(data: TerminalData, message: Restart) -> Effect:
    """Lose all but the order."""
    kept = TerminalData(data.session, data.capabilities, data.relay, data.shop, data.user_auth)
    return replace(kept, order_ref=data.order_ref), ()


class Terminal(Role):
    """Orders, pays, confirms, asks and is told."""

    idle = State(initial=True)
    shopping = State()
    ordered = State()
    waiting = State()
    selecting = State()
    confirming = State()
    in_progress = State()
    done = State()
    failed = State()

    user_orders = idle.to(shopping, on=order)
    order_ack = shopping.to(ordered, on=keep_order)
    user_pays = ordered.to(waiting, on=pay)
    wallet_select_summary = waiting.to(selecting, on=show_wallets)
    user_chooses = selecting.to(waiting, cond=is_offered, on=choose)
    confirm_summary = waiting.to(confirming, on=display)
    user_confirms = confirming.to(waiting, on=confirm)
    user_cancels = selecting.to(waiting, on=cancel) | confirming.to(waiting, on=cancel)
    progress_summary = waiting.to(in_progress, on=offer_inquiry)
    user_asks = in_progress.to(waiting, on=inquire)
    result_summary = waiting.to(done, on=show_result)
    error_summary = waiting.to(failed, on=show_error)
    user_pays_again = done.to(waiting, cond=may_pay_again, on=pay_again) | failed.to(
        waiting, cond=may_pay_again, on=pay_again
    )
    http_time = stay(shopping, waiting, on=repeat)
    restart = (
        shopping.to(idle, on=forget_page)
        | waiting.to(ordered, on=forget_page)
        | selecting.to(ordered, on=forget_page)
        | confirming.to(ordered, on=forget_page)
        | in_progress.to(ordered, on=forget_page)
    )

    inputs = (
        UserOrders,
        UserPays,
        UserPaysAgain,
        UserChooses,
        UserConfirms,
        UserCancels,
        UserAsks,
        OrderAck,
        WalletSelectSummary,
        ConfirmSummary,
        ProgressSummary,
        ResultSummary,
        ErrorSummary,
        PaymentInfoMessage,
        Restart,
    )
    timers = (HTTP_TIME.name,)
    correlation = staticmethod(answers_outstanding)
    ended = (done, failed)
    ignored = (
        ignore(
            PaymentInfoMessage, reason="a shop has no business sending it here (claim 3); it is put aside, and noted"
        ),
        ignore(
            Restart,
            reason="nothing is lost: there is no page, or the page with the result is the user's to keep",
            states=(idle, ordered, done, failed),
        ),
    )
