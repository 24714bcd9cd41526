"""The redirecting section: what the relay transfers, and that it is what it received (claims 1, 12, 15, 16)."""

from __future__ import annotations

from typing import Any

from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Responds,
    Sent,
)
from payrelay.model.data import CURRENT
from payrelay.model.messages.purchase import (
    AuthorizationRequest,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    ForwardedProcedureRequest,
    PaymentInfoMessage,
    PaymentRequest,
)
from payrelay.model.messages.terminal_edge import PaymentProcessingRequest, ProcedureRequest, WalletChoice
from payrelay.model.network import joined_without_relay
from payrelay.model.occurrences import AuthInfoHeld, Debited, OrderFrozen, ReceiptSigned, Shown
from payrelay.model.properties.terms import (
    AMOUNT,
    CONTENT,
    KEY,
    ORDER,
    SUBJECT,
    TRANSACTION,
    WALLET,
    K,
    no_purchase,
    no_refusal,
)
from payrelay.model.sections import REDIRECTING

ALL = (1, 15, 16)
OPENED = Accepted("relay", {"procedure": K, "order_ref": ORDER}, ProcedureRequest, ("idle",), ("wait_payment_info",))
CONSENTED = Accepted(
    "relay", {"procedure": K, "consent": CONTENT}, PaymentProcessingRequest, ("wait_consent",), ("settling",)
)

purchase_completes = Property(
    name="a_purchase_can_complete",
    label="P0",
    says="A terminal can take a payment procedure to its end, and be shown that the payment was approved.",
    claims=ALL,
    conjuncts=(Possible(Occurred("terminal", {"outcome": "approved"}, Shown)),),
    variant="broken_never_approved",
    absent=no_purchase,
)
payment_server_decides = Property(
    name="the_payment_server_processes_payments",
    label="P0p",
    says="The payment server can approve, decline and void.",
    claims=ALL,
    conjuncts=tuple(
        Possible(Occurred("payment", {"outcome": outcome}, ReceiptSigned))
        for outcome in ("approved", "declined", "void")
    ),
    variant="broken_never_declined",
    absent=no_refusal,
)
payment_info_amount = Property(
    name="payment_information_has_the_amount_of_the_order",
    label="P1a",
    says="The shop's payment information has the total of the order that it froze.",
    claims=ALL,
    conjuncts=(
        Precedes(
            Sent("shop", {"payment_info.amount": AMOUNT, "payment_info.order_ref": ORDER}, PaymentInfoMessage),
            (Occurred("shop", {"total": AMOUNT, "order_ref": ORDER}, OrderFrozen),),
        ),
    ),
    variant="broken_other_amount",
)
wallet_holds_authentication_information = Property(
    name="a_wallet_pays_only_for_whom_it_holds_authentication_information",
    label="P1w",
    says="A wallet requests payment only with authentication information of the user that it holds, and money is taken "
    "only while that is current, by the payment server's clock.",
    claims=ALL,
    conjuncts=(
        Precedes(
            Sent("wallet", {"sender": WALLET, "proc_key": KEY, "certificate": CONTENT}, PaymentRequest),
            (
                Accepted(
                    "wallet",
                    {
                        "enrolment.wallet": WALLET,
                        "payment_info.proc_key": KEY,
                        "enrolment.certificate": CONTENT,
                        "party": WALLET,
                    },
                    ForwardedPaymentInfo,
                    ("idle",),
                    ("await_consent",),
                ),
            ),
        ),
        Precedes(
            Accepted(
                "wallet",
                {"enrolment.wallet": WALLET, "enrolment.subject": SUBJECT},
                ForwardedPaymentInfo,
                ("idle",),
                ("await_consent",),
            ),
            (Occurred("wallet", {"wallet": WALLET, "subject": SUBJECT}, AuthInfoHeld),),
        ),
        Precedes(
            Occurred("payment", {"proc_key": KEY}, Debited),
            (
                Accepted(
                    "payment", {"proc_key": KEY, "validity": CURRENT}, AuthorizationRequest, ("new",), ("approved",)
                ),
            ),
        ),
    ),
    variant="broken_stranger_pays",
)
request_through_shop = Property(
    name="the_payment_server_is_asked_through_the_shop",
    label="P1",
    says="The payment server is asked for a payment only after the wallet asked the shop for it.",
    claims=ALL,
    conjuncts=(
        Precedes(
            Received("payment", {"proc_key": KEY}, AuthorizationRequest),
            (Sent("wallet", {"proc_key": KEY}, PaymentRequest, "shop"),),
        ),
    ),
    variant="broken_shop_asks_alone",
)


def wallet_reaches_payment_server(system: Any) -> str | None:
    """Whether a link joins a wallet to a payment server."""
    if any(link.joins("wallet", "payment") for link in system.links):
        return "a link joins wallet and payment server"
    return None


no_shortcut = Property(
    name="no_link_joins_wallet_and_payment_server",
    label="P1s",
    says="A wallet can reach the payment server only through a shop.",
    claims=ALL,
    level="structural",
    check=wallet_reaches_payment_server,
)
request_forwarded = Property(
    name="procedure_requests_are_forwarded_to_the_shop",
    label="P2",
    says="The relay transfers every procedure requesting information that it accepts to the shop.",
    claims=(1,),
    conjuncts=(
        Responds(OPENED, (Sent("relay", {"procedure": K, "order_ref": ORDER}, ForwardedProcedureRequest, "shop"),)),
    ),
    variant="broken_request_kept",
)
request_not_invented = Property(
    name="procedure_requests_are_not_invented",
    label="P3",
    says="The relay asks a shop for payment information only on a terminal's request for that very order, and once on "
    "each.",
    claims=(1,),
    conjuncts=(
        Precedes(Sent("relay", {"procedure": K, "order_ref": ORDER}, ForwardedProcedureRequest), (OPENED,)),
        AtMostOnce(Sent("relay", {"procedure": K}, ForwardedProcedureRequest)),
    ),
    variant="broken_request_for_other_order",
)
info_forwarded = Property(
    name="payment_information_is_forwarded_to_the_wallet",
    label="P4",
    says="Once the wallet is known, the relay transfers the payment information that it accepted to it.",
    claims=ALL,
    conjuncts=(
        Responds(
            Accepted("relay", {"procedure": K}, PaymentInfoMessage, ("wait_payment_info",), ("wait_confirming_info",)),
            (Sent("relay", {"procedure": K}, ForwardedPaymentInfo, "wallet"),),
        ),
        Responds(
            Accepted("relay", {"procedure": K}, WalletChoice, ("wait_choice",), ("wait_confirming_info",)),
            (Sent("relay", {"procedure": K}, ForwardedPaymentInfo, "wallet"),),
        ),
        Possible(Sent("relay", {}, ForwardedPaymentInfo, "wallet")),
    ),
    variant="broken_info_kept",
    absent=no_purchase,
)
info_unchanged = Property(
    name="payment_information_is_forwarded_unchanged",
    label="P5",
    says="What the relay transfers to a wallet as payment information is what it received from the shop.",
    claims=ALL,
    conjuncts=(
        Precedes(
            Sent("relay", {"relay_txn": TRANSACTION, "payment_info": CONTENT}, ForwardedPaymentInfo),
            (Received("relay", {"relay_txn": TRANSACTION, "payment_info": CONTENT}, PaymentInfoMessage, "shop"),),
        ),
    ),
    variant="broken_info_altered",
)
info_after_request = Property(
    name="payment_information_follows_the_request_for_it",
    label="P6",
    says="The shop sends payment information only once it has acquired the request for it, for the same order.",
    claims=(1,),
    conjuncts=(
        Precedes(
            Sent("shop", {"relay_txn": TRANSACTION, "payment_info.order_ref": ORDER}, PaymentInfoMessage),
            (Received("shop", {"relay_txn": TRANSACTION, "order_ref": ORDER}, ForwardedProcedureRequest, "relay"),),
        ),
    ),
    variant="broken_info_unasked",
)
redirected_by_section = Property(
    name="transfers_are_made_by_the_redirecting_section",
    label="P7r",
    says="What is transferred to a shop or a wallet goes by the relay's redirecting section.",
    claims=(1, 16),
    conjuncts=tuple(
        Precedes(Sent("relay", {"procedure": K}, kind), (Sent("relay", {"procedure": K}, kind, by=REDIRECTING),))
        for kind in (ForwardedProcedureRequest, ForwardedPaymentInfo, ForwardedPaymentProcessingRequest)
    ),
    variant="broken_transfer_by_control",
)
consent_forwarded = Property(
    name="payment_processing_requests_are_forwarded_to_the_wallet",
    label="P41",
    says="The relay transfers every payment processing request that it accepts to the wallet.",
    claims=(15, 16),
    conjuncts=(
        Responds(
            CONSENTED,
            (Sent("relay", {"procedure": K, "consent": CONTENT}, ForwardedPaymentProcessingRequest, "wallet"),),
        ),
    ),
    variant="broken_consent_kept",
)
consent_not_invented = Property(
    name="payment_processing_requests_are_not_invented",
    label="P42",
    says="A payment processing request goes to a wallet only if a terminal made it, its consent unchanged.",
    claims=(15, 16),
    conjuncts=(
        Precedes(Sent("relay", {"procedure": K, "consent": CONTENT}, ForwardedPaymentProcessingRequest), (CONSENTED,)),
    ),
    variant="broken_consent_altered",
)
debits_only_by_authorization = Property(
    name="a_debit_follows_a_request_of_the_shop",
    label="P1d",
    says="The payment server takes money only when a shop asked it to, with the wallet's instruction.",
    claims=ALL,
    conjuncts=(
        Precedes(
            Occurred("payment", {"proc_key": KEY, "amount": AMOUNT}, Debited),
            (Received("payment", {"proc_key": KEY, "amount": AMOUNT}, AuthorizationRequest, "shop"),),
        ),
    ),
    variant="broken_debit_unasked",
)

relay_between = Property(
    name="the_relay_lies_on_every_way_of_payment_information_and_consent",
    label="P4s",
    says="In the network, whatever carries payment information or consent to a wallet passes through the relay.",
    claims=ALL,
    level="structural",
    check=joined_without_relay,
    absent=no_purchase,
)

TRANSFER_PROPERTIES = (
    relay_between,
    purchase_completes,
    payment_server_decides,
    payment_info_amount,
    wallet_holds_authentication_information,
    request_through_shop,
    no_shortcut,
    debits_only_by_authorization,
    request_forwarded,
    request_not_invented,
    info_forwarded,
    info_unchanged,
    info_after_request,
    redirected_by_section,
    consent_forwarded,
    consent_not_invented,
)
