"""Runs of the kit against systems that conform, by many seeds: nothing may fail.

    python -m tests.conformance.campaign                              every system, 20 seeds of each
    python -m tests.conformance.campaign shop-plain --seeds 2 --budget 10
    python -m tests.conformance.campaign --names                      what systems there are

Each run is `payrelay conform run`, and begins with nothing that another has left. What comes of them is printed as one
JSON document. The wallet by others is also tried with whatever else it may do, decided by the same seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.conformance import reference
from tests.foreign import conforming
from tests.foreign.sources import copied

from payrelay.conformance.reports.words import BAD, UNTESTABLE, UNTESTED, word_of
from payrelay.conformance.runs import Choice, Run
from payrelay.reference_impl.systems import Plan

DEPTH, SEEDS = "must", 20
"""Each seed begins with other checks, so that many short runs try all of them."""
BUDGET, BUDGETS = 4.0, {"relay": 10.0, "otherwise": 10.0}
"""Seconds of a run, and by a word of a system's name of one that needs more: making a relay's cases takes some of that,
and a wallet that takes its time is given it."""
LEVELS: tuple[str, ...] = ("plain", "hardened")
PERIODS = {"hold_time": 1.0}
"""Timers of the reference servers, in seconds, so that a terminal is kept in touch within any budget."""
Writes = Callable[[Path, int], Path]
"""Writes a configuration for a run by a seed into a new folder."""


@dataclass(frozen=True)
class Kind:
    """A system that conforms."""

    name: str
    writes: Writes

    @property
    def budget(self) -> float:
        """The seconds of a run, if nothing else is asked for."""
        return next((seconds for word, seconds in BUDGETS.items() if word in self.name.split("-")), BUDGET)


def kinds(code: Callable[[], Path]) -> tuple[Kind, ...]:
    """All of them; `code` fetches the implementations by others, once that is needed."""
    found = []
    for security in LEVELS:
        for party in ("relay", "wallet-1", "shop", "payment", "authority"):
            found.append(Kind(f"{party.partition('-')[0]}-{security}", partial(_reference, party, security)))
        for party in ("relay", "wallet-1"):
            name = f"node-{party.partition('-')[0]}-{security}"
            found.append(Kind(name, partial(_foreign, code, party, security, is_otherwise=False)))
        name = f"node-wallet-otherwise-{security}"
        found.append(Kind(name, partial(_foreign, code, "wallet-1", security, is_otherwise=True)))
    return tuple(found)


def _reference(party: str, security: str, folder: Path, _seed: int) -> Path:
    return reference.write(folder, party, Plan(security=security), PERIODS)


def _foreign(
    code: Callable[[], Path], party: str, security: str, folder: Path, seed: int, *, is_otherwise: bool
) -> Path:
    otherwise = {"otherwise": seed} if is_otherwise else {}
    return conforming.write(folder, code(), party, security, **otherwise)


@dataclass(frozen=True)
class Told:
    """What came of the runs of one system."""

    name: str
    budget: float
    """The seconds of each run."""
    runs: tuple[Mapping[str, Any], ...]

    @property
    def bad(self) -> list[dict[str, Any]]:
        """The checks that came out as they must not."""
        return [self._kept(run, check) for run in self.runs for check in run["checks"] if check["verdict"] in BAD]

    @property
    def unsure(self) -> list[dict[str, Any]]:
        """The checks that were not passed, and are no failures: of each sort the first, and how many there were."""
        times = Counter[tuple[str, str, str]]()
        first: dict[tuple[str, str, str], dict[str, Any]] = {}
        for run in self.runs:
            for check in run["checks"]:
                if check["verdict"] not in ("pass", *BAD):
                    key = (check["verdict"], check["cause"], (check["deviation"] or {}).get("what", ""))
                    times[key] += 1
                    first.setdefault(key, self._kept(run, check))
        return [{"times": times[key], **of} for key, of in first.items()]

    @staticmethod
    def _kept(run: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: check[name] for name in ("id", "verdict", "cause", "detail") if check[name]}
        return {"seed": run["seed"], **kept}

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        words = Counter(check["verdict"] for run in self.runs for check in run["checks"])
        return {
            "system": self.name,
            "budget": self.budget,
            "seeds": [run["seed"] for run in self.runs],
            "checks": sum(len(run["checks"]) for run in self.runs),
            "steps": sum(run["steps"] for run in self.runs),
            "verdicts": dict(sorted(words.items())),
            "runs": dict(sorted(Counter(run["verdict"] for run in self.runs).items())),
            "requirements": self.requirements(),
            "bad": self.bad,
            "unsure": self.unsure,
        }

    def requirements(self) -> dict[str, int]:
        """How many requirements came to what by all runs together: of several verdicts, the first of these counts."""
        order = (*BAD, "pass_deviation", "pass", "inconclusive", UNTESTED, UNTESTABLE)
        found: dict[str, set[str]] = {}
        for run in self.runs:
            for one in run["requirements"]:
                found.setdefault(one["id"], set()).add(word_of(one))
        counts = Counter(next(word for word in order if word in words) for words in found.values())
        return {word: counts[word] for word in order if counts[word]}


def tried(kind: Kind, seeds: Iterable[int], budget: float | None = None, most: int | None = None) -> Told:
    """Run the kit against a system once for each seed; `most` of its cases, if there are so many, or all of them."""
    budget = budget or kind.budget
    found = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            path = kind.writes(Path(folder), seed)
            with Run(path, Choice(depth=DEPTH, budget=budget, seed=seed)) as run:
                deque(run.checks(() if most is None else islice(run.outline.planned(), most)), 0)
                found.append(run.result())
        print(f"{kind.name}, seed {seed}: {found[-1]['verdict']}", file=sys.stderr, flush=True)
    return Told(kind.name, budget, tuple(found))


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.campaign", description="No false failures.")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help="all of them, if none is named")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="1 to so many of each")
    parser.add_argument("--budget", type=float, help="seconds of each run, instead of its own")
    parser.add_argument("--names", action="store_true", help="only name the systems")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        fetched: list[Path] = []

        def code() -> Path:
            if not fetched:
                fetched.append(copied(Path(folder) / "code"))
            return fetched[0]

        by_name = {kind.name: kind for kind in kinds(code)}
        if asked.names:
            print("\n".join(by_name))
            return 0
        if unknown := [name for name in asked.systems if name not in by_name]:
            print(f"no system '{unknown[0]}'; there is: {', '.join(by_name)}", file=sys.stderr)
            return 2
        try:
            told = [
                tried(by_name[name], range(1, asked.seeds + 1), asked.budget) for name in asked.systems or list(by_name)
            ]
        except pytest.skip.Exception as missing:
            print(f"this needs {missing}", file=sys.stderr)
            return 2
    bad = sum(len(one.bad) for one in told)
    document = {
        "kind": "conform_campaign",
        "schema_version": 1,
        "exit_code": int(bool(bad)),
        "depth": DEPTH,
        "systems": [one.to_json() for one in told],
    }
    print(json.dumps(document, indent=1))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
