"""Paying: what is done at the shell to pay an order, and what is said about how it ended."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from payrelay.cli.asking import Asking, UnansweredError
from payrelay.cli.errors import UsageError
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.last_orders import note_order
from payrelay.cli.reaching import Reach
from payrelay.cli.shell_terminals import InterruptedByUserError, OutOfPatienceError, ShellTerminal
from payrelay.language.configurations import did_you_mean
from payrelay.language.links import role_of
from payrelay.language.terms import Signed
from payrelay.model.conversion import Amount, render
from payrelay.model.data import Concluded, Confirmable, OrderRef, Receipt, opened
from payrelay.model.messages.purchase import OrderAck
from payrelay.model.messages.terminal_edge import ErrorSummary, ResultSummary
from payrelay.model.messages.user import (
    UserAsks,
    UserCancels,
    UserChooses,
    UserConfirms,
    UserOrders,
    UserPays,
    UserPaysAgain,
)
from payrelay.reference_impl.sentences import sentence

UNKNOWN = "unknown"
"""What a document has as the outcome that is not known yet."""
UNDECIDED = ("selecting", "confirming")
"""The states of a terminal whose user has not consented."""
UNREGISTERED = ("NO_WALLET", "NOT_ENROLLED")
"""The codes after which it is of use to register."""


@dataclass(frozen=True)
class Wishes:
    """What is said beforehand, so that it need not be asked."""

    cart: str | None = None
    wallet: str | None = None
    """Its number on the page, or its name."""
    amount: str | None = None
    """The only amount that may be paid."""
    word: str | None = None
    """What proves to the wallet who the user is."""
    is_agreed: bool = False
    """The user consents to whatever is shown."""
    is_again: bool = False
    """An order whose payment has failed is paid again, once."""


@dataclass
class Payment:
    """What became of it."""

    order: OrderRef | None = None
    outcome: str = UNKNOWN
    code: ExitCode = ExitCode.INCONCLUSIVE
    shown: dict[str, str] = field(default_factory=dict)
    """What the last page with an amount says, by its slots."""
    wallet: str | None = None
    handle: str | None = None
    refusal: str = ""
    """Why it was not confirmed, if it is not the user's decision."""
    receipt: str | None = None
    """`verified`: signed by a payment server that is believed, and says what the page says; else `unverified`. Below
    hardened nothing is signed, and it is `in clear`. None if there is none."""

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema_version": 1,
            "kind": "payment",
            "outcome": self.outcome,
            "is_paid": {"approved": True, UNKNOWN: None}.get(self.outcome, False),
            "amount": self.shown.get("amount"),
            "payee": self.shown.get("payee_name"),
            "payment": self.shown.get("identifier"),
            "reason": self.refusal or self.shown.get("reason") or self.shown.get("code"),
            "wallet": self.wallet,
            "order": f"{self.order.shop}/{self.order.order.name}" if self.order else None,
            "handle": self.handle,
            "receipt": self.receipt,
            "exit_code": int(self.code),
        }


class Paying:
    """A user who pays at the shell."""

    def __init__(self, shell: ShellTerminal, asking: Asking, wishes: Wishes) -> None:
        self.shell, self.asking, self.wishes = shell, asking, wishes
        self.payment = Payment(shell.terminal.world.order)
        self.is_bound = self.payment.order is not None
        """The user may have consented: this time, or before to an order that was there already."""
        self._is_again = wishes.is_again
        self._has_given_up = False
        self._total: Amount | None = None
        """What the shop itself said that the order costs."""

    async def pays(self) -> Payment:
        """Order, if nothing is ordered, and pay, until it is known how it ended, or nobody waits any more."""
        try:
            if self.payment.order is None:
                await self._orders()
            self.shell.does(UserPays)
            while await self._goes_on():
                pass
        except UsageError:  # nobody is there to answer, or what was said beforehand will not do
            with suppress(OutOfPatienceError):
                await self._cancels()
            raise
        except InterruptedByUserError:
            await self._interrupted()
        except OutOfPatienceError as error:
            self.asking.says(f"It is not known yet how it ended{error}.\n{self._how_to_ask()}")
        handle = self.shell.data().handle
        self.payment.handle = handle.name if handle else None
        return self.payment

    async def _orders(self) -> None:
        """Order at the shop, directly; the relay hears nothing of it."""
        assert self.wishes.cart is not None
        self.shell.does(UserOrders, cart=self.wishes.cart)
        await self.shell.settles()
        order: OrderRef = self.shell.data().order_ref
        self.payment.order = order
        if self.shell.reach.folder:
            note_order(self.shell.reach.folder, order)
        acknowledged = self.shell.heard
        assert isinstance(acknowledged, OrderAck)
        self._total = acknowledged.total
        self.asking.says(f"Ordered {self.wishes.cart} for {acknowledged.total}: order {order.shop}/{order.order.name}")

    async def _goes_on(self) -> bool:
        """Wait for the next page, and do what there is to be done with it; whether more will come."""
        match await self.shell.settles(is_bound=self.is_bound and self.shell.heard is not None):
            case "selecting":
                self.is_bound = False
                self._chooses()
            case "confirming":
                self.is_bound = False
                self._confirms()
            case "in_progress":
                await self._asks()
            case _:
                return self._has_ended()
        return True

    # --- decisions

    def _chooses(self) -> None:
        """Which wallet shall pay."""
        options = self.shell.data().options
        wanted = self.wishes.wallet
        if wanted is None:
            self.asking.says(render(self.shell.page.summary))
            otherwise = f"several wallets can pay; say which: --wallet NUMBER, of {_numbered(options)}"
            number = self.asking.number(f"Wallet (1-{len(options)}; 0 to cancel)", 0, len(options), otherwise)
        else:
            number = options.index(wanted) + 1 if wanted in options else int(wanted) if wanted.isdecimal() else 0
            if not 1 <= number <= len(options):
                raise UsageError(f"no wallet '{wanted}' to pay with{did_you_mean(wanted, options)}")
        if number == 0:
            self._gives_up()
            return
        self.payment.wallet = options[number - 1]
        self.shell.does(UserChooses, index=number)

    def _confirms(self) -> None:
        """Whether the user consents to what is shown."""
        slots, shown = self.shell.slots, self.shell.data().displayed
        self.payment.shown, self.payment.wallet = slots, shown.wallet
        self.asking.says(render(self.shell.page.summary))
        if role_of(self.wishes.wallet or "") == "wallet" and self.wishes.wallet != shown.wallet:
            raise UsageError(f"only {shown.wallet} can pay this; to pay with it: --wallet {shown.wallet}")
        if refusal := self._refusal(slots, shown):
            self.payment.refusal = refusal
            self._gives_up()
            return
        otherwise = "nobody is there to consent; to consent to whatever is shown: --yes"
        if not (self.wishes.is_agreed or self.asking.agrees(f"Pay {shown.amount} to {shown.payee_name}?", otherwise)):
            self._gives_up()
            return
        if self.shell.reach.security == "hardened":
            otherwise = "a wallet wants to know who pays; set PAYRELAY_PIN to the word to pay with, or give --pin"
            self.shell.knows(self.wishes.word or self.asking.secret("Word to pay with", otherwise))
        self.shell.does(UserConfirms)
        self.is_bound = True

    def _refusal(self, slots: dict[str, str], shown: Confirmable) -> str:
        """Why this must not be confirmed; empty if it may be. What is consented to is what is bound (W-TERM-13)."""
        bound = {"amount": str(shown.amount), "payee_name": shown.payee_name, "identifier": shown.proc_key.proc_id.name}
        for name, meant in bound.items():
            if slots.get(name, meant) != meant:
                return f"the page says {slots[name]}, but {meant} would be paid: tell the relay"
        if self._total not in (None, shown.amount):
            return f"the shop said {self._total}, and {shown.amount} would be paid: ask the shop"
        if self.wishes.amount not in (None, str(shown.amount)):
            return f"the amount is {shown.amount}, not {self.wishes.amount} (--amount)"
        return ""

    def _gives_up(self) -> None:
        """Say that this is not to be paid: there is no trying again then."""
        self._has_given_up = True
        self.shell.does(UserCancels)

    async def _asks(self) -> None:
        """It takes longer: wait as long as the page says, and ask."""
        slots = self.shell.slots
        doubt = ": the outcome is in doubt" if "in_doubt" in slots else ""
        self.asking.mentions(f"It takes longer{doubt}; asked again in {slots['wait_hint']} seconds.")
        self.is_bound = True
        await self.shell.rests(float(slots["wait_hint"]))
        self.shell.does(UserAsks)

    # --- ends

    def _has_ended(self) -> bool:
        """Show how it ended; whether it goes on, as the user tries again."""
        page, payment, data = self.shell.page, self.payment, self.shell.data()
        payment.shown = {**payment.shown, **self.shell.slots}
        payment.outcome = data.outcome
        payment.receipt = _standing(page, self.shell.reach.security) if isinstance(page, ResultSummary) else None
        payment.code = ExitCode.ESTABLISHED if data.outcome == "approved" else ExitCode.VIOLATED
        self.asking.says(render(page.summary))
        if isinstance(page, ErrorSummary):
            self.asking.says(sentence("code", page.code))
            if page.code in UNREGISTERED:
                self.asking.says(f"To register: payrelay register {self.shell.reach.words}")
        if data.outcome == "failed" and self.shell.reach.security == "hardened":
            self.asking.says("Not paid: the wallet did not take it; was it the right word to pay with?")
        if payment.receipt == "unverified":
            self.asking.says("The receipt is not signed by a payment server that is believed here; ask the shop.")
        if payment.refusal:
            self.asking.says(f"Not confirmed: {payment.refusal}.")
        if data.outcome == "approved" or self._has_given_up or not self._tries_again(data.handle is not None):
            return False
        payment.outcome, payment.code, payment.shown = UNKNOWN, ExitCode.INCONCLUSIVE, {}
        self.is_bound = False
        self.shell.does(UserPaysAgain)
        return True

    def _tries_again(self, is_possible: bool) -> bool:
        if self._is_again:
            self._is_again = False
            return True
        if not is_possible or self.wishes.is_agreed:
            return False
        try:
            return self.asking.agrees("Try again?", "")
        except (UnansweredError, InterruptedByUserError):
            return False

    async def _cancels(self) -> None:
        """Give up what is not confirmed, if there is a page to do so, so that nobody waits for it."""
        if self.shell.shows() in UNDECIDED:
            self.shell.does(UserCancels)
            await self.shell.settles()

    async def _interrupted(self) -> None:
        """Ctrl-C: what can be cancelled is; what may have been paid already, goes on without its user."""
        self.asking.says()
        if self.shell.shows() in UNDECIDED:
            try:
                self._gives_up()
                await self.shell.settles()
                self._has_ended()
            except (InterruptedByUserError, OutOfPatienceError):
                self.asking.says(f"Nothing was confirmed. {self._how_to_ask()}")
        elif self.payment.order is not None:
            said = "It may be paid all the same." if self.is_bound else "Nothing was confirmed."
            self.asking.says(f"{said} {self._how_to_ask()}")
        self.payment.code = ExitCode.INTERRUPTED

    def _how_to_ask(self) -> str:
        return f"To ask how it stands: {inquiry(self.shell.reach, self.payment.order)}"


def inquiry(reach: Reach, order: OrderRef | None) -> str:
    """The command that asks how the payment of an order stands, or goes on with it."""
    named = f" --order {shlex.quote(f'{order.shop}/{order.order.name}')}" if order else ""
    return f"payrelay pay {reach.words}{named}"


def _standing(page: ResultSummary, security: str) -> str | None:
    """What the payment server's receipt is worth, which comes with a result."""
    if page.receipt is None:
        return None
    if security != "hardened":
        return "in clear"
    is_signed = isinstance(page.receipt, Signed) and role_of(page.receipt.by) == "payment"
    receipt, shown = opened(page.receipt), page.summary.bound
    assert isinstance(receipt, Receipt)
    assert isinstance(shown, Concluded)
    says_so = (receipt.proc_key, receipt.outcome, receipt.amount) == (shown.proc_key, shown.outcome, shown.amount)
    return "verified" if is_signed and says_so else "unverified"


def _numbered(options: tuple[str, ...]) -> str:
    return ", ".join(f"{number} ({name})" for number, name in enumerate(options, start=1))


def the_amount(written: str) -> str:
    """An amount as it stands on pages. Raises UsageError for what is none."""
    if Amount.parse(written) is None:
        raise UsageError(f"--amount '{written}' is no amount; write it as on the page: 150 JPY, 12.50 EUR")
    return written
