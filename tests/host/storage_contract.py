"""What every form of storage must do: a plain reference, and a machine of Hypothesis that holds a form against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from payrelay.host.storage import Armed, Changes, Machine, Outgoing, Storage, StorageError
from payrelay.language import terms
from payrelay.language.role import Local
from payrelay.model.conversion import Amount, Kind, Summary
from payrelay.model.data import OrderRef, ProcKey, Receipt
from payrelay.model.messages.terminal_edge import Cancel
from payrelay.model.roles.payment_account import AccountData
from payrelay.wire import terms as wire
from payrelay.wire.exchange import Request

NAMES = st.sampled_from(["a", "B", "ä", "procedure-1", "日本", "", "with 'quotes' and %(percent)s", "zz"])
WRITTEN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
"""What is written down as it is: of these, no database has a NUL in a text."""
TEXTS = st.text(max_size=8)
SYMBOLS = st.builds(terms.Symbol, TEXTS, TEXTS)
KEYS_OF_ATTEMPTS = st.builds(ProcKey, NAMES, SYMBOLS)
AMOUNTS = st.builds(Amount, st.integers(0, 10**15 - 1), st.sampled_from(["JPY", "EUR"]))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    TEXTS,
    SYMBOLS,
    AMOUNTS,
    KEYS_OF_ATTEMPTS,
    st.floats(allow_nan=False, allow_infinity=False),
    st.binary(max_size=8),
    st.sampled_from(Kind),
    st.builds(wire.Hash, TEXTS),
    st.builds(AccountData, st.frozensets(st.tuples(KEYS_OF_ATTEMPTS, AMOUNTS), max_size=3)),
)
TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner),
        st.builds(terms.Signed, NAMES, inner),
        st.builds(wire.Signed, NAMES, inner, TEXTS),
        st.builds(wire.Unverified, inner, TEXTS, TEXTS),
        st.builds(wire.Sealed, NAMES, inner, TEXTS),
        st.builds(terms.Hash, inner),
        st.builds(Receipt, KEYS_OF_ATTEMPTS, AMOUNTS, TEXTS),
        st.builds(OrderRef, NAMES, SYMBOLS),
        st.builds(Cancel, sender=NAMES, session=SYMBOLS, request_nonce=SYMBOLS, handle=SYMBOLS),
        st.builds(
            Summary,
            st.sampled_from(Kind),
            TEXTS,
            TEXTS,
            st.tuples(st.tuples(TEXTS, st.integers(), TEXTS)),
            st.tuples(TEXTS),
            inner,
        ),
    ),
    max_leaves=6,
)
CONTROLS = st.sampled_from(["idle", "settling", "settled"])
MACHINES = st.builds(
    Machine,
    NAMES,
    st.sampled_from(["relay_procedure", "terminal"]),
    st.builds(Local, CONTROLS, TERMS),
    st.lists(NAMES, max_size=2).map(tuple),
    NAMES,
)
REQUESTS = st.builds(
    Request, st.just("POST"), WRITTEN, st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple), st.binary()
)
TIMERS = st.tuples(NAMES, st.sampled_from(["hold_time", "retry_time"]))


def _few(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3).map(tuple)


CHANGES = st.builds(
    Changes,
    machines=_few(MACHINES),
    started=_few(st.builds(lambda at, due: Armed(at[0], at[1], due), TIMERS, st.floats(0, 2e9))),
    stopped=_few(TIMERS),
    sends=_few(st.builds(Outgoing, st.just(0), NAMES, REQUESTS)),
    sent=_few(st.integers(1, 12)),
    made=st.dictionaries(NAMES, WRITTEN, max_size=3),
    records=st.dictionaries(st.tuples(NAMES, NAMES), TERMS, max_size=3),
    events=_few(WRITTEN),
)


def exact(term: Any) -> Any:
    """A term so that no two are equal whose bytes differ, or whose types do."""
    if isinstance(term, wire.Signed | wire.Unverified | wire.Sealed | wire.Hash):
        return type(term), tuple(map(exact, term.__reduce__()[1]))
    if is_dataclass(term) and not isinstance(term, type):
        return type(term), tuple(exact(getattr(term, field.name)) for field in fields(term))
    if isinstance(term, frozenset):
        return frozenset, frozenset(map(exact, term))
    if isinstance(term, tuple):
        return type(term), tuple(map(exact, term))
    return type(term), term


class Reference:
    """What was committed, in plain dictionaries."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.keys: dict[str, str] = {}
        self.timers: dict[tuple[str, str], Armed] = {}
        self.outbox: dict[int, Outgoing] = {}
        self.made: dict[str, str] = {}
        self.records: dict[tuple[str, str], Any] = {}
        self.events: list[str] = []
        self.highest = 0

    def commit(self, changes: Changes) -> None:
        """Take a step as it is meant: stops before starts, sends before what was sent."""
        for machine in changes.machines:
            self.machines[machine.name] = machine
            for key in machine.keys:
                self.keys.setdefault(key, machine.name)
        for stopped in changes.stopped:
            self.timers.pop(stopped, None)
        for armed in changes.started:
            self.timers[armed.machine, armed.timer] = armed
        for outgoing in changes.sends:
            self.outbox[outgoing.number] = outgoing
            self.highest = max(self.highest, outgoing.number)
        for number in changes.sent:
            self.outbox.pop(number, None)
        self.made |= changes.made
        self.records |= changes.records
        self.events += changes.events


def few(examples: int, steps: int) -> settings:
    """So many runs of a machine: each opens databases, which is slow and no fault."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=slow)


def all_of(storage: Storage, records: Iterable[tuple[str, str]] = ()) -> Any:
    """All that a storage says."""
    return (
        [exact(machine) for machine in storage.machines()],
        list(storage.timers()),
        list(storage.outbox()),
        storage.next_number(),
        list(storage.events()),
        {at: exact(storage.record(*at)) for at in records},
    )


class StorageContract(RuleBasedStateMachine):
    """Commits, failures and new beginnings in any order; after each, the form says just what the reference says."""

    create: ClassVar[Any]
    """Makes a new place for a storage."""
    open: ClassVar[Any]
    """Opens the storage in a place, with what was committed before."""
    break_at: ClassVar[Any] = None
    """Lets the n-th write from now on fail, if the form can."""

    @initialize()
    def begin(self) -> None:
        """A new storage."""
        self.place = type(self).create()
        self.storage = type(self).open(self.place)
        self.reference = Reference()

    def _numbered(self, changes: Changes) -> Changes:
        first = self.storage.next_number()
        sends = tuple(Outgoing(first + place, sent.receiver, sent.request) for place, sent in enumerate(changes.sends))
        return Changes(
            changes.machines,
            changes.started,
            changes.stopped,
            sends,
            changes.sent,
            changes.made,
            changes.records,
            changes.events,
        )

    @rule(changes=CHANGES)
    def commit(self, changes: Changes) -> None:
        """A step."""
        changes = self._numbered(changes)
        self.storage.commit(changes)
        self.reference.commit(changes)

    @precondition(lambda self: type(self).break_at is not None)
    @rule(changes=CHANGES, write=st.integers(1, 10))
    def fail(self, changes: Changes, write: int) -> None:
        """A step whose n-th write fails has not happened."""
        changes = self._numbered(changes)
        break_at = type(self).break_at
        break_at(self.storage, write)
        try:
            self.storage.commit(changes)
        except StorageError:
            return
        finally:
            break_at(self.storage, 0)
        self.reference.commit(changes)

    @rule()
    def begin_again(self) -> None:
        """What was committed is there again."""
        self.storage.close()
        self.storage = type(self).open(self.place)

    @invariant()
    def says_what_was_committed(self) -> None:
        """Every reading method."""
        if not hasattr(self, "reference"):
            return
        storage, reference = self.storage, self.reference
        machines = [machine for _, machine in sorted(reference.machines.items())]
        assert [exact(machine) for machine in storage.machines()] == [exact(machine) for machine in machines]
        wanted = [("relay_procedure", "idle"), ("terminal", "settled")]
        assert [machine.name for machine in storage.machines(wanted)] == [
            machine.name for machine in machines if (machine.table, machine.local.control) in wanted
        ]
        assert list(storage.machines([])) == []
        for name in ("a", "ä", "absent", *reference.machines):
            assert exact(storage.machine(name)) == exact(reference.machines.get(name))
        for key in ("absent", *reference.keys):
            assert storage.find(key) == reference.keys.get(key)
        due = sorted(reference.timers.values(), key=lambda armed: (armed.due, armed.machine, armed.timer))
        assert list(storage.timers()) == due
        assert list(storage.outbox()) == [reference.outbox[number] for number in sorted(reference.outbox)]
        assert storage.next_number() == reference.highest + 1
        assert {name: storage.made(name) for name in reference.made} == reference.made
        assert storage.made("absent") is None
        for kind, name in reference.records:
            assert exact(storage.record(kind, name)) == exact(reference.records[kind, name])
        assert storage.record("absent", "a") is None
        for kind in ("absent", *(kind for kind, _ in reference.records)):
            wanted_records = [
                (n, exact(v)) for (k, n), v in sorted(reference.records.items(), key=lambda r: r[0]) if k == kind
            ]
            assert [(name, exact(value)) for name, value in storage.records(kind)] == wanted_records
        assert list(storage.events()) == reference.events

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.storage.close()


def check_that_a_reopened_storage_is_whole(open_storage: Callable[[], Storage]) -> None:
    """A step of everything, and the storage opened again."""
    everything = Changes(
        machines=(
            Machine("procedure-1", "relay_procedure", Local("settling", terms.Symbol("handle", "1")), ("k",), "d"),
        ),
        started=(Armed("procedure-1", "retry_time", 15.25),),
        sends=(Outgoing(1, "shop", Request("POST", "/x", (("content-type", "a"),), b"\x00\xff")),),
        made={"name": "text"},
        records={("session", "s"): (1, "two")},
        events=('{"at": 1}',),
    )
    first = open_storage()
    first.commit(everything)
    said = all_of(first, everything.records)
    first.close()
    second = open_storage()
    assert all_of(second, everything.records) == said
    second.commit(Changes(sent=(1,)))
    assert all_of(second, everything.records) != said  # the comparison sees a difference
    second.close()
