"""Faulty transfers: what the redirecting section, the shop or the payment server does wrong (claims 1, 15, 16)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Guarded, Redirect
from payrelay.language.messages import Input, Send, Tell
from payrelay.language.role import Effect
from payrelay.language.terms import Hash, Symbol
from payrelay.model.data import CURRENT, OrderRef, PaymentInfo, opened
from payrelay.model.messages import purchase as said
from payrelay.model.messages.internal import Debit
from payrelay.model.procedure import RelayData
from payrelay.model.protocol import auth_info
from payrelay.model.purchase import TERMS
from payrelay.model.roles import enrolment, shop_order
from payrelay.model.roles import payment_authorization as payment
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import shop_attempt as attempt
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.sections import order
from payrelay.model.variants.making import (
    ATTEMPT,
    ENROLMENT,
    MADE_UP,
    ORDER,
    OTHER,
    PAYMENT,
    RELAY,
    WALLET,
    also,
    sending,
    silently,
    variant,
    with_fields,
)


def demand_less(data: attempt.AttemptData, message: said.ForwardedProcedureRequest) -> Effect:
    """Demand another amount than the order's."""
    assert message.terms is not None
    return attempt.open_attempt(data, replace(message, terms=replace(message.terms, total=OTHER)))


def _other_certificate(data: wallet.WalletData, output: Send) -> tuple[Send, ...]:
    return with_fields(output, certificate=Symbol("certificate", "another"))


def is_in_order_once(data: payment.PaymentData, message: said.AuthorizationRequest) -> bool:
    """Everything was in order before it expired."""
    return payment.is_in_order(data, replace(message, validity=CURRENT))


def is_approvable_once(data: payment.PaymentData, message: said.AuthorizationRequest) -> bool:
    """Everything was in order before it expired, and the issuer approves."""
    return payment.is_approvable(data, replace(message, validity=CURRENT))


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
    return (Tell("account", Debit(proc_key=message.proc_key, amount=message.amount, order_digest=TERMS.digest)),)


def _inform_unasked(data: shop_order.OrderData, message: Input) -> tuple[Send, ...]:
    return (Send("relay", said.PaymentInfoMessage(relay_txn=MADE_UP.relay_txn, payment_info=MADE_UP)),)


def _twice(data: RelayData, output: Send) -> tuple[Send, ...]:
    return output, output


def _other_order(data: RelayData, output: Send) -> tuple[Send, ...]:
    return with_fields(output, order_ref=OrderRef("shop", Symbol("order_ref", "2")))


def other_amount(data: RelayData, output: Send) -> tuple[Send, ...]:
    """Put another amount into payment information; let any other message be."""
    info = getattr(output.message, "payment_info", None)
    content = opened(info)
    if not isinstance(content, PaymentInfo):
        return (output,)
    return with_fields(output, payment_info=replace(info, content=replace(content, amount=OTHER)))  # type: ignore[type-var]


def _by_control(data: Any, output: Send) -> tuple[Send, ...]:
    return (order(output.to, output.message),)


def _without_auth(data: RelayData, output: Send) -> tuple[Send, ...]:
    message = output.message
    assert isinstance(message, said.ForwardedPaymentProcessingRequest)
    return with_fields(output, consent=replace(message.consent, user_auth=None))


TRANSFER_VARIANTS = (
    variant(
        "broken_never_approved",
        "The payment server declines everything.",
        "a_purchase_can_complete",
        "happy",
        Redirect(role=PAYMENT, action="approve", to="declined"),
        Act(role=PAYMENT, action="approve", instead=payment.decline),
    ),
    variant(
        "broken_never_declined",
        "The payment server calls out of order what the issuer declines.",
        "the_payment_server_processes_payments",
        "faults wallets=1",
        Redirect(role=PAYMENT, action="decline", to="rejected"),
        Act(role=PAYMENT, action="decline", instead=payment.reject),
    ),
    variant(
        "broken_other_amount",
        "The shop demands another amount than that of the order.",
        "payment_information_has_the_amount_of_the_order",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=demand_less),
    ),
    variant(
        "broken_stranger_pays",
        "A wallet pays for a user of whom it holds nothing.",
        "a_wallet_pays_only_for_whom_it_holds_authentication_information",
        "happy strangers=wallet-1",
        Act(role=ENROLMENT, action="pass_on", instead=accept_stranger),
    ),
    variant(
        "broken_other_certificate",
        "The wallet pays with a certificate that it does not hold of the user.",
        "a_wallet_pays_only_for_whom_it_holds_authentication_information",
        "happy",
        Act(role=WALLET, action="request_payment", instead=sending(wallet.request_payment, _other_certificate)),
    ),
    variant(
        "broken_expired_paid",
        "The payment server takes money on authentication information, or an instruction, that has expired.",
        "a_wallet_pays_only_for_whom_it_holds_authentication_information",
        "happy expires=true",
        Guarded(role=PAYMENT, action="approve", by=((is_approvable_once, True),)),
        Guarded(role=PAYMENT, action="reject", by=((is_in_order_once, False),)),
    ),
    variant(
        "broken_shop_asks_alone",
        "The shop asks the payment server before any wallet asked it to.",
        "the_payment_server_is_asked_through_the_shop",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=also(attempt.open_attempt, _authorize_alone)),
    ),
    variant(
        "broken_debit_unasked",
        "The payment server takes the money when it is asked to void.",
        "a_debit_follows_a_request_of_the_shop",
        "faults wallets=1",
        Act(role=PAYMENT, action="make_void", instead=also(payment.make_void, _debit_too)),
    ),
    variant(
        "broken_request_kept",
        "The relay takes a terminal's request and does not transfer it.",
        "procedure_requests_are_forwarded_to_the_shop",
        "happy",
        Act(role=RELAY, action="forward_request", instead=silently(relay.forward_request)),
    ),
    variant(
        "broken_request_for_other_order",
        "The relay asks the shop for another order than the terminal did.",
        "procedure_requests_are_not_invented",
        "happy",
        Act(role=RELAY, action="forward_request", instead=sending(relay.forward_request, _other_order)),
    ),
    variant(
        "broken_request_twice",
        "The relay asks the shop twice on one request of the terminal.",
        "procedure_requests_are_not_invented",
        "happy",
        Act(role=RELAY, action="forward_request", instead=sending(relay.forward_request, _twice)),
    ),
    variant(
        "broken_info_kept",
        "The relay takes the payment information and does not transfer it.",
        "payment_information_is_forwarded_to_the_wallet",
        "happy",
        Act(role=RELAY, action="forward_info", instead=silently(relay.forward_info)),
    ),
    variant(
        "broken_info_altered",
        "The relay transfers payment information with another amount.",
        "payment_information_is_forwarded_unchanged the_amount_is_the_same_from_shop_to_result",
        "happy",
        Act(role=RELAY, action="forward_info", instead=sending(relay.forward_info, other_amount)),
    ),
    variant(
        "broken_info_unasked",
        "The shop sends payment information as soon as the order is placed.",
        "payment_information_follows_the_request_for_it",
        "happy",
        Act(role=ORDER, action="freeze", instead=also(shop_order.freeze, _inform_unasked)),
    ),
    variant(
        "broken_transfer_by_control",
        "The relay's control section makes a transfer itself.",
        "transfers_are_made_by_the_redirecting_section",
        "happy",
        Act(role=RELAY, action="forward_request", instead=sending(relay.forward_request, _by_control)),
    ),
    variant(
        "broken_consent_kept",
        "The relay takes the user's consent and does not transfer it.",
        "payment_processing_requests_are_forwarded_to_the_wallet",
        "happy",
        Act(role=RELAY, action="forward_consent", instead=silently(relay.forward_consent)),
    ),
    variant(
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
)
