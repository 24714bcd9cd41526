"""A town: every party of the system in one process, set up as an operator would, on an in-process network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from payrelay.host.faults import SOUND, Fault
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Party, Step
from payrelay.host.records import ACCOUNTS, POSTINGS, Posting
from payrelay.host.storage import Changes, Storage
from payrelay.host.together import Flight, Together, VirtualClock
from payrelay.host.world import World
from payrelay.language.edits import Edit
from payrelay.language.links import role_of
from payrelay.language.messages import Stimulus
from payrelay.language.observations import Event, event_from_line
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.conversion import CAPABILITIES, Amount
from payrelay.model.data import AuthInfo, OrderRef, sealed, signed
from payrelay.model.messages import user
from payrelay.model.protocol import tables
from payrelay.reference_impl.logs import merged_log
from payrelay.wire import Keyring
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.set_up import (
    Decision,
    EnrolledAt,
    IssuedAccount,
    KnownAs,
    OpenSession,
    PayableOrder,
    RegistrableUser,
    UserEnrolment,
    set_up_request,
)

NOW = 1_800_000_000
SEED = b"town"
SESSION = "session-of-the-user-of-the-tests"
PIN = "pin 1234"
ACCOUNT = Symbol("account", "account 4711")
CANARY_URL = "https://shop.example/canary/payrelay/v1/wallet_shop/payment_request"
ORDER = PayableOrder(
    Symbol("order_ref", "order-that-was-placed-before"),
    relay="relay",
    payment_server="payment",
    total=Amount(2, "JPY"),
    payee_name="Bookshop",
    description="a book",
    brands=("brand",),
)
TERMINAL = "terminal-1"
DECISIONS: dict[str, tuple[type[Stimulus], dict[str, Any]]] = {
    "idle": (user.UserOrders, {"cart": "a book"}),
    "ordered": (user.UserPays, {}),
    "selecting": (user.UserChooses, {"index": 1}),
    "confirming": (user.UserConfirms, {}),
    "in_progress": (user.UserAsks, {}),
    "failed": (user.UserPaysAgain, {}),
    "done": (user.UserPaysAgain, {}),
}
"""What a user does who wants to pay, by what the terminal shows."""

REGISTERING: dict[str, tuple[type[Stimulus], dict[str, Any]]] = {
    "idle": (user.UserRegisters, {"wallet": "wallet-1"}),
    "filling": (user.UserAnswers, {"is_complete": True}),
    "in_progress": (user.UserAsks, {}),
    "failed": (user.UserRegistersAgain, {}),
}
"""What a user does who wants to be registered."""


def reference(kind: str, name: str) -> Symbol:
    """An identifier for a name."""
    return Symbol(kind, f"{name}-{kind}-0123456789012345"[:40])


def made(stimulus: type[Stimulus], nonce: Symbol, **fields: Any) -> Stimulus:
    """What a user does, as it brings a nonce."""
    kind: Any = stimulus
    found: Stimulus = kind(nonce=nonce, **fields)
    return found


class Town:
    """The parties, and what their users do."""

    def __init__(
        self,
        *,
        security: str = "hardened",
        wallets: int = 1,
        capability: str = "plain_text",
        order: bool = False,
        enrolled: bool = True,
        issuer: Decision = Decision.APPROVES,
        wrong_answers: tuple[str, ...] = (),
        acceptable: bool = True,
        takes_on_strangers: bool = True,
        asks_payment_server: bool = False,
        edits: Iterable[Edit] = (),
        faults: dict[str, Fault] | None = None,
        store: Callable[[str], Storage] = lambda _party: MemoryStorage(),
    ) -> None:
        self.pin, self.session = PIN, SESSION
        self.security, self.edits, self.faults = security, tuple(edits), faults or {}
        self.clock = VirtualClock(NOW)
        self.network = Together(self.clock)
        self.wallets = tuple(f"wallet-{number}" for number in range(1, wallets + 1))
        self.names = (TERMINAL, "relay", "shop", *self.wallets, "payment", "authority")
        self.rings = keyrings(self.names, SEED, NOW - 1000, security=security)
        self.random = counted(b"town")
        self.tables = tables(self.edits)
        self.capability = capability
        self.takes_on_strangers, self.asks_payment_server = takes_on_strangers, asks_payment_server
        self.order = OrderRef("shop", ORDER.order) if order else None
        self.storages = {name: store(name) for name in self.names}
        for name in self.names:
            self.network.add(self._party(name))
        self._nonces = 0
        for receiver, thing in self._things(enrolled, issuer, wrong_answers, acceptable):
            self.set_up(receiver, thing)

    def _party(self, name: str) -> Party:
        world = World(
            session=self.session,
            user_auth=self.pin,
            answers={"account": ACCOUNT.name},
            capabilities=CAPABILITIES[self.capability],
            wallets=self.wallets,
            catalogue=lambda cart: ORDER if cart == "a book" else None,
            pay_url=CANARY_URL,
            order=self.order,
            takes_on_strangers=self.takes_on_strangers,
            brands=("brand",),
            asks_payment_server=self.asks_payment_server,
        )
        return Party(
            self.rings[name],
            self.storages[name],
            world=world,
            clock=self.clock,
            random=self.random,
            tables=self.tables if role_of(name) != "terminal" else None,
            fault=self.faults.get(name, SOUND),
            log_key=b"log",
            names_runs=True,
        )

    def _things(
        self, enrolled: bool, issuer: Decision, wrong: tuple[str, ...], acceptable: bool
    ) -> Iterable[tuple[str, object]]:
        known = tuple(KnownAs(peer, reference("user_ref", peer)) for peer in (*self.wallets, "authority"))
        at = tuple(EnrolledAt(wallet, ("brand",)) for wallet in self.wallets) if enrolled else ()
        yield "relay", OpenSession(Symbol("session", SESSION), "user", at, known)
        yield "payment", IssuedAccount(ACCOUNT, issuer)
        yield "authority", RegistrableUser(reference("user_ref", "authority"), acceptable, wrong)
        if self.order:
            yield "shop", ORDER
        for wallet in self.wallets if enrolled else ():
            info = AuthInfo(
                reg_id=reference("reg_id", wallet),
                subject=reference("user_ref", "authority").name,
                wallet=wallet,
                certificate=reference("certificate", wallet),
                secret=sealed(wallet, Symbol("secret", "secret"), self.security),  # type: ignore[arg-type]
                account=ACCOUNT,
                enrolment_nonce=reference("enrolment_nonce", wallet),
                user_auth=Sealed(wallet, Symbol("user_auth", PIN)) if self.security == "hardened" else None,
            )
            yield (
                wallet,
                UserEnrolment(
                    reference("user_ref", wallet),
                    "relay",
                    f"Wallet {wallet[-1]}",
                    ("card ending 1",),
                    ("brand",),
                    signed("authority", info, self.security),
                ),
            )

    def issuer_decides(self, decision: Decision) -> None:
        """The issuer of the user's account thinks again."""
        records = {(ACCOUNTS, ACCOUNT.name): IssuedAccount(ACCOUNT, decision)}
        self.storages["payment"].commit(Changes(records=records))

    def set_up(self, receiver: str, thing: object) -> None:
        """Set something up at a party."""
        ring: Keyring = self.rings["authority"].at(int(self.clock()), self.random)
        request = set_up_request(thing, replace(ring, made={}), receiver, "token")
        assert self.network.parties[receiver].set_up(request) is None

    # --- what users do

    def nonce(self, stimulus: type[Stimulus]) -> Symbol:
        """A fresh nonce, of the kind that what a user does brings."""
        self._nonces += 1
        kind = "request_nonce"
        is_registering = self.control(TERMINAL, "registration") not in ("idle", "done")
        if stimulus is user.UserOrders:
            kind = "order_nonce"
        elif is_registering or stimulus in (user.UserRegisters, user.UserRegistersAgain):
            kind = "registration_nonce"
        return Symbol(kind, f"nonce-{self._nonces:04}-of-the-only-terminal")

    def does(self, stimulus: type[Stimulus], **fields: Any) -> Step:
        """The user does something, with a fresh nonce; then everything arrives."""
        step = self.begins(stimulus, **fields)
        self.network.settle()
        return step

    def begins(self, stimulus: type[Stimulus], **fields: Any) -> Step:
        """The user does something, and nothing arrives yet."""
        step = self.network.do(TERMINAL, made(stimulus, self.nonce(stimulus), **fields))
        assert step.problem is None, step.problem
        return step

    def pays(self, most: int = 80) -> str:
        """The user does whatever can be done to pay, and is patient; until it is done. What the user is told."""
        for _ in range(most):
            control = self.control(TERMINAL, "purchase")
            outcome = self.outcome()
            if outcome == "approved":
                return outcome
            if control in DECISIONS and not (control == "done" and outcome == "declined"):
                stimulus, fields = DECISIONS[control]
                self.does(stimulus, **fields)
            elif control in ("waiting", "shopping"):
                self.wait()
            else:
                return outcome
        raise AssertionError(f"still {self.control(TERMINAL, 'purchase')}")

    def registers(self, most: int = 80) -> str:
        """The user does whatever can be done to be registered, and is patient. What the user is told."""
        for _ in range(most):
            control = self.control(TERMINAL, "registration")
            machine = self.storages[TERMINAL].machine("registration")
            if control == "done" and machine is not None:
                return str(machine.local.data.result)
            if control == "waiting":
                self.wait()
            else:
                stimulus, fields = REGISTERING[control]
                self.does(stimulus, **fields)
        raise AssertionError(f"still {self.control(TERMINAL, 'registration')}")

    def outcome(self) -> str:
        """What the user was told last."""
        machine = self.storages[TERMINAL].machine("purchase")
        return machine.local.data.outcome if machine else ""

    def arrives_all_but(self, receiver: str) -> list[Flight]:
        """Everything arrives but what is for one party, which stays under way: here it is."""
        slow: list[Flight] = []
        while self.network.under_way:
            if self.network.under_way[0].outgoing.receiver == receiver:
                slow.append(self.network.under_way.popleft())
            else:
                self.network.deliver()
        return slow

    def crash(self, name: str) -> None:
        """A party crashes and is back, with what it had committed."""
        self.network.crash(self._party(name))

    def wait(self, *timers: str) -> None:
        """Time passes until one of these timers has run out; then everything arrives."""
        assert self.network.wait(*timers)
        self.network.settle()

    # --- what is to be seen

    def control(self, party: str, prefix: str) -> str:
        """The state of a party's machine whose name begins so; the last, if there are several."""
        found = [m for m in self.storages[party].machines() if m.name.startswith(prefix)]
        standing = "ordered" if prefix == "purchase" and self.order else "idle"
        return found[-1].local.control if found else standing

    def controls(self) -> set[tuple[str, str, str]]:
        """The states of all machines that did anything: (party, table, state)."""
        return {
            (name, machine.table, machine.local.control)
            for name, storage in self.storages.items()
            for machine in storage.machines()
        }

    def postings(self) -> list[Amount]:
        """What was debited."""
        found = (posting for _, posting in self.storages["payment"].records(POSTINGS))
        return [posting.amount for posting in found if isinstance(posting, Posting)]

    def events(self) -> list[Event]:
        """The logs of all parties as one, each line where it was written down."""
        return [event_from_line(line) for line in self.log()]

    def log(self) -> list[str]:
        """The lines of all logs, in an order in which they can have been written."""
        return merged_log(self.storages)
