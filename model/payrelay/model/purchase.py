"""The purchase: its machines, and which of them a message belongs to.

All symbols that belong to procedure k have the name `k`; a machine that belongs to it has a name that ends in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from payrelay.language.messages import Message, Stimulus
from payrelay.language.role import Local, RoleTable
from payrelay.language.systems import Instance
from payrelay.language.terms import Hash, Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import CAPABILITIES, Amount
from payrelay.model.data import CURRENT, EXPIRED, OrderRef, OrderTerms, ProcKey
from payrelay.model.messages import purchase as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages import user
from payrelay.model.procedure import Identity, RelayData
from payrelay.model.roles.payment_account import AccountData
from payrelay.model.roles.payment_authorization import PaymentData, PaymentIdentity
from payrelay.model.roles.shop_attempt import AttemptData, AttemptIdentity
from payrelay.model.roles.shop_order import OrderData
from payrelay.model.roles.terminal import TerminalData
from payrelay.model.roles.wallet_procedure import WalletData, WalletIdentity

TOTAL = Amount(2, "JPY")
BRAND = "brand"


def order_of(name: str) -> OrderRef:
    """The reference of an order."""
    return OrderRef("shop", Symbol("order_ref", name))


def terms_of(name: str) -> OrderTerms:
    """What an order tells its attempts."""
    digest = Hash((Symbol("order_description", name), Symbol("order_salt", name)))
    return OrderTerms(order_of(name), TOTAL, "Bookshop", digest)


ORDER, TERMS = order_of("1"), terms_of("1")
"""The order, where there is one."""
USER = "user"
USER_AUTH = Symbol("user_auth", USER)


class Order(NamedTuple):
    """An order, and what belongs to it alone."""

    name: str
    suffix: str
    """What the names of its machines end in, if there are several orders."""
    terminals: tuple[str, ...]
    procedures: tuple[str, ...]
    component: int | None
    """The number that its machines have as a procedure; None for the only order, whose procedures differ."""


def wallets_of(configuration: PaymentConfiguration) -> tuple[str, ...]:
    """The wallet servers."""
    return tuple(f"wallet-{number}" for number in range(1, configuration.wallets + 1))


def terminals_of(configuration: PaymentConfiguration) -> tuple[str, ...]:
    """The terminals: the tabs of one session."""
    return tuple(f"terminal-{number}" for number in range(1, configuration.orders * configuration.tabs + 1))


def procedures_of(configuration: PaymentConfiguration) -> tuple[str, ...]:
    """The names of the procedures."""
    return tuple(str(number) for number in range(1, configuration.orders * configuration.procedures + 1))


def card_of(wallet: str) -> str:
    """What a wallet shows of the card that it pays with."""
    return f"card of {wallet}"


def orders_of(configuration: PaymentConfiguration) -> tuple[Order, ...]:
    """The orders, each with what belongs to it alone."""
    terminals, names = terminals_of(configuration), procedures_of(configuration)
    if configuration.orders == 1:
        return (Order("1", "", terminals, names, None),)
    each = zip(terminals, names, strict=True)
    return tuple(Order(name, f"-{name}", (terminal,), (name,), int(name)) for terminal, name in each)


def session_of(configuration: PaymentConfiguration, terminal: str) -> Symbol:
    """The session that a terminal belongs to."""
    if configuration.orders > 1:
        return Symbol("session", "of all orders")
    number = int(terminal.rpartition("-")[2])
    return Symbol("session", str((number - 1) % configuration.sessions + 1))


def proc_key(name: str) -> ProcKey:
    """The key of an attempt."""
    return ProcKey("shop", Symbol("proc_id", name))


def fresh_procedures(order: Order) -> tuple[tuple[Symbol, str], ...]:
    """The procedures that the relay's directory can open for an order: (handle, machine)."""
    return tuple((Symbol("handle", name), f"procedure-{name}") for name in order.procedures)


def transactions_of(configuration: PaymentConfiguration) -> frozenset[tuple[Symbol, str]]:
    """The transactions that a wallet can have: (the relay's name of it, machine)."""
    return frozenset((Symbol("relay_txn", name), f"procedure-{name}") for name in procedures_of(configuration))


def purchase_instances(configuration: PaymentConfiguration, tables: Mapping[str, RoleTable]) -> tuple[Instance, ...]:
    """The machines of a purchase, but the relay's directory and the wallets' enrolment stores."""
    return tuple(_instances(configuration, tables))


def _instances(configuration: PaymentConfiguration, tables: Mapping[str, RoleTable]) -> Iterator[Instance]:
    def machine(party: str, name: str, table: str, data: Any, control: str = "", **more: Any) -> Instance:
        read = tables[table]
        return Instance(party, name, read, (Local(control or read.initial, data),), **more)

    security = configuration.security
    user_auth = USER_AUTH if security == "hardened" else None
    names = procedures_of(configuration)
    wallets = wallets_of(configuration)
    orders = orders_of(configuration)
    for order in orders:
        for terminal in order.terminals:
            data = TerminalData(
                session_of(configuration, terminal), CAPABILITIES[configuration.capability], "relay", "shop", user_auth
            )
            ordered = replace(data, order_ref=order_of(order.name))
            yield machine(
                terminal,
                "purchase",
                "terminal",
                data if configuration.ordering else ordered,
                "" if configuration.ordering else "ordered",
                procedure=order.component,
                stimuli=tuple(_stimuli(configuration, terminal)),
            )
    for order in orders:
        for name in order.procedures:
            identity = Identity(
                handle=Symbol("handle", name),
                relay_txn=Symbol("relay_txn", name),
                inquiry_token=Symbol("inquiry_token", name),
                user=USER,
                shops=("shop",),
                enrolled=tuple((wallet, (BRAND,)) for wallet in wallets),
                security=security,
                directory=f"directory{order.suffix}",
                asks_payment_server=configuration.relay_asks_payment_server,
            )
            yield machine("relay", f"procedure-{name}", "relay_procedure", RelayData(identity), procedure=int(name))
    for order in orders:
        attempts = tuple((Symbol("relay_txn", name), f"attempt-{name}") for name in order.procedures)
        terms = OrderData("relay", terms_of(order.name), attempts)
        control = "" if configuration.ordering else "payable"
        yield machine("shop", f"order{order.suffix}", "shop_order", terms, control, procedure=order.component)
        for name in order.procedures:
            attempt = AttemptIdentity(
                shop="shop",
                relay="relay",
                relay_txn=Symbol("relay_txn", name),
                machine=f"attempt-{name}",
                order=f"order{order.suffix}",
                proc_key=proc_key(name),
                shop_nonce=Symbol("shop_nonce", name),
                pay_url=Symbol("pay_url", "shop"),
                brands=(BRAND,),
                payment_server="payment",
                security=security,
            )
            yield machine("shop", f"attempt-{name}", "shop_attempt", AttemptData(attempt), procedure=int(name))
    for wallet in wallets:
        for name in names:
            transaction = WalletIdentity(
                wallet=wallet,
                relay="relay",
                relay_txn=Symbol("relay_txn", name),
                nonce=Symbol("wallet_nonce", f"{name} at {wallet}"),
                brands=(BRAND,),
                instrument_label=card_of(wallet),
                security=security,
            )
            yield machine(wallet, f"procedure-{name}", "wallet_procedure", WalletData(transaction), procedure=int(name))
    yield machine("payment", "account", "payment_account", AccountData())
    for name in names:
        decision = PaymentIdentity("payment", proc_key(name), Symbol("auth_code", name), security)
        yield machine(
            "payment", f"authorization-{name}", "payment_authorization", PaymentData(decision), procedure=int(name)
        )


def _stimuli(configuration: PaymentConfiguration, terminal: str) -> Iterator[Stimulus]:
    """What the user may do.

    Requests share their nonces here, where a terminal takes a fresh one each time: an old answer may then pass for a
    new one, which only adds runs.
    """

    def nonce(kind: str) -> Symbol:
        return Symbol("request_nonce", terminal if configuration.nonces == "one" else f"{terminal} {kind}")

    if configuration.ordering:
        yield user.UserOrders(nonce=Symbol("order_nonce", terminal), cart="a book")
    yield user.UserPays(nonce=nonce("pay"))
    if configuration.pays_again:
        yield user.UserPaysAgain(nonce=nonce("pay again"))
    if configuration.wallets > 1:
        for index in range(1, configuration.wallets + 1):
            yield user.UserChooses(nonce=nonce(f"choose {index}"), index=index)
    yield user.UserConfirms(nonce=nonce("confirm"))
    if configuration.cancels:
        yield user.UserCancels(nonce=nonce("cancel"))
    yield user.UserAsks(nonce=nonce("ask"))


def _by_relay_txn(machine: str) -> Callable[[Any], str]:
    return lambda message: f"{machine}-{message.relay_txn.name}"


def _by_proc_key(machine: str) -> Callable[[Any], str]:
    return lambda message: f"{machine}-{message.proc_key.proc_id.name}"


def _always(machine: str) -> Callable[[Any], str]:
    return lambda _message: machine


def _of_abort(message: said.ProcedureAbort) -> str:
    named = message.relay_txn or (message.proc_key.proc_id if message.proc_key else None)
    return f"attempt-{named.name if named else ''}"


PURCHASE_DISPATCH: dict[tuple[str, type[Message]], Callable[[Any], str]] = {
    ("terminal", said.OrderAck): _always("purchase"),
    ("terminal", said.PaymentInfoMessage): _always("purchase"),
    ("terminal", edge.WalletSelectSummary): _always("purchase"),
    ("terminal", edge.ConfirmSummary): _always("purchase"),
    ("terminal", edge.ProgressSummary): _always("purchase"),
    ("terminal", edge.ResultSummary): _always("purchase"),
    ("terminal", edge.ErrorSummary): _always("purchase"),
    ("relay", edge.ProcedureRequest): _always("directory"),
    ("relay", edge.WalletChoice): _always("directory"),
    ("relay", edge.PaymentProcessingRequest): _always("directory"),
    ("relay", edge.Cancel): _always("directory"),
    ("relay", edge.ProgressInquiry): _always("directory"),
    ("relay", said.PaymentInfoMessage): _by_relay_txn("procedure"),
    ("relay", said.ProcedureReject): _by_relay_txn("procedure"),
    ("relay", said.WalletOffer): lambda message: f"procedure-{message.wallet_txn.name.partition(' ')[0]}",
    ("relay", said.ConfirmInfoMessage): _by_relay_txn("procedure"),
    ("relay", said.WalletReject): _by_relay_txn("procedure"),
    ("relay", said.ResultInfo): _by_relay_txn("procedure"),
    ("relay", said.WalletRefusal): _by_relay_txn("procedure"),
    ("relay", said.CancelAck): _by_relay_txn("procedure"),
    ("relay", said.SettlementStatus): _by_proc_key("procedure"),
    ("shop", said.OrderPlace): _always("order"),
    ("shop", said.ForwardedProcedureRequest): _always("order"),
    ("shop", said.ProcedureAbort): _of_abort,
    ("shop", said.PaymentRequest): _by_proc_key("attempt"),
    ("shop", said.AuthorizationResponse): _by_proc_key("attempt"),
    ("shop", said.AuthorizationConflict): _by_proc_key("attempt"),
    ("shop", said.VoidingResponse): _by_proc_key("attempt"),
    ("wallet", said.WalletQuery): _always("enrolment"),
    ("wallet", said.ForwardedPaymentInfo): _always("enrolment"),
    ("wallet", said.ForwardedPaymentProcessingRequest): _by_relay_txn("procedure"),
    ("wallet", said.ForwardedCancel): _by_relay_txn("procedure"),
    ("wallet", said.PaymentResponse): _by_proc_key("procedure"),
    ("payment", said.AuthorizationRequest): _by_proc_key("authorization"),
    ("payment", said.VoidingInquiry): _by_proc_key("authorization"),
    ("payment", said.SettlementStatusInquiry): _by_proc_key("authorization"),
}
"""The machine of the receiver that a message belongs to: (role of the receiver, kind of message)."""

TIMED = (
    edge.WalletChoice,
    edge.PaymentProcessingRequest,
    said.PaymentInfoMessage,
    said.ForwardedPaymentInfo,
    said.ForwardedPaymentProcessingRequest,
    said.PaymentRequest,
    said.AuthorizationRequest,
)
"""The messages whose receiver looks at the clock: has what they speak of expired?"""


def purchase_choices(message: Message, configuration: PaymentConfiguration) -> tuple[Message, ...]:
    """What the world may choose when a message is received: what the clock says, what the issuer decides."""
    variants: list[Any] = [message]
    if configuration.expires and isinstance(message, TIMED):
        variants = [replace(variant, validity=validity) for variant in variants for validity in (CURRENT, EXPIRED)]
    if configuration.declines and isinstance(message, said.AuthorizationRequest):
        variants = [replace(variant, issuer=issuer) for variant in variants for issuer in ("approves", "declines")]
    return tuple(variants)


def order_named(message: Message) -> int | None:
    """The order that a message to a wallet's store belongs to."""
    if isinstance(message, said.ForwardedPaymentInfo):
        return int(message.relay_txn.name)
    if isinstance(message, said.WalletQuery):
        return int(message.wallet_txn.name.partition(" ")[0])
    return None


def alike(configuration: PaymentConfiguration) -> tuple[tuple[dict[Any, Any], ...], ...]:
    """What is alike where there are several orders: the orders, with all that belongs to them, and the wallets.

    Of one order nothing is said: there, every state is looked at.
    """
    kinds = ("", "terminal-", "directory-", "procedure-", "order-", "attempt-", "authorization-")
    names = [order.name for order in orders_of(configuration)]
    orders = tuple(_exchange({f"{kind}{one}": f"{kind}{other}" for kind in kinds}) for one, other in pairwise(names))
    return tuple(kind for kind in (orders, wallets_alike(configuration)) if kind) if orders else ()


def wallets_alike(configuration: PaymentConfiguration) -> tuple[dict[Any, Any], ...]:
    """How each wallet becomes the next. A user chooses a wallet by its place on the page."""
    choices: dict[int, list[user.UserChooses]] = defaultdict(list)
    for terminal in terminals_of(configuration):
        for stimulus in _stimuli(configuration, terminal):
            if isinstance(stimulus, user.UserChooses):
                choices[stimulus.index].append(stimulus)
    return tuple(
        _exchange({one: other, **dict(zip(choices[place], choices[place + 1], strict=True))})
        for place, (one, other) in enumerate(pairwise(wallets_of(configuration)), 1)
    )


def _exchange(names: dict[Any, Any]) -> dict[Any, Any]:
    """Each becomes the other."""
    return {**names, **{other: one for one, other in names.items()}}


def machine_of_order(message: Message, machine: str) -> str:
    """Which of several orders' machines it is: the one that belongs to the terminal, to the order or to the handle."""
    if machine not in ("directory", "order"):
        return machine
    if isinstance(message, said.ForwardedProcedureRequest | edge.ProcedureRequest):
        return f"{machine}-{message.order_ref.order.name}"
    named = message.sender.rpartition("-")[2] if isinstance(message, said.OrderPlace) else message.handle.name  # type: ignore[attr-defined]
    return f"{machine}-{named}"
