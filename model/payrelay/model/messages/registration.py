"""What is said in order to register with an authority, for one wallet (claims 12, 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Capabilities, FormField, Kind
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """A user's answer to one question of a form. Sealed for the authority, if sensitive and hardened."""

    field: str
    value: object


Answers = tuple[Answer, ...]


def answer_to(values: Answers, field: str) -> object:
    """The answer to a question; None if there is none."""
    return next((answer.value for answer in values if answer.field == field), None)


@dataclass(frozen=True, slots=True)
class FormPage:
    """What a page of a form is bound to. The answers come back with all of it but the questions."""

    reg_id: Symbol
    round: int
    """The try that is being filled in: a copy of an earlier one's answers can then not be taken for this one's."""
    page: int
    pages: int
    is_last_try: bool
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """What a page with the result of a registration is bound to."""

    reg_id: Symbol
    result: str
    """ok, cancelled, rejected or failed."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RegistrationRequest(TerminalRequest):
    """The user wants to be registered, for a wallet, with an authority (claim 13)."""

    claim: ClassVar[str] = "13"
    key: ClassVar[tuple[str, ...]] = ("session", "authority", "wallet")
    authority: str
    wallet: str
    capabilities: Capabilities
    retry_of: Symbol | None = None
    """The handle of a finished registration that is to be tried again."""

    @property
    def subject(self) -> tuple[str, str]:
        """What the registration is about."""
        return self.authority, self.wallet


@dataclass(frozen=True, kw_only=True)
class FormAnswers(TerminalRequest):
    """The user's answers to one page of the form (claim 13)."""

    claim: ClassVar[str] = "13"
    key: ClassVar[tuple[str, ...]] = ("handle", "round", "page")
    handle: Symbol
    reg_id: Symbol
    round: int
    page: int
    values: Answers
    terms_accepted: bool

    @property
    def holder(self) -> object:
        """The answer to who the user is, if this page asks it."""
        return answer_to(self.values, "holder")

    @property
    def account(self) -> object:
        """The answer to which account, if this page asks it."""
        return answer_to(self.values, "account")


@dataclass(frozen=True, kw_only=True)
class FormSummary(TerminalAnswer):
    """A page of the authority's form, as this terminal can show it, perhaps with what is wrong (claims 4, 13)."""

    claim: ClassVar[str] = "13, 4"
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.FORM
    bound_to: ClassVar[type] = FormPage


@dataclass(frozen=True, kw_only=True)
class RegistrationResult(TerminalAnswer):
    """How the registration ended."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("handle",)
    kind: ClassVar[Kind] = Kind.REG_RESULT
    bound_to: ClassVar[type] = Registered


@dataclass(frozen=True, kw_only=True)
class EnrolmentKeyRequest(Message):
    """relay -> wallet: with what key will you enrol this user? Hardened only."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("reg_txn",)
    reg_txn: Symbol
    user_ref: Symbol
    """The pseudonym under which the relay will speak of the user to this wallet in every payment."""


@dataclass(frozen=True, kw_only=True)
class EnrolmentKeyResponse(Message):
    """wallet -> relay: with this key, and name this nonce. Hardened only."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("reg_txn",)
    reg_txn: Symbol
    enrolment_key: Symbol
    enrolment_nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class ForwardedRegistrationRequest(Message):
    """relay -> authority: a user of mine wants to be registered, for this wallet (claim 13)."""

    claim: ClassVar[str] = "13"
    key: ClassVar[tuple[str, ...]] = ("reg_txn",)
    given: ClassVar[tuple[str, ...]] = ("acceptable",)
    reg_txn: Symbol
    user_ref: Symbol
    wallet: str
    enrolment_key: Symbol | None = None
    enrolment_nonce: Symbol | None = None
    acceptable: bool = True
    """Whether the authority registers such users at all."""


@dataclass(frozen=True, kw_only=True)
class RegistrationForm(Message):
    """authority -> relay: answer this (claim 13)."""

    claim: ClassVar[str] = "13"
    key: ClassVar[tuple[str, ...]] = ("reg_txn",)
    reg_txn: Symbol
    form: object


@dataclass(frozen=True, kw_only=True)
class ForwardedFormAnswers(Message):
    """relay -> authority: the user's answers, all pages of one round (claim 13)."""

    claim: ClassVar[str] = "13"
    key: ClassVar[tuple[str, ...]] = ("reg_id", "round")
    given: ClassVar[tuple[str, ...]] = ("errors",)
    reg_id: Symbol
    round: int
    values: Answers
    errors: tuple[str, ...] = ()
    """The questions whose answers the authority finds wrong, when it looks at them."""

    @property
    def holder(self) -> object:
        """The answer to who the user is."""
        return answer_to(self.values, "holder")

    @property
    def account(self) -> object:
        """The answer to which account."""
        return answer_to(self.values, "account")


@dataclass(frozen=True, kw_only=True)
class RegistrationReject(Message):
    """authority -> relay: not so; correct it, or never."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("reg_txn", "round")
    reg_txn: Symbol
    round: int
    """The round that is refused; 0 for the registration itself."""
    is_final: bool
    reason: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuthenticationInfo(Message):
    """authority -> relay: the authentication information of the user (claim 12)."""

    claim: ClassVar[str] = "12"
    key: ClassVar[tuple[str, ...]] = ("reg_id",)
    reg_id: Symbol
    auth_info: object


@dataclass(frozen=True, kw_only=True)
class ForwardedAuthenticationInfo(Message):
    """relay -> wallet: the authentication information, unchanged, and whose it is (claim 12)."""

    claim: ClassVar[str] = "12"
    key: ClassVar[tuple[str, ...]] = ("reg_id",)
    given: ClassVar[tuple[str, ...]] = ("willing",)
    reg_id: Symbol
    user_ref: Symbol
    auth_info: object
    willing: bool = True
    """Whether the wallet takes this user on."""


@dataclass(frozen=True, kw_only=True)
class AuthInfoStored(Message):
    """wallet -> relay: stored, and what the user can pay with here (claim 14); or why not."""

    claim: ClassVar[str] = "engineering, 14"
    key: ClassVar[tuple[str, ...]] = ("reg_id",)
    reg_id: Symbol
    refusal: str = ""
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ActivationRequest(Message):
    """relay -> authority: the wallet has it, so let it be valid; or the wallet refused it, so let it not."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("reg_id",)
    reg_id: Symbol
    is_stored: bool


@dataclass(frozen=True, kw_only=True)
class ActivationResponse(Message):
    """authority -> relay: the certificate is active, or revoked."""

    claim: ClassVar[str] = "engineering"
    key: ClassVar[tuple[str, ...]] = ("reg_id",)
    reg_id: Symbol
    is_active: bool
