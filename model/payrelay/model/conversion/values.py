"""What may be shown: amounts of money and text that looks the same to everybody (§ 1.3)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TEXT_LENGTH = 128
"""The most characters of any text; a slot of a template may allow fewer."""

AMOUNT_DIGITS = 15
"""The most digits of an amount: every such number survives JSON, and every amount has a known greatest width."""

FORBIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
"""Unicode categories without a place in text: line ends, invisible or direction-changing characters, half pairs."""

_CURRENCIES = {
    0: ("CLP", "ISK", "JPY", "KRW", "VND"),
    2: ("AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "INR", "NOK", "NZD", "SEK", "USD"),
    3: ("BHD", "JOD", "KWD", "OMR", "TND"),
}
MINOR_UNITS: Mapping[str, int] = MappingProxyType(
    {currency: places for places, currencies in _CURRENCIES.items() for currency in currencies}
)
"""The decimal places of each known currency (ISO 4217); a currency that is not here is refused."""

AMOUNT = re.compile(
    rf"(?=(?:[0-9]\.?){{1,{AMOUNT_DIGITS}}} )(?:0|[1-9][0-9]*)(?:"
    + "|".join(rf"\.[0-9]{{{places}}} {code}" if places else f" {code}" for code, places in MINOR_UNITS.items())
    + ")"
)
"""Every amount as it is written, and nothing else."""


def is_text(value: str, limit: int = TEXT_LENGTH) -> bool:
    """Tell whether the value is text as it stands: normal form NFKC, visible, trimmed, of bounded length (SP18)."""
    return (
        0 < len(value) <= limit
        and not unicodedata.category(value[0]).startswith("M")  # it would change the character before it
        and value == value.strip()
        and unicodedata.is_normalized("NFKC", value)
        and not any(unicodedata.category(character) in FORBIDDEN for character in value)
    )


def text(raw: str, limit: int = TEXT_LENGTH) -> str:
    """Bring an author's own words into the form of text, or raise ValueError. What another signed is never changed."""
    normal = unicodedata.normalize("NFKC", raw).strip()
    if not is_text(normal, limit):
        raise ValueError(f"not text of at most {limit} characters: {raw!r}")
    return normal


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money, counted in the currency's smallest unit and never in fractions of it (claim 5)."""

    value: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_UNITS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if type(self.value) is not int or not 0 <= self.value < 10**AMOUNT_DIGITS:
            raise ValueError(f"not a whole amount of at most {AMOUNT_DIGITS} digits: {self.value!r}")

    def __str__(self) -> str:
        """Write every digit, a point before the minor units and the currency, so that no two amounts look the same."""
        places = MINOR_UNITS[self.currency]
        digits = str(self.value).rjust(places + 1, "0")
        number = f"{digits[:-places]}.{digits[-places:]}" if places else digits
        return f"{number} {self.currency}"

    @classmethod
    def parse(cls, written: str) -> "Amount | None":
        """Find the amount that is written exactly so, if there is one."""
        if AMOUNT.fullmatch(written) is None:
            return None
        number, currency = written.split(" ")
        return cls(int(number.replace(".", "")), currency)
