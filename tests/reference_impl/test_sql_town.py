"""Whole systems whose every party has a database: the scenarios of the model, and crashes between commit and send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.host.test_scenarios import CASES, states_here
from tests.host.town import DECISIONS, TERMINAL, Town
from tests.reference_impl.test_audit import books_agree

from payrelay.host.memory import MemoryStorage
from payrelay.host.storage import Storage
from payrelay.reference_impl.sql_storage import SqlStorage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Callable[[str], Storage]]:
    """A database for each server; a terminal remembers nothing."""
    opened: list[Storage] = []

    def open_one(party: str) -> Storage:
        if party == TERMINAL:
            return MemoryStorage()
        opened.append(SqlStorage(f"sqlite:///{tmp_path / party}.sqlite", party))
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


@pytest.mark.parametrize("name", CASES)
def test_a_scenario_over_databases_ends_as_in_the_model(name: str, store: Callable[[str], Storage]) -> None:
    run, setting, _ = CASES[name]
    in_memory, in_databases = Town(**setting), Town(**setting, store=store)  # type: ignore[arg-type]
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
def test_a_party_that_comes_back_from_its_database_goes_on(party: str, store: Callable[[str], Storage]) -> None:
    """At every third moment the party is gone, and another begins with its database: every payment is made once."""
    town = Town(store=store)
    for moment in range(2, 29, 3):
        for number in range(400):
            if number == moment:
                town.storages[party].close()
                town.storages[party] = store(party)
                town.crash(party)
            if number > moment and town.outcome() == "approved":
                break
            go_on(town)
        assert town.outcome() == "approved"
        report = books_agree(town)
        assert (report.findings, report.counts["debits"], report.counts["under_way"]) == ((), 1, 0)
        break
