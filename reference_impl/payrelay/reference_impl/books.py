"""The books: what the storages of all parties say, put together by what it is about.

They are read once nothing moves: the parties are stopped, or at rest. A storage of a party that still writes would be
of another moment than the one before it.

A party may be played by somebody else's program, which keeps its books where it likes; then its storage here has what
it was set up with, and nothing that happened. It is known by what the others have heard from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from payrelay.host.records import ENTRIES, POSTINGS, Posting
from payrelay.host.storage import Machine, Storage
from payrelay.language.links import role_of
from payrelay.language.observations import RECEIVED, event_from_line
from payrelay.model.conversion import Amount
from payrelay.model.data import OrderRef, ProcKey, Receipt, opened
from payrelay.model.messages.purchase import ForwardedPaymentProcessingRequest
from payrelay.model.procedure import RelayData
from payrelay.model.roles.payment_authorization import PaymentData
from payrelay.model.roles.shop_attempt import AttemptData
from payrelay.model.roles.shop_order import OrderData
from payrelay.model.roles.wallet_procedure import WalletData

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Kept:
    """A machine, and whose it is."""

    party: str
    machine: Machine
    is_timed: bool
    """Whether a timer of it runs."""

    @property
    def control(self) -> str:
        """The state that it is in."""
        return self.machine.local.control

    @property
    def id(self) -> str:
        """Its name in the whole system."""
        return f"{self.party}/{self.machine.name}"


@dataclass(frozen=True)
class Debit:
    """Money that was taken."""

    party: str
    proc_key: ProcKey
    amount: Amount

    @property
    def where(self) -> str:
        """Where it stands. Accounts are named in no report."""
        return f"{self.party}/postings"


@dataclass(frozen=True)
class Books:
    """All machines of some parties."""

    parties: tuple[str, ...]
    kept: tuple[Kept, ...]
    noted: Mapping[tuple[str, str], tuple[object, ...]]
    """What is kept beside the machines, by party and kind of record."""
    elsewhere: tuple[str, ...] = ()
    """The parties that took part, and whose books are not here."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles of which there is a party."""
        return frozenset(map(role_of, self.parties))

    def of(self, table: str) -> tuple[Kept, ...]:
        """The machines of a role's table."""
        return self._by_table.get(table, ())

    def records(self, kind: str) -> Iterator[tuple[str, object]]:
        """Everything of a kind that is kept beside the machines, each with whose it is."""
        for (party, of), values in self.noted.items():
            if of == kind:
                yield from ((party, value) for value in values)

    @cached_property
    def _by_table(self) -> dict[str, tuple[Kept, ...]]:
        found: dict[str, list[Kept]] = defaultdict(list)
        for one in self.kept:
            found[one.machine.table].append(one)
        return {table: tuple(some) for table, some in found.items()}

    @cached_property
    def debits(self) -> tuple[Debit, ...]:
        """Everything that was taken from any account, in the order of attempts."""
        found = [
            Debit(party, posting.proc_key, posting.amount)
            for party, posting in self.records(POSTINGS)
            if isinstance(posting, Posting)
        ]
        return tuple(sorted(found, key=lambda one: (in_words(one.proc_key), one.party, str(one.amount))))

    @cached_property
    def debits_of(self) -> Mapping[ProcKey, tuple[Debit, ...]]:
        """What was taken for each attempt."""
        return _grouped((debit.proc_key, debit) for debit in self.debits)

    @cached_property
    def authorizations(self) -> Mapping[ProcKey, tuple[tuple[Kept, PaymentData], ...]]:
        """What payment servers know of each attempt."""
        return _grouped(
            (data.identity.proc_key, (one, data))
            for one in self.of("payment_authorization")
            if isinstance(data := one.machine.local.data, PaymentData)
        )

    @cached_property
    def attempts(self) -> Mapping[ProcKey, tuple[tuple[Kept, AttemptData], ...]]:
        """What shops know of each attempt that began."""
        return _grouped(
            (data.identity.proc_key, (one, data))
            for one in self.of("shop_attempt")
            if isinstance(data := one.machine.local.data, AttemptData) and data.terms is not None
        )

    @cached_property
    def orders(self) -> Mapping[OrderRef, tuple[tuple[Kept, OrderData], ...]]:
        """The orders."""
        return _grouped(
            (data.terms.order_ref, (one, data))
            for one in self.of("shop_order")
            if isinstance(data := one.machine.local.data, OrderData)
        )

    @cached_property
    def transactions(self) -> Mapping[ProcKey, tuple[tuple[Kept, WalletData], ...]]:
        """What wallets know of each attempt."""
        return _grouped(
            (data.info.proc_key, (one, data))
            for one in self.of("wallet_procedure")
            if isinstance(data := one.machine.local.data, WalletData) and data.payment_info is not None
        )

    @cached_property
    def procedures(self) -> Mapping[ProcKey, tuple[tuple[Kept, RelayData], ...]]:
        """What relays know of each attempt."""
        return _grouped(
            (data.info.proc_key, (one, data))
            for one in self.of("relay_procedure")
            if isinstance(data := one.machine.local.data, RelayData) and data.payment_info is not None
        )

    def confirmed(self) -> Iterator[tuple[ProcKey, Kept, RelayData, ForwardedPaymentProcessingRequest]]:
        """The procedures to which a user consented, each with the consent as it went to the wallet."""
        for proc_key, some in self.procedures.items():
            for one, data in some:
                if isinstance(data.kept, ForwardedPaymentProcessingRequest):
                    yield proc_key, one, data, data.kept

    def receipt_of(self, proc_key: ProcKey) -> Receipt | None:
        """What the payment server decided of an attempt; None if nothing yet."""
        for _, data in self.authorizations.get(proc_key, ()):
            if (receipt := receipt_in(data.receipt)) is not None:
                return receipt
        return None


def read_books(storages: Mapping[str, Storage]) -> Books:
    """The books of parties, each with its storage."""
    elsewhere = kept_elsewhere(storages)
    storages = {party: storage for party, storage in storages.items() if party not in elsewhere}
    kept: list[Kept] = []
    noted: dict[tuple[str, str], tuple[object, ...]] = {}
    for party, storage in sorted(storages.items()):
        for kind in (POSTINGS, ENTRIES):
            noted[party, kind] = tuple(value for _, value in storage.records(kind))
        timed = {armed.machine for armed in storage.timers()}
        kept += [Kept(party, machine, machine.name in timed) for machine in storage.machines()]
    return Books(tuple(sorted(storages)), tuple(kept), noted, elsewhere)


def kept_elsewhere(storages: Mapping[str, Storage]) -> tuple[str, ...]:
    """The parties that others have heard from, and that have written nothing down here."""
    silent = {party for party, storage in storages.items() if next(storage.events(), None) is None}
    heard: set[str] = set()
    for storage in storages.values() if silent else ():
        for line in storage.events():
            event = event_from_line(line)
            if event.direction == RECEIVED:
                heard.add(event.sender)
    return tuple(sorted(silent & heard))


def receipt_in(term: object) -> Receipt | None:
    """The receipt in a term, if there is one."""
    receipt = opened(term)
    return receipt if isinstance(receipt, Receipt) else None


def in_words(proc_key: ProcKey) -> str:
    """An attempt in words."""
    return f"{proc_key.shop} {proc_key.proc_id.name}"


def _grouped(pairs: Iterator[tuple[Key, Value]]) -> Mapping[Key, tuple[Value, ...]]:
    found: dict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}
