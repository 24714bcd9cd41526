"""Whole systems whose every party has a database: the scenarios of the model, and crashes between commit and send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.host.test_scenarios import CASES, states_here
from tests.host.town import DECISIONS, TERMINAL, Town
from tests.reference_impl.test_audit import books_agree
from tests.reference_impl.test_sql_storage import break_at

from payrelay.host.memory import MemoryStorage
from payrelay.host.storage import Storage
from payrelay.reference_impl.sql_storage import SqlStorage

Stores = Callable[[str], Callable[[str], Storage]]
"""Given a name for a run, what opens the storage of each party in it."""


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """A database for each server of each run; a terminal remembers nothing."""
    opened: list[Storage] = []

    def of_run(run: str) -> Callable[[str], Storage]:
        folder = tmp_path / run
        folder.mkdir()

        def open_one(party: str) -> Storage:
            if party == TERMINAL:
                return MemoryStorage()
            opened.append(SqlStorage(f"sqlite:///{folder / party}.sqlite", party))
            return opened[-1]

        return open_one

    yield of_run
    for storage in opened:
        storage.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_scenario_over_databases_ends_as_in_the_model(name: str, stores: Stores) -> None:
    run, setting, _ = CASES[name]
    in_memory, in_databases = Town(**setting), Town(**setting, store=stores(name))  # type: ignore[arg-type]
    run(in_memory)
    run(in_databases)
    assert states_here(in_databases) == states_here(in_memory)
    assert in_databases.log() == in_memory.log()
    assert books_agree(in_databases).findings == ()


def go_on(town: Town) -> None:
    """One message arrives; if none is under way, the user does something, or time passes."""
    control = town.control(TERMINAL, "purchase")
    if town.network.under_way:
        town.network.deliver()
    elif control in DECISIONS:
        stimulus, fields = DECISIONS[control]
        town.begins(stimulus, **fields)
    else:
        assert town.network.wait()


@pytest.mark.slow
@pytest.mark.parametrize("party", ["relay", "shop", "wallet-1", "payment"])
def test_a_party_that_comes_back_from_its_database_goes_on(party: str, stores: Stores) -> None:
    """At every fourth moment the party is gone, and another begins with its database: every payment is made once."""
    for moment in range(2, 30, 4):
        store = stores(f"moment {moment}")
        town = Town(store=store)
        for number in range(400):
            if number == moment:
                town.storages[party].close()
                town.storages[party] = store(party)
                town.crash(party)
            if number > moment and town.outcome() == "approved":
                break
            go_on(town)
        assert_paid_once(town)


@pytest.mark.slow
@pytest.mark.parametrize("party", ["relay", "shop", "wallet-1", "payment"])
def test_a_step_whose_write_fails_is_a_lost_message(party: str, stores: Stores) -> None:
    """One write of the party fails, wherever it is within its step: the payment is made once, by a later try."""
    failures = 0
    for write in range(1, 9):
        town = Town(store=stores(f"write {write}"))
        storage = town.storages[party]
        assert isinstance(storage, SqlStorage)
        failed = break_at(storage, write)
        for _ in range(400):
            if town.outcome() == "approved":
                break
            go_on(town)
        assert_paid_once(town)
        failures += len(failed)
    assert failures >= 6


def assert_paid_once(town: Town) -> None:
    """The user was told that it is paid, and the books say so."""
    assert town.outcome() == "approved"
    report = books_agree(town)
    assert (report.findings, report.counts["debits"], report.counts["under_way"]) == ((), 1, 0)
