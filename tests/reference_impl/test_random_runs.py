"""Random runs over databases: on a network that loses, doubles and reorders, with parties that come back from their
databases and writes that fail; afterwards the books agree, also while much is under way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.host.test_random_runs import MONEY, a_while, comes_to_rest
from tests.host.town import TERMINAL, Town
from tests.reference_impl.test_audit import books_agree, broken
from tests.reference_impl.test_sql_storage import break_at

from payrelay.host.memory import MemoryStorage
from payrelay.host.storage import Storage
from payrelay.reference_impl.sql_storage import SqlStorage

pytestmark = pytest.mark.slow


class DurableTown(Town):
    """A town whose servers have databases; a crash leaves nothing but these."""

    def __init__(self, folder: Path, dice: Random, **settings: Any) -> None:
        self.folder, self.dice = folder, dice
        self.kills: Counter[str] = Counter()
        self.failed: list[list[str]] = []
        super().__init__(store=self.opened, **settings)

    def opened(self, party: str) -> Storage:
        if party == TERMINAL:
            return MemoryStorage()
        return SqlStorage(f"sqlite:///{self.folder / party}.sqlite", party)

    def crash(self, name: str) -> None:
        if name != TERMINAL:
            self.kills[name] += 1
            self.storages[name].close()
            self.storages[name] = storage = self.opened(name)
            assert isinstance(storage, SqlStorage)
            if self.dice.random() < 0.5:  # one write after the next start fails, COMMIT perhaps
                self.failed.append(break_at(storage, self.dice.randrange(1, 20)))
        super().crash(name)

    def close(self) -> None:
        for name, storage in self.storages.items():
            if name != TERMINAL:
                assert isinstance(storage, SqlStorage)
                break_at(storage, 0)
            storage.close()


def test_the_books_agree_whatever_happens(tmp_path: Path) -> None:
    kills: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    failures = 0
    for seed in range(12):
        dice = Random(seed)
        (tmp_path / str(seed)).mkdir()
        town = DurableTown(tmp_path / str(seed), dice, wallets=dice.choice((1, 2)))
        a_while(town, dice)
        assert books_agree(town).findings == ()
        comes_to_rest(town)
        report = books_agree(town)
        assert (report.findings, report.counts["under_way"]) == ((), 0), seed
        assert report.counts["debits"] == report.counts["paid"]
        kills += town.kills
        outcomes[town.outcome()] += 1
        failures += sum(map(len, town.failed))
        town.close()
    assert set(kills) >= {"relay", "shop", "wallet-1", "payment"}
    assert outcomes["approved"] >= 3
    assert failures >= 3


def test_money_that_is_taken_twice_is_seen(tmp_path: Path) -> None:
    found: set[str] = set()
    for seed in range(6):
        dice = Random(seed)
        (tmp_path / str(seed)).mkdir()
        town = DurableTown(tmp_path / str(seed), dice, edits=MONEY.edits)
        a_while(town, dice)
        comes_to_rest(town)
        found |= broken(town)
        town.close()
    assert {"every_approval_is_debited_once", "at_most_one_debit_an_order"} <= found
