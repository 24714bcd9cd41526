"""Logs: those of all parties as one, sorted by what they can be runs of, for `payrelay check-trace`.

The model has a number of procedures in each configuration, and the more there are the longer it takes to follow a log.
So runs of one order are sorted by how many procedures they have: a user may pay again, and a relay that has forgotten a
procedure begins another one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from payrelay.reference_impl.logs import merged

MOST_FOLLOWED = 2
NOT_FOLLOWED, WRONG_CLOCK = "not_followed", "wrong_clock"
UNVERIFIED = '"type":"Unverified"'
"""What stands in a line whose message somebody could not believe: its clock was set."""
WRONG = timedelta(seconds=5)
"""By how much a clock is wrong if it is."""
IDENTIFIERS = (("relay_txn", "purchases"), ("reg_txn", "registrations"))
"""By what the relay calls a procedure, and what runs of it are."""


FOLLOWED = tuple(f"{kind}_{number}" for _, kind in IDENTIFIERS for number in range(1, MOST_FOLLOWED + 1))


def sorted_logs(logs: Mapping[str, Iterable[str]], strangers: frozenset[str]) -> dict[str, list[str]]:
    """The lines of all logs in order, by what they can be runs of: `purchases_1`, `registrations_2`.

    Not followed are those of more procedures, and those of `strangers`, as a wallet that does not know a user, or knows
    another by that name, says other things than the model's. Beside them stand those in which somebody's clock was
    wrong: what is sealed or signed may then be refused though it is in order, which nobody does in the model.
    """
    lines = [(line, json.loads(line)) for line in merged(logs)]
    doubted = {event["procedure"] for line, event in lines if UNVERIFIED in line} | _gone_back(
        event for _, event in lines
    )
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for _, event in lines:
        for kind, name in _symbols(event["message"]):
            found[event["procedure"]][kind].add(name)
    sorted_lines: dict[str, list[str]] = {name: [] for name in (*FOLLOWED, WRONG_CLOCK, NOT_FOLLOWED)}
    for line, event in lines:
        run = event["procedure"]
        left_out = NOT_FOLLOWED if run in strangers else WRONG_CLOCK if run in doubted else ""
        sorted_lines[left_out or _kind(found[run], event)].append(line)
    return sorted_lines


def _gone_back(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """The runs in which time goes back: somebody had a clock that was wrong, and may have taken what is new for old, or
    what is old for new."""
    latest: dict[str, datetime] = {}
    found = set()
    for event in events:
        run, now = event["procedure"], datetime.fromisoformat(event["at"])
        if run in latest and latest[run] - now > WRONG:
            found.add(run)
        latest[run] = now
    return found


def _kind(procedures: Mapping[str, set[str]], event: Mapping[str, object]) -> str:
    for identifier, kind in IDENTIFIERS:
        if number := len(procedures.get(identifier, ())):
            return f"{kind}_{number}" if number <= MOST_FOLLOWED else NOT_FOLLOWED
    is_registration = "registration_nonce" in procedures or event["link"] == "relay_authority"
    return "registrations_1" if is_registration else "purchases_1"


def _symbols(term: object) -> Iterator[tuple[str, str]]:
    """The symbols in a message, by kind and name."""
    if isinstance(term, dict):
        if set(term) == {"kind", "name"}:
            # What the relay calls a query has the name of a wallet after that of the procedure.
            yield term["kind"], str(term["name"]).partition(" ")[0]
        for value in term.values():
            yield from _symbols(value)
    elif isinstance(term, list):
        for value in term:
            yield from _symbols(value)


def write_logs(folder: Path, logs: Mapping[str, list[str]]) -> None:
    """Write each as a file."""
    folder.mkdir(parents=True)
    for name, lines in logs.items():
        (folder / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def runs_in(lines: Iterable[str]) -> int:
    """How many runs there are."""
    return len({json.loads(line)["procedure"] for line in lines})
