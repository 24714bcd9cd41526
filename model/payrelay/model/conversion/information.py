"""What the servers and the relay have to tell a user, one typed value per kind (§ 1.8)."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

from payrelay.model.conversion.values import Amount


class Kind(StrEnum):
    """The kinds of pages (§ 1.8)."""

    SELECT = "select"  # which wallet shall pay (claim 14)
    CONFIRM = "confirm"  # is this the payment that was meant (claim 5)
    RESULT = "result"  # how the payment ended (claim 9)
    FORM = "form"  # what the registration authority asks (claim 13)
    REG_RESULT = "reg_result"  # how the registration ended (G10)
    PROGRESS = "progress"  # it takes longer, ask again (claims 10, 11)
    ERROR = "error"  # nothing can be done, and why (M25)


@dataclass(frozen=True, slots=True)
class Information:
    """Anything that can be converted: fields of its own, perhaps items that repeat, and what the user may do."""

    kind: ClassVar[Kind]

    @property
    def items(self) -> tuple[object, ...]:
        """The parts of which there may be many: options of a choice, fields of a form."""
        return ()

    @property
    def actions(self) -> tuple[str, ...]:
        """What the user may answer, in the order of the template."""
        return ()


@dataclass(frozen=True, slots=True)
class WalletOption:
    """A wallet that offered to pay (M05); its instruments are masked by the wallet."""

    wallet_id: str
    display_name: str | None
    """None if it is none that the terminal can show: then its number stands for it."""
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SelectInformation(Information):
    """The wallets to choose from, in the user's order (claim 14)."""

    kind: ClassVar[Kind] = Kind.SELECT
    options: tuple[WalletOption, ...]
    more: bool = False

    @property
    def items(self) -> tuple[WalletOption, ...]:
        return self.options

    @property
    def actions(self) -> tuple[str, ...]:
        return (*(f"choose_{index}" for index in range(1, len(self.options) + 1)), "cancel")

    def limited(self, count: int) -> Self:
        """Leave out the options for which a page has no place, and say that there are more."""
        return self if len(self.options) <= count else replace(self, options=self.options[:count], more=True)


@dataclass(frozen=True, slots=True)
class ConfirmInformation(Information):
    """The payment that the user is asked to confirm (claims 5, 7). The identifier is the displayed one."""

    kind: ClassVar[Kind] = Kind.CONFIRM
    amount: Amount
    identifier: str
    payee_name: str | None = None
    check_code: str | None = None
    instrument_label: str | None = None
    order_description: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        return ("confirm", "cancel")


@dataclass(frozen=True, slots=True)
class ResultInformation(Information):
    """How the payment ended: approved, declined, rejected, void, cancelled, expired or failed (claim 9)."""

    kind: ClassVar[Kind] = Kind.RESULT
    outcome: str
    amount: Amount
    identifier: str
    reason: str | None = None
    payee_name: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        return () if self.outcome == "approved" else ("retry",)


@dataclass(frozen=True, slots=True)
class FormField:
    """A question of the registration authority (§ 1.3, Form), perhaps with what is wrong with the last answer."""

    name: str
    label: str
    type: str = "text"
    required: bool = False
    max_length: int | None = None
    options: tuple[str, ...] = ()
    sensitive: bool = False
    error: str | None = None

    @property
    def entry(self) -> str | None:
        """The name under which an answer that anybody may see comes back."""
        return None if self.sensitive else self.name

    @property
    def secret(self) -> str | None:
        """The name under which an answer that nobody should see comes back."""
        return self.name if self.sensitive else None


@dataclass(frozen=True, slots=True)
class FormInformation(Information):
    """A form, or one page of it (claim 13)."""

    kind: ClassVar[Kind] = Kind.FORM
    fields: tuple[FormField, ...]
    terms: str | None = None
    terms_digest: str | None = None
    page: int = 1
    pages: int = 1

    @property
    def items(self) -> tuple[FormField, ...]:
        return self.fields

    @property
    def actions(self) -> tuple[str, ...]:
        return ("answer", "cancel")


@dataclass(frozen=True, slots=True)
class RegistrationInformation(Information):
    """How the registration ended: ok, cancelled, rejected or failed (G10)."""

    kind: ClassVar[Kind] = Kind.REG_RESULT
    result: str
    identifier: str | None = None
    reason: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        return () if self.result == "ok" else ("retry",)


@dataclass(frozen=True, slots=True)
class ProgressInformation(Information):
    """The communicating information: no result yet, and with what to ask for it (claims 10, 11)."""

    kind: ClassVar[Kind] = Kind.PROGRESS
    wait_hint: int
    inquiry_token: str
    identifier: str | None = None
    in_doubt: bool = False
    status: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        return ("inquire",)


@dataclass(frozen=True, slots=True)
class ErrorInformation(Information):
    """Why the relay cannot go on (M25)."""

    kind: ClassVar[Kind] = Kind.ERROR
    code: str
    identifier: str | None = None
    registration_link: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        return ("retry",)
