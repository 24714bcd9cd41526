"""What a party is told of the world when it starts, beside what is set up while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from payrelay.model.conversion import CAPABILITIES, Capabilities
from payrelay.model.data import OrderRef
from payrelay.model.registration import TERMS, TERMS_DIGEST
from payrelay.model.timers import TIMERS, misfits
from payrelay.wire.set_up import PayableOrder

PERIODS: Mapping[str, float] = {timer.name: timer.seconds for timer in TIMERS}
"""How long each timer runs, if nothing else is said."""


def no_catalogue(_cart: str) -> PayableOrder | None:
    """A shop that sells nothing: its orders are set up."""
    return None


@dataclass(frozen=True, kw_only=True)
class World:
    """The parties that a party knows, and what it does for whom. What is not of its role, it does not look at."""

    relay: str = "relay"
    """terminal: the relay."""
    shop: str = "shop"
    """terminal: where it orders."""
    authority: str = "authority"
    """terminal: where it has its user registered."""
    order: OrderRef | None = None
    """terminal: the order that stands already and is to be paid; None if the user orders first."""
    session: str = ""
    """terminal: its user's session at the relay."""
    user_auth: str = ""
    """terminal: what its user proves to a wallet who it is with."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """terminal: what its user answers to the questions of a form; what is not there is answered by its name, and
    what is empty is not answered."""
    capabilities: Capabilities = CAPABILITIES["json"]
    """terminal: what it can show."""
    shops: tuple[str, ...] = ("shop",)
    """relay: the shops that it asks for payment information."""
    wallets: tuple[str, ...] = ()
    """relay: the wallets that users can be registered for."""
    authorities: tuple[str, ...] = ("authority",)
    """relay, wallet: the authorities that they believe."""
    asks_payment_server: bool = False
    """relay: whether it asks the payment server once the outcome is in doubt (claim 8, read literally)."""
    catalogue: Callable[[str], PayableOrder | None] = no_catalogue
    """shop: the order that a cart makes, but for its name; None if there is no such cart."""
    display_name: str = ""
    """wallet: what it calls itself on a page; its name, if nothing is said."""
    brands: tuple[str, ...] = ()
    """wallet: what users can pay with whom it takes on."""
    pay_url: str = "https://shop.invalid/payrelay/v1/wallet_shop/payment_request"
    """shop: the URL of its own endpoint for PaymentRequest."""
    takes_on_strangers: bool = True
    """wallet: whether it takes on a user whom the authority has registered. authority: whether it registers users of
    whom nobody has told it."""
    terms: str = TERMS
    terms_digest: str = TERMS_DIGEST
    tries: int = 2
    """authority: how often a form may be answered."""
    periods: Mapping[str, float] = field(default_factory=lambda: dict(PERIODS))
    """How long each timer runs, in seconds."""

    def check(self) -> None:
        """Raises ValueError where the periods do not fit each other."""
        if wrong := misfits({**PERIODS, **self.periods}):
            raise ValueError(wrong[0])
