"""What terminal and relay say to each other: a request, and the one answer to it (claims 1, 4, 8, 10, 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Capabilities, Kind, Summary
from payrelay.model.data import CURRENT, Concluded, Confirmable, Consent, OrderRef


@dataclass(frozen=True, kw_only=True)
class TerminalRequest(Message):
    """Anything a terminal asks of the relay; the session never leaves this edge."""

    session: Symbol
    request_nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class ProcedureRequest(TerminalRequest):
    """Procedure requesting information: the user wants to pay this order (claim 1)."""

    claim: ClassVar[str] = "1"
    shown: ClassVar[tuple[str, ...]] = ("order_ref.order", "retry_of")
    key: ClassVar[tuple[str, ...]] = ("session", "order_ref")
    order_ref: OrderRef
    capabilities: Capabilities
    retry_of: Symbol | None = None
    """The handle of a finished procedure that is to be tried again."""

    @property
    def subject(self) -> OrderRef:
        """What the procedure is about."""
        return self.order_ref


@dataclass(frozen=True, kw_only=True)
class WalletChoice(TerminalRequest):
    """The user's choice among the wallets offered (claim 14)."""

    claim: ClassVar[str] = "14"
    shown: ClassVar[tuple[str, ...]] = ("index", "validity")
    key: ClassVar[tuple[str, ...]] = ("handle",)
    given: ClassVar[tuple[str, ...]] = ("validity",)
    handle: Symbol
    index: int
    validity: str = CURRENT
    """Whether the payment information is still current, by the receiver's clock."""


@dataclass(frozen=True, kw_only=True)
class PaymentProcessingRequest(TerminalRequest):
    """Payment processing request, the positive response to the confirming information (claims 10, 15, 16)."""

    claim: ClassVar[str] = "10, 15, 16"
    shown: ClassVar[tuple[str, ...]] = ("consent.shown.amount", "validity")
    key: ClassVar[tuple[str, ...]] = ("handle",)
    given: ClassVar[tuple[str, ...]] = ("validity",)
    handle: Symbol
    consent: Consent
    validity: str = CURRENT


@dataclass(frozen=True, kw_only=True)
class Cancel(TerminalRequest):
    """The negative response: the user does not want to go on."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("handle",)
    handle: Symbol


@dataclass(frozen=True, kw_only=True)
class ProgressInquiry(TerminalRequest):
    """The user asks how the payment is getting on (claim 11)."""

    claim: ClassVar[str] = "11"
    key: ClassVar[tuple[str, ...]] = ("handle",)
    handle: Symbol
    inquiry_token: Symbol


@dataclass(frozen=True, kw_only=True)
class TerminalAnswer(Message):
    """Anything the relay answers: the answer to exactly one request, by its nonce."""

    kind: ClassVar[Kind]
    bound_to: ClassVar[type] = object
    """What a page of this kind is bound to."""
    request_nonce: Symbol
    handle: Symbol | None
    summary: Summary

    @property
    def is_whole(self) -> bool:
        """Whether it names its procedure, and its page is bound to what it must be."""
        return self.handle is not None and isinstance(self.summary.bound, self.bound_to)


@dataclass(frozen=True, kw_only=True)
class WalletSelectSummary(TerminalAnswer):
    """The wallets to choose from (claim 14)."""

    claim: ClassVar[str] = "14, 4"
    shown: ClassVar[tuple[str, ...]] = ("summary.bound",)
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.SELECT
    bound_to: ClassVar[type] = tuple


@dataclass(frozen=True, kw_only=True)
class ConfirmSummary(TerminalAnswer):
    """The confirming information, summarized for this terminal (claims 4-7)."""

    claim: ClassVar[str] = "4, 5, 6, 7"
    shown: ClassVar[tuple[str, ...]] = ("summary.bound.amount",)
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.CONFIRM
    bound_to: ClassVar[type] = Confirmable


@dataclass(frozen=True, kw_only=True)
class ProgressSummary(TerminalAnswer):
    """Communicating information: no result yet, and how to ask for it (claims 10, 11)."""

    claim: ClassVar[str] = "10, 11"
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.PROGRESS
    inquiry_token: Symbol


@dataclass(frozen=True, kw_only=True)
class ResultSummary(TerminalAnswer):
    """Result information for the user: how the payment ended (claim 9)."""

    claim: ClassVar[str] = "9"
    shown: ClassVar[tuple[str, ...]] = ("summary.bound.outcome", "summary.bound.amount")
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.RESULT
    bound_to: ClassVar[type] = Concluded
    receipt: object = None
    """The payment server's receipt, for a terminal that can verify it; None if there is none."""


@dataclass(frozen=True, kw_only=True)
class ErrorSummary(TerminalAnswer):
    """Nothing can be done, and why."""

    claim: ClassVar[str] = "engineering"
    shown: ClassVar[tuple[str, ...]] = ("code",)
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.ERROR
    code: str

    @property
    def is_whole(self) -> bool:
        """Always: it may be all that can be said."""
        return True
