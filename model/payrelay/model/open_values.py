"""Open values: which values of the protocol's messages another system may have others for.

The model has one amount and a few names, since guards compare for equality only. Whoever holds foreign messages
against the model renames their values to those of the model, and back.
"""

from __future__ import annotations

from payrelay.language.observations import OpenValues, Written
from payrelay.language.traces import Plain, plain
from payrelay.model.conversion import Amount


def _read(text: str) -> dict[str, Plain] | None:
    amount = Amount.parse(text)
    return None if amount is None else plain(amount)


def _write(amount: dict[str, Plain]) -> str:
    """An amount as a page has it; what is none is told as it stands."""
    try:
        return str(Amount(amount["value"], amount["currency"]))
    except (KeyError, TypeError, ValueError):
        return f"{amount.get('value')} {amount.get('currency')}"


OPEN_VALUES = OpenValues(
    texts=frozenset(
        [
            *("cart", "payee_name", "display_name", "instruments", "instrument_label", "brands", "currency"),
            *("subject", "terms", "terms_digest"),
        ]
    ),
    between=" | ",
    written={"Amount": Written(_write, _read, lambda number: plain(Amount(1 + number % 10**9, "JPY")))},
    rendered={
        "amount": ("Amount",),
        "identifier": ("proc_id", "reg_id"),
        "inquiry_token": ("inquiry_token",),
        "wallet_id": ("party",),
        "payee_name": ("payee_name",),
        "display_name": ("display_name",),
        "instruments": ("instruments",),
        "instrument_label": ("instrument_label",),
        "terms": ("terms",),
        "terms_digest": ("terms_digest",),
    },
    renewed={"request_nonce": "terminal", "registration_nonce": "terminal", "Sealed as user_auth": "terminal"},
    coinciding=frozenset(["display_name", "instruments", "instrument_label"]),
    shared=frozenset(["session", "user_ref", "user_auth", "account", "secret", "certificate", "answer", "pay_url"]),
)
"""Prices are paid in the currency of the amount; a terminal takes a fresh nonce for every request, and for every
consent seals anew what proves who its user is."""
