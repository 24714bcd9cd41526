"""The network's links: what each can carry, and what it must never carry (claims 1-3, 8, 12-14; § 1.1)."""

from __future__ import annotations

from payrelay.language.links import Link
from payrelay.model.data import AuthInfo, PaymentInfo, PaymentInstruction
from payrelay.model.messages.purchase import (
    AuthorizationConflict,
    AuthorizationRequest,
    AuthorizationResponse,
    CancelAck,
    ConfirmInfoMessage,
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    ForwardedProcedureRequest,
    OrderAck,
    OrderPlace,
    PaymentInfoMessage,
    PaymentRequest,
    PaymentResponse,
    ProcedureAbort,
    ProcedureReject,
    ResultInfo,
    SettlementStatus,
    SettlementStatusInquiry,
    VoidingInquiry,
    VoidingResponse,
    WalletOffer,
    WalletQuery,
    WalletRefusal,
    WalletReject,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ErrorSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    ProgressSummary,
    ResultSummary,
    WalletChoice,
    WalletSelectSummary,
)
from payrelay.model.registration import RELAY_AUTHORITY as RELAY_AUTHORITY_REGISTRATION
from payrelay.model.registration import RELAY_WALLET_REGISTRATION, TERMINAL_EDGE_REGISTRATION
from payrelay.model.sections import FIRST, SECOND

TERMINAL_EDGE = Link(
    "terminal_edge",
    ("terminal", "relay"),
    carries=(
        ProcedureRequest,
        WalletSelectSummary,
        WalletChoice,
        ConfirmSummary,
        PaymentProcessingRequest,
        Cancel,
        ResultSummary,
        ProgressSummary,
        ProgressInquiry,
        ErrorSummary,
        *TERMINAL_EDGE_REGISTRATION,
    ),
    never=(PaymentInfo, AuthInfo, PaymentInstruction),
    section=FIRST,
    claims=(1, 4, 8),
)
RELAY_SHOP = Link(
    "relay_shop",
    ("relay", "shop"),
    carries=(ForwardedProcedureRequest, PaymentInfoMessage, ProcedureReject, ProcedureAbort),
    never=(PaymentInstruction, AuthInfo),
    section=SECOND,
    claims=(1, 8),
)
RELAY_WALLET = Link(
    "relay_wallet",
    ("relay", "wallet"),
    carries=(
        WalletQuery,
        WalletOffer,
        ForwardedPaymentInfo,
        WalletReject,
        ConfirmInfoMessage,
        ForwardedPaymentProcessingRequest,
        ForwardedCancel,
        CancelAck,
        ResultInfo,
        WalletRefusal,
        *RELAY_WALLET_REGISTRATION,
    ),
    never=(PaymentInstruction,),
    section=SECOND,
    claims=(1, 4, 8, 12, 14, 15),
)
RELAY_AUTHORITY = Link(
    "relay_authority",
    ("relay", "authority"),
    carries=RELAY_AUTHORITY_REGISTRATION,
    never=(PaymentInfo,),
    section=SECOND,
    claims=(8, 12, 13),
)
RELAY_PAYMENT = Link(
    "relay_payment",
    ("relay", "payment"),
    carries=(),
    never=(PaymentInfo, PaymentInstruction, AuthInfo),
    section=SECOND,
    claims=(8,),
)
DIRECT_EDGE = Link(
    "direct_edge", ("terminal", "shop"), carries=(OrderPlace, OrderAck), never=(PaymentInfo,), claims=(3,)
)
WALLET_SHOP = Link(
    "wallet_shop",
    ("wallet", "shop"),
    carries=(PaymentRequest, PaymentResponse, ProcedureAbort),
    never=(AuthInfo,),
    claims=(1,),
)
SHOP_PAYMENT = Link(
    "shop_payment",
    ("shop", "payment"),
    carries=(AuthorizationRequest, AuthorizationResponse, AuthorizationConflict, VoidingInquiry, VoidingResponse),
    claims=(1,),
)
LITERAL_CLAIM_8 = (SettlementStatusInquiry, SettlementStatus)
"""What the relay and the payment server say to each other if `relay_asks_payment_server` (Q8)."""
