"""What the user does at the terminal. A new request brings the nonce that it is to have."""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.messages import Stimulus
from payrelay.language.terms import Symbol


@dataclass(frozen=True, kw_only=True)
class UserOrders(Stimulus):
    """The user orders at the shop."""

    nonce: Symbol
    cart: str


@dataclass(frozen=True, kw_only=True)
class UserPays(Stimulus):
    """The user wants to pay the order."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserPaysAgain(Stimulus):
    """The user tries once more after a failure or a refusal."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserChooses(Stimulus):
    """The user picks a wallet, by its place on the page."""

    nonce: Symbol
    index: int


@dataclass(frozen=True, kw_only=True)
class UserConfirms(Stimulus):
    """The user consents to what is shown."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserCancels(Stimulus):
    """The user gives up."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserAsks(Stimulus):
    """The user asks for progress."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserRegisters(Stimulus):
    """The user wants to be registered, for a wallet."""

    nonce: Symbol
    wallet: str


@dataclass(frozen=True, kw_only=True)
class UserRegistersAgain(Stimulus):
    """The user tries once more to be registered."""

    nonce: Symbol


@dataclass(frozen=True, kw_only=True)
class UserAnswers(Stimulus):
    """The user answers the questions of the page: all of them, or only those that need not be."""

    nonce: Symbol
    is_complete: bool
