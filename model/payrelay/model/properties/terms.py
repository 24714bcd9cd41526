"""What the properties speak of: variables, fairness assumptions, and which parts of a message are which artefact."""

from __future__ import annotations

from typing import Any

from payrelay.language.properties import Fairness, Variable
from payrelay.language.terms import Signed, Symbol, Unverified
from payrelay.model.data import PaymentInfo, PaymentInstruction

K = Variable("k")
"""The name that all symbols of one procedure have."""
AMOUNT, KEY, ORDER, OUTCOME, CONTENT, WALLET, TRANSACTION, SUBJECT = (
    Variable(name) for name in ("amount", "key", "order", "outcome", "content", "wallet", "transaction", "subject")
)

DELIVERY = Fairness("what is sent again and again arrives", of="delivery", strong=True)
RETRIES = Fairness("retry timers run out", of="timers", strong=True, only=("retry_time",))
PERIODS = Fairness("the relay's period for a held request runs out", of="timers", strong=True, only=("hold_time",))
PATIENCE = Fairness("a terminal's patience runs out", of="timers", strong=True, only=("http_time",))
ASKING = Fairness("a user who may ask for progress does", of="stimuli", strong=True, only=("user_asks",))


def is_payment_info(part: object) -> bool:
    """Payment information: the artefact, its signature, or one of its secrets. The amount is not (Q1)."""
    if isinstance(part, Signed | Unverified):
        return isinstance(part.content, PaymentInfo)
    return isinstance(part, PaymentInfo) or (isinstance(part, Symbol) and part.kind in ("shop_nonce", "pay_url"))


def is_instruction_in_clear(part: object) -> bool:
    """A payment instruction as its reader sees it."""
    return isinstance(part, PaymentInstruction)


def is_account(part: object) -> bool:
    """An account number, where it can be read."""
    return isinstance(part, Symbol) and part.kind == "account"


def is_order_description(part: object) -> bool:
    """What was ordered, or the salt that hides it."""
    return isinstance(part, Symbol) and part.kind in ("order_description", "order_salt")


def is_negative(outcome: object) -> bool:
    """Everything that a user can be told but approved, error pages included."""
    return outcome != "approved"


def is_given(value: object) -> bool:
    """There is such a field."""
    return value is not None


def no_purchase(system: Any) -> str | None:
    """The system lacks a purchase."""
    return None if system.configuration.procedures else "no purchase"


def no_registration(system: Any) -> str | None:
    """The system lacks a registration."""
    return None if system.configuration.registrations else "no registration"


def no_order_placed(system: Any) -> str | None:
    """The order stands before the run."""
    return no_purchase(system) or (None if system.configuration.ordering else "no order is placed")


def no_choice(system: Any) -> str | None:
    """There are not two wallets that know the user."""
    configuration = system.configuration
    known = configuration.wallets - len(configuration.strangers)
    return no_purchase(system) or (None if known > 1 else "no choice of wallets")


def no_wait(system: Any) -> str | None:
    """The relay never lets the user wait for longer than the period."""
    return no_purchase(system) or (None if system.configuration.runs("hold_time") else "no long wait")


def no_refusal(system: Any) -> str | None:
    """The payment server has no occasion to decline, or none to void."""
    configuration = system.configuration
    may = configuration.is_unbounded and configuration.declines and configuration.expires
    return no_purchase(system) or (None if may else "no occasion to decline and to void")


def no_paying_again(system: Any) -> str | None:
    """Nobody tries an order again."""
    return no_purchase(system) or (None if system.configuration.pays_again else "no paying again")


def no_literal_claim_8(system: Any) -> str | None:
    """The relay does not ask the payment server."""
    asks = system.configuration.relay_asks_payment_server
    return None if asks else "no message on the edge, which is declared,"
