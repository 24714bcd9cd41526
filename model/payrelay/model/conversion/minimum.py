"""The least that a terminal must be able to show before the relay begins a procedure with it (R1, § 1.8)."""

from functools import lru_cache

from payrelay.model.conversion.capabilities import Capabilities
from payrelay.model.conversion.information import (
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    ProgressInformation,
    RegistrationInformation,
    ResultInformation,
    SelectInformation,
    WalletOption,
)
from payrelay.model.conversion.summary import Summary, convert
from payrelay.model.conversion.values import AMOUNT_DIGITS, Amount

_AMOUNT, _TOKEN, _NAME = Amount(10**AMOUNT_DIGITS - 1, "EUR"), "x" * 32, "x" * 40

WIDEST: tuple[Information, ...] = (
    SelectInformation((WalletOption(_TOKEN, _NAME), WalletOption(_TOKEN, _NAME)), more=True),
    ConfirmInformation(_AMOUNT, _TOKEN, _NAME),
    ResultInformation("x" * 16, _AMOUNT, _TOKEN, _TOKEN),
    FormInformation((FormField(_TOKEN, _NAME, "x" * 16, True, 9999, ("x" * 120,)),), page=999, pages=999),
    FormInformation((FormField(_TOKEN, _NAME, "x" * 16, True, 9999, ("x" * 120,), True),), page=999, pages=999),
    FormInformation((), "https://" + "x" * 88, "x" * 64, page=999, pages=999),
    RegistrationInformation("x" * 16, _TOKEN, _TOKEN),
    ProgressInformation(9999, "x" * 64, _TOKEN, in_doubt=True),
    ErrorInformation(_TOKEN, _TOKEN),
)
"""Every mandatory slot at its full width and nothing optional: two wallets, one field, the terms.

What is shown after the point of no return (result, reg_result, progress, error) has only slots of known greatest size.
So a terminal that can show these pages can show those that must not fail, whatever they say.
"""


@lru_cache(maxsize=256)  # terminals have few capabilities, and a relay asks twice for each payment
def minimal_page_fits(capabilities: Capabilities, security: str = "hardened") -> bool:
    """Tell whether a terminal can show the minimal page of every kind, a choice between two included (R1)."""
    return capabilities.max_options > 1 and all(
        isinstance(convert(information.kind, information, capabilities, security=security), Summary)
        for information in WIDEST
    )
