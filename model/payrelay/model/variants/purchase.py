"""Faulty purchases: for each property of a purchase the edit that violates it, and the negative results of § 2.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Add, Drop, Forget, Guarded, Redirect, Uncorrelated, Variant
from payrelay.language.messages import Input, Send, Tell
from payrelay.language.role import Action, Effect, Row
from payrelay.language.terms import Hash, Symbol, Unverified
from payrelay.model.conversion import Amount, ConfirmInformation, WalletOption
from payrelay.model.data import (
    Confirmable,
    ConfirmInfo,
    OrderRef,
    PaymentInfo,
    ProcKey,
    Receipt,
    opened,
    signed,
)
from payrelay.model.messages import purchase as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages.internal import Debit
from payrelay.model.protocol import auth_info
from payrelay.model.roles import enrolment, shop_order, terminal
from payrelay.model.roles import payment_authorization as payment
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import shop_attempt as attempt
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.sections import order, summarize

TERMINAL, RELAY, WALLET, ORDER, ATTEMPT, PAYMENT, ENROLMENT = (
    "terminal",
    "relay_procedure",
    "wallet_procedure",
    "shop_order",
    "shop_attempt",
    "payment_authorization",
    "enrolment",
)
STORIES = "fault_stories wallets=1"
"""One loss, one duplicate, one crash of the relay and one early time-out; small."""
OTHER = Amount(1, "JPY")
"""Another amount than the order's."""
FIRST = ProcKey("shop", Symbol("proc_id", "1"))
MADE_UP = PaymentInfo(
    FIRST,
    "Bookshop",
    OrderRef("shop", Symbol("order_ref", "1")),
    Symbol("relay_txn", "1"),
    Amount(2, "JPY"),
    Hash("nothing"),
    ("brand",),
    "payment",
    Symbol("pay_url", "1"),
    Symbol("shop_nonce", "1"),
)


def silently(action: Action) -> Action:
    """The action without what it sends."""

    def keep_quiet(data: Any, message: Any) -> Effect:
        return action(data, message)[0], ()

    return keep_quiet


def sending(action: Action, changed: Any) -> Action:
    """The action with what it sends to other parties changed: each Send to a tuple of outputs."""

    def send_other(data: Any, message: Any) -> Effect:
        after, outputs = action(data, message)
        return after, tuple(
            new for output in outputs for new in (changed(data, output) if isinstance(output, Send) else (output,))
        )

    return send_other


def _with(output: Send, **fields: Any) -> tuple[Send, ...]:
    return (replace(output, message=replace(output.message, **fields)),)


def also(action: Action, more: Any) -> Action:
    """The action with more outputs."""

    def do_more(data: Any, message: Any) -> Effect:
        after, outputs = action(data, message)
        return after, (*outputs, *more(after, message))

    return do_more


# --- claims 1, 15, 16


def demand_less(data: attempt.AttemptData, message: said.ForwardedProcedureRequest) -> Effect:
    """Demand another amount than the order's."""
    assert message.terms is not None
    return attempt.open_attempt(data, replace(message, terms=replace(message.terms, total=OTHER)))


def accept_stranger(data: enrolment.EnrolmentData, message: said.ForwardedPaymentInfo) -> Effect:
    """Treat a user of whom nothing is held as enrolled."""
    known = replace(message, enrolment=auth_info(data.wallet, data.security))
    return data, (Tell(f"procedure-{message.relay_txn.name}", known),)


def _authorize_alone(data: attempt.AttemptData, message: Input) -> tuple[Send, ...]:
    info = data.info
    request = said.AuthorizationRequest(
        proc_key=info.proc_key,
        amount=info.amount,
        order_info_hash=Hash("nothing"),
        order_digest=info.order_digest,
        instruction=None,
        dual_signature=None,
    )
    return (Send("payment", request),)


def _debit_too(data: payment.PaymentData, message: said.VoidingInquiry) -> tuple[Tell, ...]:
    return (Tell("account", Debit(proc_key=message.proc_key, amount=message.amount)),)


def _inform_unasked(data: shop_order.OrderData, message: Input) -> tuple[Send, ...]:
    return (Send("relay", said.PaymentInfoMessage(relay_txn=MADE_UP.relay_txn, payment_info=MADE_UP)),)


def _other_order(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    return _with(output, order_ref=OrderRef("shop", Symbol("order_ref", "2")))


def _other_amount(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    info = getattr(output.message, "payment_info", None)
    content = opened(info)
    if not isinstance(content, PaymentInfo):
        return (output,)
    return _with(output, payment_info=replace(info, content=replace(content, amount=OTHER)))  # type: ignore[type-var]


def _by_control(data: Any, output: Send) -> tuple[Send, ...]:
    return (order(output.to, output.message),)


def _without_auth(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    message = output.message
    assert isinstance(message, said.ForwardedPaymentProcessingRequest)
    return _with(output, consent=replace(message.consent, user_auth=None))


# --- claims 2, 3, 14 and what parties know


def _info_as_cart(data: Any, output: Send) -> tuple[Send, ...]:
    return _with(output, cart=MADE_UP)


def _info_to_terminal(data: attempt.AttemptData, message: Input) -> tuple[Send, ...]:
    info = signed("shop", data.info, data.identity.security)
    return (Send("terminal-1", said.PaymentInfoMessage(relay_txn=data.identity.relay_txn, payment_info=info)),)


def _info_as_receipt(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    return _with(output, receipt=data.payment_info)


def _to_all_wallets(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    return tuple(replace(output, to=one) for one in data.candidates)


def _to_another_wallet(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    return (replace(output, to=next(one for one in data.candidates if one != output.to)),)


def invent_options(data: relay.RelayData, message: Input) -> Effect:
    """Let the user choose among all wallets, whether they made an offer or not."""
    offers = tuple(WalletOption(one, one, ("invented",)) for one in data.candidates)
    return relay.show_wallets(replace(data, offers=offers), Input())


def _info_as_brand(data: relay.RelayData, message: said.PaymentInfoMessage) -> Effect:
    after, outputs = relay.ask_wallets(data, message)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in _with(output, brands=(message.payment_info,)))


def _in_clear(data: wallet.WalletData, output: Send) -> tuple[Send, ...]:
    return _with(output, instruction=opened(getattr(output.message, "instruction", None)))


def _order_in_clear(data: attempt.AttemptData, output: Send) -> tuple[Send, ...]:
    digest = getattr(output.message, "order_digest", None)
    return _with(output, order_digest=getattr(digest, "content", None))


def tell_session(data: relay.RelayData, message: edge.ProcedureRequest) -> Effect:
    """Tell the shop the terminal's session."""
    after, outputs = relay.forward_request(data, message)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in _with(output, terms=message.session))


# --- claims 4 to 7


def invent_page(data: relay.RelayData, message: said.PaymentInfoMessage) -> Effect:
    """Ask the user to confirm what no wallet has said."""
    after, outputs = relay.forward_info(data, message)
    info = after.info
    assert after.capabilities is not None
    bound = Confirmable(info.proc_key, info.amount, info.payee_name, after.wallet)
    page = summarize(
        ConfirmInformation(info.amount, info.proc_key.proc_id.name, info.payee_name), after.capabilities, "plain", bound
    )
    to, nonce = after.pending[0]
    made = edge.ConfirmSummary(request_nonce=nonce, handle=after.identity.handle, summary=page)  # type: ignore[arg-type]
    return after, (*outputs, Send(to, made, by="contents converting unit"))


def confirm_less(data: wallet.WalletData, message: said.ForwardedPaymentInfo) -> Effect:
    """Ask the user to confirm another amount."""
    after, outputs = wallet.ask_to_confirm(data, message)
    info, identity = after.info, data.identity
    lie = ConfirmInfo(info.proc_key, OTHER, info.payee_name, "card", Hash(after.payment_info), identity.nonce)
    confirm = signed(identity.wallet, lie, identity.security)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in _with(output, confirm_info=confirm))


def _without_slot(name: str) -> Any:
    def without(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
        summary = getattr(output.message, "summary", None)
        assert summary is not None
        return _with(output, summary=replace(summary, slots=tuple(s for s in summary.slots if s[0] != name)))

    return without


def _swapped(data: relay.RelayData, output: Send) -> tuple[Send, ...]:
    summary = getattr(output.message, "summary", None)
    assert summary is not None
    (one, first, text), (other, second, more), *rest = summary.slots
    return _with(output, summary=replace(summary, slots=((one, first, more), (other, second, text), *rest)))


# --- claims 8 to 11


def _bypassing(data: Any, output: Send) -> tuple[Send, ...]:
    return (replace(output, by=""),)


def doubt_silently(data: relay.RelayData, message: Input) -> Effect:
    """Doubt, and ask nobody."""
    return replace(data, in_doubt=True), ()


def invent_result(data: relay.RelayData, message: Input) -> Effect:
    """Tell the user after a while that it was declined."""
    return relay._conclude(data, "declined")


def show_progress_at_once(data: relay.RelayData, message: edge.ProcedureRequest) -> Effect:
    """Tell the user that the payment is in progress before there is any."""
    after, outputs = relay.forward_request(data, message)
    shown, pages = relay.show_progress(after, message)
    return shown, (*outputs, *pages)


def show_progress_for_ever(data: relay.RelayData, message: edge.TerminalRequest) -> Effect:
    """Say that it is in progress when it is over."""
    held = replace(data, pending=((message.sender, message.request_nonce),))
    return relay.show_progress(held, message)


def let_go(data: relay.RelayData, message: edge.ProgressInquiry) -> Effect:
    """Let an inquiry go unanswered."""
    return data, ()


def _inquire_at_once(data: terminal.TerminalData, message: Any) -> tuple[Send, ...]:
    assert data.handle is not None
    inquiry = edge.ProgressInquiry(
        session=data.session,
        request_nonce=message.nonce,
        handle=data.handle,
        inquiry_token=Symbol("inquiry_token", data.handle.name),
    )
    return (Send(data.relay, inquiry),)


def _other_nonce(data: Any, output: Send) -> tuple[Send, ...]:
    return _with(output, request_nonce=Symbol("request_nonce", "nobody's"))


# --- money and truth


def pay_unasked(data: wallet.WalletData, message: said.ForwardedPaymentInfo) -> Effect:
    """Request payment without asking the user."""
    after, _ = wallet.ask_to_confirm(data, message)
    return wallet.request_payment(after, message)  # type: ignore[arg-type]


def show_less(data: relay.RelayData, message: said.ConfirmInfoMessage) -> Effect:
    """Show, and bind the user's consent to, another amount."""
    info = opened(message.confirm_info)
    assert isinstance(info, ConfirmInfo)
    return relay.show_confirmation(data, replace(message, confirm_info=Unverified(replace(info, amount=OTHER))))


def debit_again(data: payment.PaymentData, message: said.AuthorizationRequest) -> Effect:
    """Take the money once more for the same request."""
    after, outputs = payment.respond(data, message)
    return after, (Tell("account", Debit(proc_key=message.proc_key, amount=message.amount)), *outputs)


def keep_all_attempts(data: shop_order.OrderData, message: Any) -> Effect:
    """Let the older attempt go on beside the newer one."""
    return replace(data, opened=(*(one for one in data.opened if one != message.attempt), message.attempt)), ()


def acknowledge_and_pay(data: wallet.WalletData, message: said.ForwardedCancel) -> Effect:
    """Say that it is cancelled, and request payment."""
    after, ack = wallet.say_cancelled(data, message)
    paying, outputs = wallet.request_payment(after, message)  # type: ignore[arg-type]
    return paying, (*ack, *outputs)


def give_up_waiting(data: relay.RelayData, message: Input) -> Effect:
    """Tell the user that it failed because the wallet did not answer."""
    return relay._fail(data, "WALLET_TIMEOUT")


def refuse_and_authorize(data: attempt.AttemptData, message: said.PaymentRequest) -> Effect:
    """Tell the wallet that it was declined, and have it debited all the same: a malicious shop."""
    after, outputs = attempt.authorize(data, message)
    info = data.info
    lie = Unverified(Receipt(info.proc_key, info.amount, "declined"))
    return after, (*outputs, Send(message.sender, said.PaymentResponse(proc_key=info.proc_key, receipt=lie)))


def believe(data: wallet.WalletData, message: said.PaymentResponse) -> Effect:
    """Tell the user what the shop said, whoever signed it."""
    return wallet.say_refused(replace(data, outcome="failed"), message)


def say_expired(data: wallet.WalletData, message: Input) -> Effect:
    """Conclude from the clock that nothing can have come of the request."""
    return wallet.say_refused(replace(data, outcome="expired"), message)


def say_unknown(data: wallet.WalletData, message: Input) -> Effect:
    """Say that the outcome is unknown, and so end it for the relay."""
    refusal = said.WalletRefusal(relay_txn=data.identity.relay_txn, outcome="unknown")
    return data, (Send(data.identity.relay, refusal),)


def ask_whether_known(data: attempt.AttemptData, message: Input) -> Effect:
    """Ask the payment server about an attempt that was sent to it, and give it up."""
    info = data.info
    return data, (Send(info.payment_server, said.VoidingInquiry(proc_key=info.proc_key, amount=info.amount)),)


def say_not_known(data: payment.PaymentData, message: said.VoidingInquiry) -> Effect:
    """Say that nothing is known of the attempt, and let it be authorised later."""
    return data, payment.make_void(data, message)[1]


def is_refused_but_not_rejected(data: attempt.AttemptData, message: said.AuthorizationResponse) -> bool:
    """The payment server decided otherwise, but not because the request was out of order."""
    receipt = opened(message.receipt)
    return attempt.is_refused(data, message) and isinstance(receipt, Receipt) and receipt.outcome != "rejected"


def lie_unasked(data: enrolment.EnrolmentData, message: said.WalletQuery) -> Effect:
    """Besides offering nothing, say that a payment was approved that another wallet makes."""
    after, outputs = enrolment.offer_nothing(data, message)
    lie = Unverified(Receipt(FIRST, Amount(2, "JPY"), "approved"))
    result = said.ResultInfo(relay_txn=Symbol("relay_txn", "1"), receipt=lie)
    return after, (*outputs, Send(data.relay, result))


def request_anew(data: wallet.WalletData, message: said.ForwardedPaymentProcessingRequest) -> Effect:
    """Build another request for a consent that was used."""
    other = replace(data, identity=replace(data.identity, nonce=Symbol("second_nonce", "1")))
    _, outputs = wallet.request_payment(other, message)
    return data, tuple(output for output in outputs if isinstance(output, Send))


def forward_again(data: attempt.AttemptData, message: said.PaymentRequest) -> Effect:
    """Pass every request on."""
    _, outputs = attempt.authorize(data, message)
    return data, tuple(output for output in outputs if not isinstance(output, Tell))


def forge_result(data: wallet.WalletData, message: said.ForwardedPaymentProcessingRequest) -> Effect:
    """Say that it was approved before anybody was asked."""
    after, outputs = wallet.request_payment(data, message)
    info = data.info
    receipt = signed(info.payment_server, Receipt(info.proc_key, info.amount, "approved"), data.identity.security)
    return after, (
        *outputs,
        Send(data.identity.relay, said.ResultInfo(relay_txn=data.identity.relay_txn, receipt=receipt)),
    )


def release_at_once(data: attempt.AttemptData, message: said.PaymentRequest) -> Effect:
    """Release the goods on the wallet's word."""
    after, outputs = attempt.authorize(data, message)
    return after, tuple(output for output in outputs if not isinstance(output, Tell))


def _never_approve() -> tuple[Any, ...]:
    return (
        Redirect(role=PAYMENT, action="approve", to="declined"),
        Act(role=PAYMENT, action="approve", instead=payment.decline),
    )


def _one(name: str, story: str, violates: str, configuration: str, *edits: Any) -> Variant:
    return Variant(name=name, story=story, edits=edits, violates=tuple(violates.split()), configuration=configuration)


WALLET_LIES = Act(role=WALLET, action="ask_to_confirm", instead=confirm_less)
RELAY_DOES_NOT_COMPARE = (
    Guarded(role=RELAY, action="show_confirmation", by=()),
    Drop(role=RELAY, action="fail_on_confirm_info"),
)
WALLET_DOES_NOT_COMPARE = (
    Guarded(role=WALLET, action="request_payment", by=()),
    Drop(role=WALLET, state="await_consent", action="refuse_consent"),
)

PURCHASE_VARIANTS = (
    _one(
        "broken_never_approved",
        "The payment server declines everything.",
        "a_purchase_can_complete",
        "happy",
        *_never_approve(),
    ),
    _one(
        "broken_never_declined",
        "The payment server calls out of order what the issuer declines.",
        "the_payment_server_processes_payments",
        "faults wallets=1",
        Redirect(role=PAYMENT, action="decline", to="rejected"),
        Act(role=PAYMENT, action="decline", instead=payment.reject),
    ),
    _one(
        "broken_other_amount",
        "The shop demands another amount than that of the order.",
        "payment_information_has_the_amount_of_the_order",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=demand_less),
    ),
    _one(
        "broken_stranger_pays",
        "A wallet pays for a user of whom it holds nothing.",
        "a_wallet_pays_only_for_whom_it_holds_authentication_information",
        "happy strangers=wallet-1",
        Act(role=ENROLMENT, action="pass_on", instead=accept_stranger),
    ),
    _one(
        "broken_shop_asks_alone",
        "The shop asks the payment server before any wallet asked it to.",
        "the_payment_server_is_asked_through_the_shop",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=also(attempt.open_attempt, _authorize_alone)),
    ),
    _one(
        "broken_debit_unasked",
        "The payment server takes the money when it is asked to void.",
        "a_debit_follows_a_request_of_the_shop",
        "faults wallets=1",
        Act(role=PAYMENT, action="make_void", instead=also(payment.make_void, _debit_too)),
    ),
    _one(
        "broken_request_kept",
        "The relay takes a terminal's request and does not transfer it.",
        "procedure_requests_are_forwarded_to_the_shop",
        "happy",
        Act(role=RELAY, action="forward_request", instead=silently(relay.forward_request)),
    ),
    _one(
        "broken_request_for_other_order",
        "The relay asks the shop for another order than the terminal did.",
        "procedure_requests_are_not_invented",
        "happy",
        Act(role=RELAY, action="forward_request", instead=sending(relay.forward_request, _other_order)),
    ),
    _one(
        "broken_info_kept",
        "The relay takes the payment information and does not transfer it.",
        "payment_information_is_forwarded_to_the_wallet",
        "happy",
        Act(role=RELAY, action="forward_info", instead=silently(relay.forward_info)),
    ),
    _one(
        "broken_info_altered",
        "The relay transfers payment information with another amount.",
        "payment_information_is_forwarded_unchanged the_amount_is_the_same_from_shop_to_result",
        "happy",
        Act(role=RELAY, action="forward_info", instead=sending(relay.forward_info, _other_amount)),
    ),
    _one(
        "broken_info_unasked",
        "The shop sends payment information as soon as the order is placed.",
        "payment_information_follows_the_request_for_it",
        "happy",
        Act(role=ORDER, action="freeze", instead=also(shop_order.freeze, _inform_unasked)),
    ),
    _one(
        "broken_transfer_by_control",
        "The relay's control section makes a transfer itself.",
        "transfers_are_made_by_the_redirecting_section",
        "happy",
        Act(role=RELAY, action="forward_request", instead=sending(relay.forward_request, _by_control)),
    ),
    _one(
        "broken_consent_kept",
        "The relay takes the user's consent and does not transfer it.",
        "payment_processing_requests_are_forwarded_to_the_wallet",
        "happy",
        Act(role=RELAY, action="forward_consent", instead=silently(relay.forward_consent)),
    ),
    _one(
        "broken_consent_altered",
        "The relay transfers a consent that is not the user's.",
        "payment_processing_requests_are_not_invented",
        "happy",
        Act(
            role=RELAY,
            action="forward_consent",
            instead=sending(relay.forward_consent, _without_auth),
        ),
    ),
    _one(
        "broken_terminal_emits_info",
        "A terminal sends payment information.",
        "the_terminal_emits_no_payment_information",
        "happy",
        Act(role=TERMINAL, action="order", instead=sending(terminal.order, _info_as_cart)),
    ),
    _one(
        "broken_no_direct_order",
        "A terminal does not speak with the shop.",
        "the_terminal_can_speak_with_the_shop_directly",
        "happy",
        Act(role=TERMINAL, action="order", instead=silently(terminal.order)),
    ),
    _one(
        "broken_direct_info",
        "The shop sends the payment information to the terminal, too.",
        "the_terminal_never_receives_payment_information_directly",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=also(attempt.open_attempt, _info_to_terminal)),
    ),
    _one(
        "broken_info_in_page",
        "The relay puts the payment information beside the result.",
        "the_terminal_never_receives_payment_information the_terminal_never_knows_payment_information "
        "the_terminal_sees_the_same_whatever_the_secrets_are",
        "happy",
        Act(role=RELAY, action="show_result", instead=sending(relay.show_result, _info_as_receipt)),
    ),
    _one(
        "broken_info_to_all",
        "The relay transfers the payment information to every wallet.",
        "payment_information_goes_to_one_wallet",
        "benign",
        Act(
            role=RELAY,
            action="forward_info_to_chosen",
            instead=sending(relay.forward_info_to_chosen, _to_all_wallets),
        ),
    ),
    _one(
        "broken_other_wallet_chosen",
        "The relay transfers the payment information to another wallet than the user chose.",
        "the_chosen_wallet_gets_the_payment_information",
        "benign",
        Act(
            role=RELAY,
            action="forward_info_to_chosen",
            instead=sending(relay.forward_info_to_chosen, _to_another_wallet),
        ),
    ),
    _one(
        "broken_no_offer",
        "No wallet ever makes an offer.",
        "each_wallet_can_be_chosen",
        "benign",
        Act(role=ENROLMENT, action="offer", instead=enrolment.offer_nothing),
    ),
    _one(
        "broken_option_invented",
        "The relay lets the user choose a wallet that made no offer.",
        "only_wallets_that_offered_are_shown",
        "benign strangers=wallet-2",
        Redirect(role=RELAY, action="forward_info_to_offer", to="wait_choice"),
        Act(role=RELAY, action="forward_info_to_offer", instead=invent_options),
    ),
    _one(
        "broken_info_in_query",
        "The relay shows every wallet the payment information when it asks for offers.",
        "wallets_not_chosen_know_no_payment_information",
        "benign",
        Act(role=RELAY, action="ask_wallets", instead=_info_as_brand),
    ),
    _one(
        "broken_instruction_in_clear",
        "The wallet does not seal the payment instruction.",
        "the_shop_cannot_read_the_payment_instruction",
        "happy",
        Act(role=WALLET, action="request_payment", instead=sending(wallet.request_payment, _in_clear)),
    ),
    _one(
        "broken_order_in_clear",
        "The shop sends the payment server the order instead of its digest.",
        "the_payment_server_cannot_read_the_order",
        "happy",
        Act(role=ATTEMPT, action="authorize", instead=sending(attempt.authorize, _order_in_clear)),
    ),
    _one(
        "broken_session_told",
        "The relay tells the shop the terminal's session.",
        "the_session_stays_between_terminal_and_relay",
        "happy",
        Act(role=RELAY, action="forward_request", instead=tell_session),
    ),
    _one(
        "broken_page_invented",
        "The relay asks the user to confirm what no wallet has said.",
        "every_page_has_a_source",
        "happy",
        Act(role=RELAY, action="forward_info", instead=invent_page),
    ),
    _one(
        "broken_page_kept",
        "The relay makes the confirmation and does not send it.",
        "confirming_information_reaches_the_user_as_a_page",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=silently(relay.show_confirmation)),
    ),
    _one(
        "broken_confirm_info",
        "The wallet asks the user to confirm another amount than that of the payment information.",
        "confirming_information_is_based_on_the_payment_information",
        "happy",
        WALLET_LIES,
    ),
    _one(
        "broken_page_without_amount",
        "The confirmation does not show the amount.",
        "the_confirmation_shows_the_amount_of_the_payment_information",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _without_slot("amount"))),
    ),
    _one(
        "broken_page_out_of_place",
        "The confirmation shows its items in other positions than the template's.",
        "pages_are_their_templates",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _swapped)),
    ),
    _one(
        "broken_page_without_identifier",
        "The confirmation does not name its procedure.",
        "the_confirmation_identifies_its_procedure",
        "happy",
        Act(
            role=RELAY,
            action="show_confirmation",
            instead=sending(relay.show_confirmation, _without_slot("identifier")),
        ),
    ),
    _one(
        "broken_page_bypasses_control",
        "A page goes to the terminal past the relay's sections.",
        "nothing_crosses_the_relay_but_by_its_sections",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _bypassing)),
    ),
    _one(
        "broken_settlement_unasked",
        "The relay doubts, and does not ask the payment server though it is told to.",
        "the_relay_can_ask_the_settlement_institution",
        "claim_8_literally",
        Act(role=RELAY, action="doubt", instead=doubt_silently),
    ),
    _one(
        "broken_result_kept",
        "The wallet keeps the payment server's receipt to itself.",
        "what_the_payment_server_signed_reaches_the_relay",
        "happy",
        Act(role=WALLET, action="bring_result", instead=silently(wallet.bring_result)),
    ),
    _one(
        "broken_result_invented",
        "The relay tells the user after a while that the payment was declined.",
        "every_result_shown_came_through_the_wallet every_page_has_a_source no_result_lies",
        "benign",
        Redirect(role=RELAY, action="show_progress", to="settled"),
        Act(role=RELAY, action="show_progress", instead=invent_result),
    ),
    _one(
        "broken_progress_unasked",
        "The relay shows progress before anything is in progress.",
        "progress_is_shown_only_while_a_result_is_awaited",
        "happy",
        Act(role=RELAY, action="forward_request", instead=show_progress_at_once),
    ),
    _one(
        "broken_progress_after_result",
        "The relay goes on showing progress when it has the result.",
        "progress_is_shown_only_until_the_result",
        "benign",
        Act(role=RELAY, state="settled", action="answer_page", instead=show_progress_for_ever),
    ),
    _one(
        "broken_inquiry_refused",
        "The relay does not take inquiries.",
        "the_progress_page_enables_the_inquiry",
        "benign",
        Drop(role="relay_directory", event="progress_inquiry"),
    ),
    _one(
        "broken_inquiry_at_once",
        "A terminal inquires without having been shown progress, and the relay takes it.",
        "an_inquiry_follows_the_page_that_enables_it",
        "happy",
        Act(role=TERMINAL, action="confirm", instead=also(terminal.confirm, _inquire_at_once)),
    ),
    _one(
        "broken_no_progress",
        "The relay lets an inquiry go unanswered.",
        "every_inquiry_is_answered",
        "benign",
        Act(role=RELAY, event="progress_inquiry", action="hold_for_result", instead=let_go),
    ),
    _one(
        "broken_user_cannot_ask",
        "The terminal shows progress and gives the user no means to ask: settled, and in progress for ever.",
        "everybody_can_always_finish the_result_is_delivered_to_a_user_who_asks whoever_confirms_is_told_the_outcome",
        "benign",
        Drop(role=TERMINAL, event="user_asks"),
    ),
    _one(
        "broken_answer_to_nobody",
        "The relay sends a page that answers no request.",
        "every_answer_answers_a_request",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _other_nonce)),
    ),
    _one(
        "broken_wallet_pays_unasked",
        "The wallet requests payment without the user's consent.",
        "no_debit_without_the_user_s_consent_to_it",
        "happy",
        Redirect(role=WALLET, action="ask_to_confirm", to="requested"),
        Act(role=WALLET, action="ask_to_confirm", instead=pay_unasked),
    ),
    _one(
        "broken_wallet_lies",
        "The wallet has one yen confirmed and pays two; the relay does not compare it with what the shop said.",
        "no_debit_without_the_user_s_consent_to_it the_amount_is_the_same_from_shop_to_result",
        "happy",
        WALLET_LIES,
        *RELAY_DOES_NOT_COMPARE,
        *WALLET_DOES_NOT_COMPARE,
    ),
    _one(
        "broken_relay_shows_less",
        "The relay shows one yen for two, and the wallet does not compare the consent with what it pays.",
        "no_debit_without_the_user_s_consent_to_it",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=show_less),
        *WALLET_DOES_NOT_COMPARE,
    ),
    _one(
        "broken_payment_not_idempotent",
        "The payment server takes the money again when a request comes twice.",
        "at_most_one_debit_an_attempt at_most_one_debit_an_order",
        STORIES,
        Act(role=PAYMENT, state="approved", action="respond", instead=debit_again),
    ),
    _one(
        "broken_two_instructions",
        "The wallet builds a second instruction for a repeated consent, the shop passes it on, and the payment server "
        "knows requests, not attempts.",
        "at_most_one_debit_an_attempt",
        STORIES,
        Add(
            role=WALLET,
            row=Row("requested", "forwarded_payment_processing_request", (), request_anew, "requested"),
        ),
        Add(role=ATTEMPT, row=Row("pending", "payment_request", (), forward_again, "pending")),
        Act(role=PAYMENT, state="approved", action="report_conflict", instead=debit_again),
    ),
    _one(
        "broken_independent_attempts",
        "The attempts of an order know nothing of each other: two of them are paid.",
        "at_most_one_debit_an_order",
        "devices declines=false",
        Act(role=ORDER, action="make_current", instead=keep_all_attempts),
        Act(role=ORDER, action="refuse_in_payment", instead=shop_order.offer_terms),
        Act(role=ORDER, action="refuse_paid", instead=shop_order.offer_terms),
    ),
    _one(
        "broken_cancel_not_final",
        "The wallet acknowledges a cancel and requests payment all the same.",
        "an_acknowledged_cancel_is_final",
        "benign wallets=1",
        Redirect(role=WALLET, action="acknowledge_cancel", to="requested"),
        Act(role=WALLET, action="acknowledge_cancel", instead=acknowledge_and_pay),
    ),
    _one(
        "broken_relay_not_durable",
        "The relay forgets a procedure that it has passed the point of no return of: told an error, money taken.",
        "no_result_lies",
        STORIES,
        Redirect(role=RELAY, state="settling", event="restart", to="forgotten"),
        Act(role=RELAY, state="settling", event="restart", instead=relay.forget),
    ),
    _one(
        "broken_wallet_not_durable",
        "The wallet forgets that it has requested payment: told failed, money taken.",
        "no_result_lies",
        f"{STORIES} crashing=wallet",
        Add(role=WALLET, row=Row("requested", "restart", (), wallet.forget, "idle")),
    ),
    _one(
        "broken_late_point_of_no_return",
        "The relay gives up while it waits for the wallet's result: told failed, money taken.",
        "no_result_lies",
        STORIES,
        Add(role=RELAY, row=Row("settling", "wallet_time", (), give_up_waiting, "failed")),
    ),
    _one(
        "broken_wallet_believes_shop",
        "A malicious shop says declined and has it debited; the wallet takes its word without a receipt.",
        "no_result_lies",
        "happy",
        Act(role=ATTEMPT, action="authorize", instead=refuse_and_authorize),
        Redirect(role=WALLET, event="payment_response", to="cancelled"),
        Guarded(role=WALLET, event="payment_response", by=()),
        Act(role=WALLET, event="payment_response", instead=believe),
    ),
    _one(
        "broken_wallet_trusts_clock",
        "The wallet concludes from the clock that nothing came of its request.",
        "no_result_lies",
        "faults wallets=1",
        Add(role=WALLET, row=Row("requested", "info_expiry", (), say_expired, "cancelled")),
    ),
    _one(
        "broken_no_voiding",
        "The shop's attempt has expired, the wallet's user has consented, and nobody can sign what came of it.",
        "everybody_can_always_finish",
        STORIES,
        Drop(role=ATTEMPT, action="inquire_voiding"),
    ),
    _one(
        "broken_status_as_outcome",
        "The shop takes 'not known' for an outcome, and it overtakes the request that it speaks of.",
        "no_result_lies",
        "faults wallets=1",
        Add(role=ATTEMPT, row=Row("pending", "info_expiry", (), ask_whether_known, "cancelled")),
        Redirect(role=PAYMENT, action="make_void", to="new"),
        Act(role=PAYMENT, action="make_void", instead=say_not_known),
    ),
    _one(
        "broken_rejected_without_row",
        "The shop has no row for a rejected request: pending for ever, without any fault.",
        "everybody_can_always_finish",
        "happy expires=true",
        Guarded(role=ATTEMPT, action="pass_on_refusal", by=((is_refused_but_not_rejected, True),)),
    ),
    _one(
        "broken_unknown_ends",
        "The wallet reports that the outcome is unknown, and the relay takes it for the end: the truth is never shown.",
        "no_result_lies",
        STORIES,
        Act(role=WALLET, action="request_again", instead=say_unknown),
        Guarded(role=RELAY, action="show_refusal", by=()),
    ),
    _one(
        "broken_relay_deaf",
        "While it settles, and afterwards, the relay answers only the inquiry that it expects.",
        "everybody_can_always_finish",
        STORIES,
        *(
            Drop(role=RELAY, state=state, event=event)
            for state in ("settling", "settled")
            for event in ("procedure_request", "payment_processing_request", "cancel", "wallet_choice")
        ),
    ),
    _one(
        "broken_sender_unchecked",
        "A wallet that was not chosen says that the payment was approved, and the relay does not look who says so.",
        "no_result_lies",
        "benign security=plain strangers=wallet-2",
        Act(role=ENROLMENT, state="empty", action="offer_nothing", instead=lie_unasked),
        Uncorrelated(role=RELAY),
    ),
    _one(
        "broken_goods_for_nothing",
        "The shop releases the goods on the wallet's word.",
        "goods_if_and_only_if_money",
        "happy",
        Redirect(role=ATTEMPT, action="authorize", to="paid"),
        Act(role=ATTEMPT, action="authorize", instead=release_at_once),
    ),
    _one(
        "broken_result_before_receipt",
        "The wallet says approved as soon as it has asked.",
        "commitments_are_made_in_order",
        "happy",
        Act(role=WALLET, action="request_payment", instead=forge_result),
    ),
    _one(
        "broken_no_retry",
        "Nobody repeats anything: one lost message, and it stays in progress for ever.",
        "everybody_can_always_finish whoever_confirms_is_told_the_outcome",
        STORIES,
        Drop(role=RELAY, event="retry_time"),
        Drop(role=WALLET, event="retry_time"),
        Drop(role=ATTEMPT, event="retry_time"),
    ),
    _one(
        "broken_row_missing",
        "The relay has no answer to an inquiry after the result.",
        "nothing_arrives_where_it_has_no_place",
        "benign",
        Forget(role=RELAY, state="settled", event="progress_inquiry"),
    ),
)

WALLET_NOT_IDEMPOTENT = _one(
    "masked_wallet_not_idempotent",
    "Only the wallet builds a second instruction; shop and payment server mask it.",
    "",
    STORIES,
    Add(role=WALLET, row=Row("requested", "forwarded_payment_processing_request", (), request_anew, "requested")),
)
"""A mutant that no property of money sees: it shows on the wire between wallet and shop alone."""
