"""What a configuration of the payment protocol can say."""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.configurations import Configuration, ConfigurationError, did_you_mean
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import SECURITIES
from payrelay.model.timers import TIMERS

NONCES = ("one", "each")


@dataclass(frozen=True, kw_only=True)
class PaymentConfiguration(Configuration):
    """A configuration of purchases, of registrations, or of both."""

    orders: int = 1
    """The orders. With several, each has one terminal and one procedure of its own; payer, wallets and account are
    the same."""
    procedures: int = 1
    """The procedures that can be opened for the one order; 0 for no purchase."""
    wallets: int = 1
    tabs: int = 1
    """Terminals: the tabs of a browser, or a user's devices."""
    sessions: int = 1
    """The sessions that the terminals belong to, in turn: 1 for tabs, as many as terminals for devices."""
    ordering: bool = True
    """Whether the order is placed within the run, or stands before it."""
    cancels: bool = True
    """Whether the user may cancel."""
    pays_again: bool = False
    """Whether the user may try again after a failure."""
    declines: bool = True
    """Whether those who may refuse do: the issuer, the authority and the wallet."""
    expires: bool = True
    """Whether payment information may expire, by anybody's clock, and the order with it."""
    strangers: tuple[str, ...] = ()
    """Wallets that do not know the user, though the relay believes so."""
    registrations: int = 0
    """The registrations that can be opened; 0 for none."""
    tries: int = 2
    """How often a form may be answered."""
    capability: str = "plain_text"
    """The terminal's capability class."""
    security: str = "hardened"
    nonces: str = "each"
    """`each`: one nonce for each kind of request of a terminal; `one`: one for all, so that any answer of the relay
    passes for any other. Where a terminal takes a fresh nonce for every request, there are fewer runs than in both."""
    relay_asks_payment_server: bool = False
    """Claim 8 read literally: the relay asks the payment server once the outcome is in doubt (Q8)."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that take part: those that have a machine."""
        purchase = ("shop", "payment") if self.procedures else ()
        registration = ("authority",) if self.registrations else ()
        return ("terminal", "relay", "wallet", *purchase, *registration)

    def check(self) -> None:
        self._check_numbers()
        self._check_names()
        super().check()

    def _check_numbers(self) -> None:
        if min(self.procedures, self.registrations) < 0 or not self.procedures + self.registrations:
            raise ConfigurationError(f"configuration {self.name}: it needs a procedure or a registration")
        if min(self.wallets, self.tabs) < 1:
            what = "purchase" if self.procedures else "registration"
            raise ConfigurationError(f"configuration {self.name}: a {what} needs at least one wallet and one tab")
        if self.orders < 1:
            raise ConfigurationError(f"configuration {self.name}: orders are at least 1")
        if self.orders > 1 and (self.procedures, self.tabs, self.registrations) != (1, 1, 0):
            raise ConfigurationError(
                f"configuration {self.name}: several orders have one procedure and one tab each, and no registration"
            )
        if not 1 <= self.sessions <= self.tabs:
            raise ConfigurationError(
                f"configuration {self.name}: sessions are at least 1 and at most the {self.tabs} tabs"
            )
        if self.tries < 1:
            raise ConfigurationError(
                f"configuration {self.name}: tries are at least 1: a form that is shown may be answered"
            )

    def _check_names(self) -> None:
        timers = tuple(timer.name for timer in TIMERS)
        wallets = tuple(f"wallet-{number}" for number in range(1, self.wallets + 1))
        for kind, words, known in (
            ("capability", (self.capability,), tuple(CAPABILITIES)),
            ("security level", (self.security,), SECURITIES),
            ("kind of nonces", (self.nonces,), NONCES),
            ("timer", (*(self.timers or ()), *self.patient), timers),
            ("wallet", self.strangers, wallets),
            ("role", self.crashing, self.roles),
        ):
            for word in words:
                if word not in known:
                    raise ConfigurationError(
                        f"no {kind} '{word}' in configuration {self.name}{did_you_mean(word, known)}"
                    )
