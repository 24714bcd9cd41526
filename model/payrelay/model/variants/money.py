"""Faults that cost money, tell lies or end nowhere, and the negative results of § 2.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Add, Drop, Forget, Guarded, Redirect, Uncorrelated
from payrelay.language.messages import Input, Send, Tell
from payrelay.language.role import Effect, Row
from payrelay.language.terms import Symbol, Unverified
from payrelay.model.conversion import Amount
from payrelay.model.data import ConfirmInfo, Receipt, opened, signed
from payrelay.model.messages import purchase as said
from payrelay.model.messages.internal import Debit
from payrelay.model.procedure import RelayData, fail
from payrelay.model.roles import enrolment, shop_order
from payrelay.model.roles import payment_authorization as payment
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import shop_attempt as attempt
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.variants.making import (
    ATTEMPT,
    ENROLMENT,
    FIRST,
    ORDER,
    OTHER,
    PAYMENT,
    RELAY,
    STORIES,
    WALLET,
    variant,
)
from payrelay.model.variants.pages import WALLET_LIES


def pay_unasked(data: wallet.WalletData, message: said.ForwardedPaymentInfo) -> Effect:
    """Request payment without asking the user."""
    after, _ = wallet.ask_to_confirm(data, message)
    return wallet.request_payment(after, message)  # type: ignore[arg-type]


def show_less(data: RelayData, message: said.ConfirmInfoMessage) -> Effect:
    """Show, and bind the user's consent to, another amount."""
    info = opened(message.confirm_info)
    assert isinstance(info, ConfirmInfo)
    return relay.show_confirmation(data, replace(message, confirm_info=Unverified(replace(info, amount=OTHER))))


def debit_again(data: payment.PaymentData, message: said.AuthorizationRequest) -> Effect:
    """Take the money once more for the same request."""
    after, outputs = payment.respond(data, message)
    return after, (
        Tell("account", Debit(proc_key=message.proc_key, amount=message.amount, order_digest=message.order_digest)),
        *outputs,
    )


def keep_all_attempts(data: shop_order.OrderData, message: Any) -> Effect:
    """Let the older attempt go on beside the newer one."""
    return replace(data, opened=(*(one for one in data.opened if one != message.attempt), message.attempt)), ()


def acknowledge_and_pay(data: wallet.WalletData, message: said.ForwardedCancel) -> Effect:
    """Say that it is cancelled, and request payment."""
    after, ack = wallet.say_cancelled(data, message)
    paying, outputs = wallet.request_payment(after, message)  # type: ignore[arg-type]
    return paying, (*ack, *outputs)


def give_up_waiting(data: RelayData, message: Input) -> Effect:
    """Tell the user that it failed because the wallet did not answer."""
    return fail(data, "WALLET_TIMEOUT")


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


RELAY_DOES_NOT_COMPARE = (
    Guarded(role=RELAY, action="show_confirmation", by=()),
    Drop(role=RELAY, action="fail_on_confirm_info"),
)
WALLET_DOES_NOT_COMPARE = (
    Guarded(role=WALLET, action="request_payment", by=()),
    Drop(role=WALLET, state="await_consent", action="refuse_consent"),
)

MONEY_VARIANTS = (
    variant(
        "broken_wallet_pays_unasked",
        "The wallet requests payment without the user's consent.",
        "no_debit_without_the_user_s_consent_to_it",
        "happy",
        Redirect(role=WALLET, action="ask_to_confirm", to="requested"),
        Act(role=WALLET, action="ask_to_confirm", instead=pay_unasked),
    ),
    variant(
        "broken_wallet_lies",
        "The wallet has one yen confirmed and pays two; the relay does not compare it with what the shop said.",
        "no_debit_without_the_user_s_consent_to_it the_amount_is_the_same_from_shop_to_result",
        "happy",
        WALLET_LIES,
        *RELAY_DOES_NOT_COMPARE,
        *WALLET_DOES_NOT_COMPARE,
    ),
    variant(
        "broken_relay_shows_less",
        "The relay shows one yen for two, and the wallet does not compare the consent with what it pays.",
        "no_debit_without_the_user_s_consent_to_it",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=show_less),
        *WALLET_DOES_NOT_COMPARE,
    ),
    variant(
        "broken_payment_not_idempotent",
        "The payment server takes the money again when a request comes twice.",
        "at_most_one_debit_an_attempt at_most_one_debit_an_order",
        STORIES,
        Act(role=PAYMENT, state="approved", action="respond", instead=debit_again),
    ),
    variant(
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
    variant(
        "broken_independent_attempts",
        "The attempts of an order know nothing of each other: two of them are paid.",
        "at_most_one_debit_an_order",
        "devices declines=false",
        Act(role=ORDER, action="make_current", instead=keep_all_attempts),
        Act(role=ORDER, action="refuse_in_payment", instead=shop_order.offer_terms),
        Act(role=ORDER, action="refuse_paid", instead=shop_order.offer_terms),
    ),
    variant(
        "broken_refusal_is_final",
        "The shop does not offer an order again of which an attempt was refused.",
        "a_refused_order_can_be_paid_again",
        "attempts",
        Drop(role=ORDER, event="attempt_refused"),
    ),
    variant(
        "broken_expired_order_begins_anew",
        "The shop takes an order that has expired for a new one.",
        "an_expired_order_does_not_begin_anew",
        "happy duplicates=1 timers=order_expiry patient=order_expiry",
        Redirect(role=ORDER, event="order_expiry", to="cart"),
    ),
    variant(
        "broken_expired_order_paid",
        "The shop lets an order that has expired be paid.",
        "an_expired_order_does_not_begin_anew",
        "happy timers=order_expiry patient=order_expiry",
        Redirect(role=ORDER, event="order_expiry", to="payable"),
    ),
    variant(
        "broken_cancel_not_final",
        "The wallet acknowledges a cancel and requests payment all the same.",
        "an_acknowledged_cancel_is_final",
        "benign wallets=1",
        Redirect(role=WALLET, action="acknowledge_cancel", to="requested"),
        Act(role=WALLET, action="acknowledge_cancel", instead=acknowledge_and_pay),
    ),
    variant(
        "broken_relay_not_durable",
        "The relay forgets a procedure that it has passed the point of no return of: told an error, money taken.",
        "no_result_lies",
        STORIES,
        Redirect(role=RELAY, state="settling", event="restart", to="forgotten"),
        Act(role=RELAY, state="settling", event="restart", instead=relay.forget),
    ),
    variant(
        "broken_wallet_not_durable",
        "The wallet forgets that it has requested payment: told failed, money taken.",
        "no_result_lies",
        f"{STORIES} crashing=wallet",
        Add(role=WALLET, row=Row("requested", "restart", (), wallet.forget, "idle")),
    ),
    variant(
        "broken_late_point_of_no_return",
        "The relay gives up while it waits for the wallet's result: told failed, money taken.",
        "no_result_lies",
        STORIES,
        Add(role=RELAY, row=Row("settling", "wallet_time", (), give_up_waiting, "failed")),
    ),
    variant(
        "broken_wallet_believes_shop",
        "A malicious shop says declined and has it debited; the wallet takes its word without a receipt.",
        "no_result_lies",
        "happy",
        Act(role=ATTEMPT, action="authorize", instead=refuse_and_authorize),
        Redirect(role=WALLET, event="payment_response", to="cancelled"),
        Guarded(role=WALLET, event="payment_response", by=()),
        Act(role=WALLET, event="payment_response", instead=believe),
    ),
    variant(
        "broken_wallet_trusts_clock",
        "The wallet concludes from the clock that nothing came of its request.",
        "no_result_lies",
        "faults wallets=1",
        Add(role=WALLET, row=Row("requested", "info_expiry", (), say_expired, "cancelled")),
    ),
    variant(
        "broken_no_voiding",
        "The shop's attempt has expired, the wallet's user has consented, and nobody can sign what came of it.",
        "everybody_can_always_finish",
        STORIES,
        Drop(role=ATTEMPT, action="inquire_voiding"),
    ),
    variant(
        "broken_status_as_outcome",
        "The shop takes 'not known' for an outcome, and it overtakes the request that it speaks of.",
        "no_result_lies",
        "faults wallets=1",
        Add(role=ATTEMPT, row=Row("pending", "info_expiry", (), ask_whether_known, "cancelled")),
        Redirect(role=PAYMENT, action="make_void", to="new"),
        Act(role=PAYMENT, action="make_void", instead=say_not_known),
    ),
    variant(
        "broken_rejected_without_row",
        "The shop has no row for a rejected request: pending for ever, without any fault.",
        "everybody_can_always_finish",
        "happy expires=true",
        Guarded(role=ATTEMPT, action="pass_on_refusal", by=((is_refused_but_not_rejected, True),)),
    ),
    variant(
        "broken_unknown_ends",
        "The wallet reports that the outcome is unknown, and the relay takes it for the end: the truth is never shown.",
        "no_result_lies",
        STORIES,
        Act(role=WALLET, action="request_again", instead=say_unknown),
        Guarded(role=RELAY, action="show_refusal", by=()),
    ),
    variant(
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
    variant(
        "broken_sender_unchecked",
        "A wallet that was not chosen says that the payment was approved, and the relay does not look who says so.",
        "no_result_lies",
        "benign security=plain strangers=wallet-2",
        Act(role=ENROLMENT, state="empty", action="offer_nothing", instead=lie_unasked),
        Uncorrelated(role=RELAY),
    ),
    variant(
        "broken_goods_for_nothing",
        "The shop releases the goods on the wallet's word.",
        "goods_if_and_only_if_money",
        "happy",
        Redirect(role=ATTEMPT, action="authorize", to="paid"),
        Act(role=ATTEMPT, action="authorize", instead=release_at_once),
    ),
    variant(
        "broken_result_before_receipt",
        "The wallet says approved as soon as it has asked.",
        "commitments_are_made_in_order",
        "happy",
        Act(role=WALLET, action="request_payment", instead=forge_result),
    ),
    variant(
        "broken_no_retry",
        "Nobody repeats anything: one lost message, and it stays in progress for ever.",
        "everybody_can_always_finish whoever_confirms_is_told_the_outcome",
        STORIES,
        Drop(role=RELAY, event="retry_time"),
        Drop(role=WALLET, event="retry_time"),
        Drop(role=ATTEMPT, event="retry_time"),
    ),
    variant(
        "broken_row_missing",
        "The relay has no answer to an inquiry after the result.",
        "nothing_arrives_where_it_has_no_place",
        "benign",
        Forget(role=RELAY, state="settled", event="progress_inquiry"),
    ),
)

WALLET_NOT_IDEMPOTENT = variant(
    "masked_wallet_not_idempotent",
    "Only the wallet builds a second instruction; shop and payment server mask it.",
    "",
    STORIES,
    Add(role=WALLET, row=Row("requested", "forwarded_payment_processing_request", (), request_anew, "requested")),
)
"""A mutant that no property of money sees: it shows on the wire between wallet and shop alone."""
