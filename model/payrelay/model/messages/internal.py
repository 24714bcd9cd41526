"""What machines of one party tell each other, within one step. Nothing of this travels."""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.messages import Internal
from payrelay.language.terms import Hash, Symbol
from payrelay.model.conversion import Amount
from payrelay.model.data import ProcKey
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest


@dataclass(frozen=True, kw_only=True)
class AnotherProcedure(Internal):
    """relay: the current one on this subject is over, or forgotten; the request opens a new one."""

    request: ProcedureRequest | RegistrationRequest


@dataclass(frozen=True, kw_only=True)
class KeyUsed(Internal):
    """wallet: a transaction has durably used the key of an attempt."""

    proc_key: ProcKey
    relay_txn: Symbol


@dataclass(frozen=True, kw_only=True)
class AttemptOpened(Internal):
    """shop: an attempt begins; it is the order's current one."""

    attempt: str


@dataclass(frozen=True, kw_only=True)
class AttemptPending(Internal):
    """shop: an attempt was sent to the payment server."""


@dataclass(frozen=True, kw_only=True)
class AttemptPaid(Internal):
    """shop: an attempt was paid."""


@dataclass(frozen=True, kw_only=True)
class AttemptRefused(Internal):
    """shop: an attempt was decided, and not paid."""


@dataclass(frozen=True, kw_only=True)
class Superseded(Internal):
    """shop: a newer attempt of the order began, or the order expired: this one is cancelled."""


@dataclass(frozen=True, kw_only=True)
class RefuseAttempt(Internal):
    """shop: the order cannot be paid now; the attempt that was asked for does not begin."""

    relay: str
    relay_txn: Symbol
    reason: str


@dataclass(frozen=True, kw_only=True)
class Debit(Internal):
    """payment server: take the amount from the account, in the same transaction as the decision."""

    proc_key: ProcKey
    amount: Amount
    order_digest: Hash
