"""One procedure as the relay keeps it, and the pages that are made of it (claims 4-7, 9-11, 14).

A page never fails to be made: a procedure is begun only with a terminal that can show the least page of every kind,
and what other parties say goes on a page only in a form that it has room for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from payrelay.language.messages import Output
from payrelay.language.role import Effect
from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    Capabilities,
    CapabilityError,
    ConfirmInformation,
    Information,
    Kind,
    ProgressInformation,
    ResultInformation,
    SelectInformation,
    Summary,
    WalletOption,
    template_for,
)
from payrelay.model.data import Concluded, Confirmable, ConfirmInfo, OrderRef, PaymentInfo, opened
from payrelay.model.messages.purchase import ForwardedCancel, ForwardedPaymentProcessingRequest
from payrelay.model.messages.terminal_edge import (
    ErrorSummary,
    ProgressSummary,
    ResultSummary,
    TerminalAnswer,
    TerminalRequest,
    WalletSelectSummary,
)
from payrelay.model.sections import Pending, answer, explain, held, summarize

WAIT_HINT = 10
"""Seconds after which the progress page suggests to ask."""
UNANSWERED = Symbol("request_nonce", "")


@dataclass(frozen=True)
class Identity:
    """What is fixed when a procedure is opened: its fresh identifiers, and what the relay knows of the world."""

    handle: Symbol
    relay_txn: Symbol
    inquiry_token: Symbol
    user: str
    shops: tuple[str, ...]
    enrolled: tuple[tuple[str, tuple[str, ...]], ...]
    """The wallets where the relay has seen this user enrolled, in the user's order, with their brands."""
    security: str
    directory: str = "directory"
    """The directory that opens procedures."""
    asks_payment_server: bool = False
    """Whether the relay asks the payment server once the outcome is in doubt (claim 8, read literally)."""

    def wallet_txn(self, wallet: str) -> Symbol:
        """Another identifier for each wallet asked, so that none learns of a procedure it is not chosen for."""
        return Symbol("wallet_txn", f"{self.relay_txn.name} at {wallet}")


@dataclass(frozen=True)
class RelayData:
    """What the relay knows of one procedure."""

    identity: Identity
    session: Symbol | None = None
    capabilities: Capabilities | None = None
    order_ref: OrderRef | None = None
    payment_info: Any = None
    """As the shop signed it."""
    offers: tuple[WalletOption, ...] = ()
    answered: frozenset[str] = frozenset()
    """The wallets that answered, with an offer or without."""
    wallet: str = ""
    page: TerminalAnswer | None = None
    """The current page, once there is one."""
    kept: ForwardedPaymentProcessingRequest | ForwardedCancel | None = None
    """The user's decision as it goes to the wallet, logged before it does."""
    in_doubt: bool = False
    status: str = ""
    """What the payment server said when asked; a text for the user only."""
    outcome: str = ""
    pending: Pending = ()

    @property
    def info(self) -> PaymentInfo:
        """The payment information itself."""
        info = opened(self.payment_info)
        assert isinstance(info, PaymentInfo)
        return info

    @property
    def candidates(self) -> tuple[str, ...]:
        """The wallets of this user that know one of the brands."""
        brands = frozenset(self.info.brands)
        return tuple(wallet for wallet, known in self.identity.enrolled if brands & frozenset(known))

    @property
    def displayed_id(self) -> str | None:
        """The identifier that a page names this procedure by (claim 7), once the shop has given one."""
        return None if self.payment_info is None else self.info.proc_key.proc_id.name


# --- pages


def summary(data: RelayData, information: Information, bound: Any = None) -> Summary | CapabilityError:
    """A page for this procedure's terminal, or why there is none."""
    assert data.capabilities is not None
    return summarize(information, data.capabilities, data.identity.security, bound)


def page(data: RelayData, kind: type[TerminalAnswer], made: Summary | CapabilityError, **more: Any) -> TerminalAnswer:
    """The answer with a page that is certain to have been made."""
    assert isinstance(made, Summary), made
    return kind(request_nonce=UNANSWERED, handle=data.identity.handle, summary=made, **more)


def option(data: RelayData, wallet: str, display_name: str, instruments: tuple[str, ...]) -> WalletOption:
    """A wallet to choose: by its number alone, if its name is none that this terminal can show."""
    named = WalletOption(wallet, display_name, instruments)
    is_showable = isinstance(summary(data, SelectInformation((named,), more=True)), Summary)
    return named if is_showable else WalletOption(wallet, None, instruments)


def confirmation(data: RelayData, confirm: ConfirmInfo) -> Summary | CapabilityError:
    """The page that the user consents to, unless the terminal cannot show all that must be shown."""
    identifier, label = confirm.proc_key.proc_id.name, confirm.instrument_label
    information = ConfirmInformation(confirm.amount, identifier, confirm.payee_name, instrument_label=label)
    bound = Confirmable(confirm.proc_key, confirm.amount, confirm.payee_name, data.wallet)
    return summary(data, information, bound)


def progress(data: RelayData) -> TerminalAnswer:
    """That it takes longer, and the means to ask again (claims 10, 11)."""
    token = data.identity.inquiry_token
    information = ProgressInformation(WAIT_HINT, token.name, data.displayed_id, data.in_doubt, data.status or None)
    return page(data, ProgressSummary, summary(data, information), inquiry_token=token)


# --- who gets them


def holding(data: RelayData, message: TerminalRequest) -> RelayData:
    """The data while one more request waits for a page."""
    return replace(data, pending=held(data.pending, message.sender, message.request_nonce))


def publish(data: RelayData, made: TerminalAnswer, *first: Output) -> Effect:
    """Make this the current page, and answer all that wait with it."""
    return replace(data, page=made, pending=()), (*first, *answer(data.pending, made))


def fail(data: RelayData, code: str, *first: Output) -> Effect:
    """Make the current page one that says why it does not go on."""
    assert data.capabilities is not None
    made = page(data, ErrorSummary, explain(code, data.capabilities, data.displayed_id), code=code)
    return publish(replace(data, outcome=code), made, *first)


def conclude(data: RelayData, outcome: str, receipt: Any = None, code: str = "") -> Effect:
    """Make the current page the result."""
    info = data.info
    information = ResultInformation(outcome, info.amount, info.proc_key.proc_id.name, code or None, info.payee_name)
    bound = Concluded(info.proc_key, outcome, info.amount)
    made = page(data, ResultSummary, summary(data, information, bound), receipt=receipt)
    return publish(replace(data, outcome=outcome), made)


def let_choose(data: RelayData) -> Effect:
    """Make the current page the choice among the wallets, as many as the terminal has room for, in the user's order."""
    assert data.capabilities is not None
    room = template_for(Kind.SELECT, data.capabilities).count
    shown = SelectInformation(())
    for offered in data.offers[:room]:
        options = (*shown.options, offered)
        longer = SelectInformation(options, more=len(options) < len(data.offers))
        shown = longer if isinstance(summary(data, longer), Summary) else shown
    wallets = tuple(offered.wallet_id for offered in shown.options)
    made = page(data, WalletSelectSummary, summary(data, shown, wallets))
    return publish(replace(data, offers=shown.options), made)
