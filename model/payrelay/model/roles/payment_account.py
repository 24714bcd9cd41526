"""The account that the payment server debits (claim 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrelay.language.messages import Restart
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.model.conversion import Amount
from payrelay.model.data import ProcKey
from payrelay.model.messages.internal import Debit
from payrelay.model.occurrences import Debited


@dataclass(frozen=True)
class AccountData:
    """What was taken from the account, and for which attempt."""

    postings: frozenset[tuple[ProcKey, Amount]] = frozenset()


def post(data: AccountData, message: Debit) -> Effect:
    """Take the amount, durably."""
    posted = replace(data, postings=data.postings | {(message.proc_key, message.amount)})
    return posted, (Debited(message.proc_key, message.amount, message.order_digest),)


class PaymentAccount(Role):
    """Is debited."""

    in_use = State(initial=True)

    debit = stay(in_use, on=post)

    inputs = (Debit, Restart)
    ignored = (ignore(Restart, reason="postings are durable"),)
