"""The scenarios of the payment protocol: what a reader wants to see first, and what can go wrong."""

from __future__ import annotations

from payrelay.language.scenarios import Family, Scenario, Turn, arrives, crashes, does, doubled, lost, runs_out
from payrelay.model.messages.purchase import (
    AuthorizationRequest,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    PaymentRequest,
    PaymentResponse,
    ResultInfo,
    SettlementStatus,
)
from payrelay.model.messages.registration import (
    AuthenticationInfo,
    FormSummary,
    ForwardedAuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
    RegistrationResult,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ErrorSummary,
    PaymentProcessingRequest,
    ProgressInquiry,
    ProgressSummary,
    ResultSummary,
    WalletSelectSummary,
)
from payrelay.model.messages.user import (
    UserAnswers,
    UserAsks,
    UserCancels,
    UserChooses,
    UserConfirms,
    UserOrders,
    UserPays,
    UserPaysAgain,
    UserRegisters,
)
from payrelay.model.timers import HOLD_TIME, HTTP_TIME, RETRY_TIME, WALLET_TIME

STORIES = "fault_stories wallets=1"
"""One procedure and one wallet, in which something may go wrong once."""

CHOSEN = (does(UserOrders), does(UserPays), arrives(WalletSelectSummary), does(UserChooses, index=1))
"""The user has ordered, and picked the first of two wallets."""
SHOWN = (does(UserPays), arrives(ConfirmSummary))
"""The user, whose order stands, sees what is to be confirmed."""
CONFIRMED = (*SHOWN, does(UserConfirms))
HELD = runs_out(HOLD_TIME.name, "relay")
"""The relay has let a request wait for as long as it does."""
ASKED = (HELD, arrives(ProgressSummary), does(UserAsks), arrives(ProgressInquiry))
"""The user is told that it takes longer, and asks again."""
FILLED = (arrives(FormSummary), does(UserAnswers, is_complete=True))
"""The user answers a page of the form, all of it."""
REGISTERING = (does(UserRegisters), *FILLED)


def _in_stories(name: str, says: str, *turns: Turn, settings: str = "") -> Scenario:
    return Scenario(name=name, says=says, configuration=f"{STORIES} {settings}".strip(), turns=turns)


def _in_registration(name: str, says: str, *turns: Turn) -> Scenario:
    return Scenario(name=name, says=says, configuration="registration_stories", turns=turns)


PURCHASES = (
    Scenario(
        name="happy_path",
        says="The user orders, pays, confirms what is shown, and is told that it was approved.",
        configuration="happy",
        turns=(does(UserOrders), does(UserPays), does(UserConfirms), arrives(ResultSummary)),
    ),
    Scenario(
        name="wallet_selection",
        says="Two wallets can pay; the relay lets the user choose, and pays with the one chosen.",
        configuration="benign",
        turns=(*CHOSEN, does(UserConfirms), arrives(AuthorizationRequest, issuer="approves"), arrives(ResultSummary)),
    ),
    Scenario(
        name="decline",
        says="The user confirms, the issuer of the account declines, and the terminal says so.",
        configuration="benign",
        turns=(*CHOSEN, does(UserConfirms), arrives(AuthorizationRequest, issuer="declines"), arrives(ResultSummary)),
    ),
    Scenario(
        name="cancel",
        says="The user sees what is to be paid, and gives up; the wallet acknowledges that it will never be paid.",
        configuration="benign",
        turns=(*CHOSEN, arrives(ConfirmSummary), does(UserCancels), arrives(ResultSummary)),
    ),
    Scenario(
        name="keep_alive",
        says="The payment takes long: the relay answers before its patience ends, and the user asks three times.",
        configuration="benign wallets=1",
        turns=(
            does(UserOrders),
            does(UserPays),
            does(UserConfirms),
            arrives(PaymentProcessingRequest),
            *ASKED * 3,
            arrives(AuthorizationRequest, issuer="approves"),
            arrives(ResultSummary),
        ),
    ),
    Scenario(
        name="paid_again",
        says="The issuer declines; the user pays the same order again, in a procedure of its own, and succeeds.",
        configuration="attempts semantics=budgeted crashing=",
        turns=(
            does(UserPays),
            does(UserConfirms),
            arrives(AuthorizationRequest, issuer="declines"),
            arrives(ResultSummary),
            does(UserPaysAgain),
            does(UserConfirms),
            arrives(AuthorizationRequest, issuer="approves"),
            arrives(ResultSummary),
        ),
    ),
    Scenario(
        name="status_inquiry",
        says="The payment takes long, and the relay asks the payment server how it stands (claim 8, read literally).",
        configuration="claim_8_literally",
        turns=(
            does(UserOrders),
            does(UserPays),
            does(UserConfirms),
            arrives(PaymentProcessingRequest),
            runs_out("doubt_time", "relay"),
            arrives(SettlementStatus),
            arrives(ResultSummary),
        ),
    ),
)
FAULT_STORIES = (
    _in_stories(
        "lost_result",
        "The result is lost on its way to the relay, which asks again with the same bytes and is told again.",
        *CONFIRMED,
        lost(ResultInfo),
        *ASKED,
        runs_out(RETRY_TIME.name, "relay"),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "lost_page",
        "The page with the result is lost on its way to the terminal, which asks again and gets the same page.",
        *CONFIRMED,
        lost(ResultSummary),
        runs_out(HTTP_TIME.name, "terminal"),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "lost_authorization",
        "The authorization is lost; the shop asks again, and the money is taken once.",
        *CONFIRMED,
        lost(AuthorizationRequest),
        runs_out(RETRY_TIME.name, "shop"),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "duplicate_request",
        "The payment request arrives twice; the second is answered with the same receipt, and nothing is paid twice.",
        *CONFIRMED,
        doubled(PaymentRequest),
        arrives(PaymentResponse),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "duplicate_authorization",
        "The authorization arrives twice; the payment server answers the second with its receipt, and takes no money.",
        *CONFIRMED,
        doubled(AuthorizationRequest),
        arrives(AuthorizationRequest),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "relay_crash",
        "The relay crashes after the point of no return; it knows the procedure, asks the wallet again and concludes.",
        *CONFIRMED,
        arrives(PaymentProcessingRequest),
        crashes("relay"),
        arrives(ResultInfo),
        runs_out(HTTP_TIME.name, "terminal"),
        arrives(ResultSummary),
        settings="declines=false",
    ),
    _in_stories(
        "relay_crash_early",
        "The relay crashes before the user confirms, and has forgotten the procedure: the user is told.",
        *SHOWN,
        crashes("relay"),
        does(UserConfirms),
        arrives(ErrorSummary),
        settings="declines=false",
    ),
    _in_stories(
        "wallet_crash",
        "The wallet crashes after it requested payment, and the answer is lost; it asks again with the same bytes.",
        *CONFIRMED,
        arrives(ForwardedPaymentProcessingRequest),
        crashes("wallet"),
        lost(PaymentResponse),
        runs_out(RETRY_TIME.name, "wallet"),
        arrives(ResultSummary),
        settings="declines=false crashing=wallet",
    ),
    _in_stories(
        "shop_crash",
        "The shop crashes after it asked for the money, and what it asked is lost; it knows, and asks again.",
        *CONFIRMED,
        arrives(PaymentRequest),
        crashes("shop"),
        lost(AuthorizationRequest),
        runs_out(RETRY_TIME.name, "shop"),
        arrives(ResultSummary),
        settings="declines=false crashing=shop",
    ),
    _in_stories(
        "terminal_crash",
        "The terminal crashes while it waits; the user pays once more, and the relay shows the result of the first.",
        *CONFIRMED,
        arrives(PaymentProcessingRequest),
        crashes("terminal"),
        does(UserPays),
        arrives(ResultSummary),
        settings="declines=false crashing=terminal",
    ),
    _in_stories(
        "early_timeout",
        "The relay loses patience with a wallet whose answer is still under way; it fails, and passes the answer over.",
        does(UserPays),
        arrives(ForwardedPaymentInfo),
        runs_out(WALLET_TIME.name, "relay", early=True),
        arrives(ErrorSummary),
        settings="declines=false",
    ),
    Scenario(
        name="second_tab",
        says="The user confirms in one tab and cancels in another; the first to arrive decides, and both are told it.",
        configuration="second_tab semantics=budgeted crashing= declines=false",
        turns=(
            does(UserPays, "terminal-1"),
            arrives(ConfirmSummary, "terminal-1"),
            does(UserPays, "terminal-2"),
            arrives(ConfirmSummary, "terminal-2"),
            does(UserCancels, "terminal-2"),
            does(UserConfirms, "terminal-1"),
            arrives(PaymentProcessingRequest),
            arrives(Cancel),
            arrives(ResultSummary, "terminal-1"),
            arrives(ResultSummary, "terminal-2"),
        ),
    ),
)
REGISTRATIONS = (
    _in_registration(
        "registration",
        "The user is registered: answers the authority's form, and the wallet keeps what the authority makes of it.",
        *REGISTERING,
        arrives(ForwardedFormAnswers, errors=()),
        arrives(RegistrationResult),
    ),
    _in_registration(
        "registration_refused",
        "The authority registers no such user: it refuses before it asks anything.",
        does(UserRegisters),
        arrives(ForwardedRegistrationRequest, acceptable=False),
        arrives(ErrorSummary),
    ),
    _in_registration(
        "registration_corrected",
        "The authority finds an answer wrong; the user corrects it, and is registered.",
        *REGISTERING,
        arrives(ForwardedFormAnswers, errors=("account",)),
        *FILLED,
        arrives(ForwardedFormAnswers, errors=()),
        arrives(RegistrationResult),
    ),
    _in_registration(
        "registration_rejected",
        "The answers are wrong twice, and there is no third try.",
        *REGISTERING,
        arrives(ForwardedFormAnswers, errors=("account",)),
        *FILLED,
        arrives(ForwardedFormAnswers, errors=("account",)),
        arrives(RegistrationResult),
    ),
    _in_registration(
        "registration_unwanted",
        "The wallet does not take the user on; the certificate is revoked before it was ever valid.",
        *REGISTERING,
        arrives(ForwardedFormAnswers, errors=()),
        arrives(ForwardedAuthenticationInfo, willing=False),
        arrives(RegistrationResult),
    ),
    _in_registration(
        "registration_lost",
        "What the authority made is lost; the relay asks again, and the authority repeats the same.",
        *REGISTERING,
        arrives(ForwardedFormAnswers, errors=()),
        lost(AuthenticationInfo),
        runs_out(RETRY_TIME.name, "relay"),
        arrives(RegistrationResult),
    ),
)
SCENARIOS = (*PURCHASES, *FAULT_STORIES, *REGISTRATIONS)
"""Every named scenario."""

FAMILIES = (
    Family(
        name="endings",
        says="How a payment ends: approved, declined, or cancelled.",
        scenarios=("wallet_selection", "decline", "cancel"),
    ),
    Family(
        name="registration_endings",
        says="How a registration ends: registered, unwanted by the wallet, corrected, rejected, or refused.",
        scenarios=(
            "registration",
            "registration_unwanted",
            "registration_corrected",
            "registration_rejected",
            "registration_refused",
        ),
    ),
)
"""The scenarios that are drawn as branches of one picture."""
