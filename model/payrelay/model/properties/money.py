"""Money, truth and progress: the system properties beyond the letter of the claims (§ 2.3)."""

from __future__ import annotations

from itertools import pairwise

from payrelay.language.messages import Timeout
from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Entered,
    Excludes,
    Failed,
    In,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Resettable,
    Responds,
    Sent,
)
from payrelay.model.messages.internal import AttemptRefused
from payrelay.model.messages.purchase import (
    AuthorizationRequest,
    CancelAck,
    ConfirmInfoMessage,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    PaymentInfoMessage,
    PaymentRequest,
    PaymentResponse,
    ResultInfo,
)
from payrelay.model.messages.terminal_edge import (
    ConfirmSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ResultSummary,
)
from payrelay.model.messages.user import UserPaysAgain
from payrelay.model.occurrences import Confirmed, Debited, Displayed, OrderFrozen, ReceiptSigned, Shown
from payrelay.model.properties.terms import (
    AMOUNT,
    ASKING,
    DELIVERY,
    KEY,
    ORDER,
    OUTCOME,
    PATIENCE,
    RETRIES,
    K,
    is_given,
    is_negative,
    no_paying_again,
    no_purchase,
)

DEBITED = Occurred("payment", {"proc_key.proc_id.name": K}, Debited)
ATTEMPT = {"identity.proc_key.proc_id.name": K, "identity.shop_nonce": is_given}
"""The data of an attempt at the shop, not those of an order."""

consent_before_payment = Property(
    name="no_debit_without_the_user_s_consent_to_it",
    label="X1",
    says="Money is taken only if the user confirmed that very attempt and amount, and was shown them before.",
    conjuncts=(
        Precedes(
            Occurred("payment", {"proc_key": KEY, "amount": AMOUNT}, Debited),
            (Occurred("terminal", {"proc_key": KEY, "amount": AMOUNT}, Confirmed),),
        ),
        Precedes(
            Occurred("terminal", {"proc_key": KEY, "amount": AMOUNT}, Confirmed),
            (Occurred("terminal", {"proc_key": KEY, "amount": AMOUNT}, Displayed),),
        ),
    ),
    variant="broken_wallet_pays_unasked",
    source="§ 2.3",
)
at_most_one_debit = Property(
    name="at_most_one_debit_an_attempt",
    label="X2",
    says="Money is taken at most once for an attempt.",
    conjuncts=(AtMostOnce(DEBITED),),
    variant="broken_payment_not_idempotent",
    source="§ 2.3",
)
one_debit_per_order = Property(
    name="at_most_one_debit_an_order",
    label="X2b",
    says="Money is taken at most once for an order, whatever the number of attempts to pay it.",
    conjuncts=(AtMostOnce(Occurred("payment", {"order_digest": ORDER}, Debited)),),
    variant="broken_independent_attempts",
    source="§ 2.3",
)
acknowledged_cancel_is_final = Property(
    name="an_acknowledged_cancel_is_final",
    label="X3",
    says="If the wallet has acknowledged a cancel, money neither was nor ever will be taken for that attempt.",
    conjuncts=(Excludes(Sent("wallet", {"relay_txn.name": K}, CancelAck), DEBITED),),
    variant="broken_cancel_not_final",
    source="§ 2.3",
)
no_lying_result = Property(
    name="no_result_lies",
    label="X4",
    says="What a user is shown is true: approved only after the money was taken, anything else only if it never is.",
    conjuncts=(
        Precedes(
            Occurred("terminal", {"handle.name": K, "outcome": "approved", "amount": AMOUNT}, Shown),
            (Occurred("payment", {"proc_key.proc_id.name": K, "amount": AMOUNT}, Debited),),
        ),
        Excludes(Occurred("terminal", {"handle.name": K, "outcome": is_negative}, Shown), DEBITED),
    ),
    variant="broken_relay_not_durable",
    source="§ 2.3",
)
goods_iff_money = Property(
    name="goods_if_and_only_if_money",
    label="X5",
    says="The shop releases goods only after the money was taken, releases them then, and cancels only what never is.",
    conjuncts=(
        Precedes(Entered("shop", ATTEMPT, ("paid",)), (DEBITED,)),
        Excludes(Entered("shop", ATTEMPT, ("cancelled",)), DEBITED),
        Responds(DEBITED, (Entered("shop", ATTEMPT, ("paid",)),), under=(DELIVERY, RETRIES)),
    ),
    variant="broken_goods_for_nothing",
    source="§ 2.3",
)


_INFO = Received("relay", {"payment_info.proc_key": KEY, "payment_info.amount": AMOUNT}, PaymentInfoMessage)
_AT_WALLET = Sent("relay", {"payment_info.proc_key": KEY, "payment_info.amount": AMOUNT}, ForwardedPaymentInfo)
_CONFIRM = Sent("wallet", {"confirm_info.proc_key": KEY, "confirm_info.amount": AMOUNT}, ConfirmInfoMessage)
_PAGE = Sent("relay", {"summary.bound.proc_key": KEY, "summary.bound.amount": AMOUNT}, ConfirmSummary)
_CONSENT = Sent("terminal", {"consent.shown.proc_key": KEY, "consent.shown.amount": AMOUNT}, PaymentProcessingRequest)
_AT_PAYER = Sent(
    "relay", {"consent.shown.proc_key": KEY, "consent.shown.amount": AMOUNT}, ForwardedPaymentProcessingRequest
)
_REQUEST = Sent("wallet", {"dual_signature.proc_key": KEY, "dual_signature.amount": AMOUNT}, PaymentRequest)
_AUTHORIZATION = Sent("shop", {"proc_key": KEY, "amount": AMOUNT}, AuthorizationRequest)
_DEBIT = Occurred("payment", {"proc_key": KEY, "amount": AMOUNT}, Debited)
_RECEIPT = Occurred("payment", {"proc_key": KEY, "amount": AMOUNT, "outcome": "approved"}, ReceiptSigned)
_RESULT = Sent(
    "relay",
    {"summary.bound.proc_key": KEY, "summary.bound.amount": AMOUNT, "summary.bound.outcome": "approved"},
    ResultSummary,
)
_CHAIN = (
    _INFO,
    _AT_WALLET,
    _CONFIRM,
    _PAGE,
    _CONSENT,
    _AT_PAYER,
    _REQUEST,
    _AUTHORIZATION,
    _RECEIPT,
    _DEBIT,
    _RESULT,
)
amount_chain = Property(
    name="the_amount_is_the_same_from_shop_to_result",
    label="X6",
    says="In every message about an attempt, from payment information to result, stands the amount of the one before.",
    conjuncts=tuple(Precedes(then, (first,)) for first, then in pairwise(_CHAIN)),
    variant="broken_info_altered",
    source="§ 2.3",
)
order_of_commits = Property(
    name="commitments_are_made_in_order",
    label="X7",
    says="The wallet says what the shop passed on to it, and the shop what the payment server signed.",
    conjuncts=(
        Precedes(
            Sent("wallet", {"receipt.proc_key": KEY, "receipt.outcome": OUTCOME}, ResultInfo),
            (Sent("shop", {"receipt.proc_key": KEY, "receipt.outcome": OUTCOME}, PaymentResponse),),
        ),
        Precedes(
            Sent("shop", {"receipt.proc_key": KEY, "receipt.outcome": OUTCOME}, PaymentResponse),
            (Sent("payment", {"receipt.proc_key": KEY, "receipt.outcome": OUTCOME}, to="shop"),),
        ),
    ),
    variant="broken_result_before_receipt",
    source="§ 2.3",
)
no_stuck_state = Property(
    name="everybody_can_always_finish",
    label="X8",
    says="From every state the terminal, the wallets and the shop's attempts can all still come to an end.",
    conjuncts=(
        Resettable(
            (
                In("terminal", ("done", "failed")),
                In("wallet_procedure", ("idle", "rejected", "done", "cancelled")),
                In("shop_attempt", ("idle", "aborted", "paid", "refused", "cancelled")),
            )
        ),
    ),
    variant="broken_no_voiding",
    source="§ 2.3",
)
eventual_termination = Property(
    name="whoever_confirms_is_told_the_outcome",
    label="X11",
    says="A user who confirms and asks is shown an outcome; that it takes longer does not count.",
    conjuncts=(
        Responds(
            Occurred("terminal", {"proc_key.proc_id.name": K}, Confirmed),
            (Occurred("terminal", {"handle.name": K}, Shown),),
            under=(DELIVERY, RETRIES, PATIENCE, ASKING),
        ),
    ),
    variant="broken_no_retry",
    source="§ 2.3",
)
no_protocol_error = Property(
    name="nothing_arrives_where_it_has_no_place",
    label="X12",
    says="No party ever meets an input for which its table has neither a row nor a reason to ignore it.",
    conjuncts=(Never(Failed()),),
    variant="broken_row_missing",
    source="§ 2.3",
)
order_paid_again = Property(
    name="a_refused_order_can_be_paid_again",
    label="X14",
    says="A user whose payment came to nothing can try again, and the order can then be paid by another procedure.",
    conjuncts=(
        *(Possible(Accepted("terminal", {}, UserPaysAgain, (state,), ("waiting",))) for state in ("done", "failed")),
        Possible(Accepted("relay", {"retry_of": is_given}, ProcedureRequest, ("idle",), ("wait_payment_info",))),
        Possible(Accepted("shop", {}, AttemptRefused, ("in_payment",), ("payable",))),
        Possible(Occurred("payment", {"proc_key.proc_id.name": "2"}, Debited)),
    ),
    variant="broken_refusal_is_final",
    source="§ 1.9",
    absent=no_paying_again,
)
order_is_offered_once = Property(
    name="an_expired_order_does_not_begin_anew",
    label="X15",
    says="An order is frozen once, and is not paid once it has expired.",
    conjuncts=(
        AtMostOnce(Occurred("shop", {"order_ref": ORDER}, OrderFrozen)),
        Never(
            Accepted("shop", {"procedure": K}, leaving=("payable",), entering=("in_payment",)),
            after=Accepted("shop", {"procedure": K}, Timeout, ("payable",)),
        ),
    ),
    variant="broken_expired_order_begins_anew",
    source="§ 1.6, the shop",
    absent=no_purchase,
)

MONEY_PROPERTIES = (
    consent_before_payment,
    at_most_one_debit,
    one_debit_per_order,
    acknowledged_cancel_is_final,
    no_lying_result,
    goods_iff_money,
    amount_chain,
    order_of_commits,
    no_stuck_state,
    eventual_termination,
    no_protocol_error,
    order_paid_again,
    order_is_offered_once,
)
