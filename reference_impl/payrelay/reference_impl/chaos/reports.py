"""Reports: what a campaign has found, as JSON and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from payrelay.language.links import role_of
from payrelay.reference_impl.chaos.campaign import Found
from payrelay.reference_impl.chaos.logs import runs_in
from payrelay.reference_impl.chaos.targets import NOT_REACHED, every_state

KIND, SCHEMA_VERSION = "chaos", 1
MOST_SHOWN = 20
"""How many lines are shown of what servers have complained of."""


def missing(found: Found) -> list[str]:
    """What the plan asks for and the campaign has not done."""
    lines = [f"{table}.{state} was hit {times} times" for (table, state), times in found.targets.short().items()]
    lines += [f"{party} was not killed" for party in found.counts.spared(found.report.parties)]
    if found.told.outcomes.total() < found.plan.payments:
        lines.append(f"there were {found.told.outcomes.total()} payments")
    if found.counts.kills < found.plan.kills:
        lines.append(f"there were {found.counts.kills} kills")
    return lines


def wrong(found: Found) -> list[str]:
    """What is wrong: money that is lost, doubled or invented, or something that is stuck."""
    lines = [f"{one.rule}: {one.where}: {one.says}" for one in found.report.findings]
    lines += found.lies
    if found.left:
        lines.append(
            f"{found.left} machines were under way still, {found.plan.rest:g} s after nothing went wrong any more"
        )
    if found.unsent:
        lines.append(f"{found.unsent} requests of steps that are durable were never sent")
    lines += [line for line in found.counts.complaints if "Traceback" in line]
    if not found.report.agrees and not lines:
        lines.append("nothing could be audited")
    return lines


def verdict(found: Found) -> str:
    """One word for all of it."""
    return "violated" if wrong(found) else "inconclusive" if missing(found) else "holds"


def document(found: Found) -> dict[str, Any]:
    """What was found, as one JSON object."""
    counts, plan = found.counts, found.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "verdict": verdict(found),
        "wrong": wrong(found),
        "missing": missing(found),
        "seed": plan.seed,
        "security": "hardened",
        "disk": "forgets what no fsync has kept" if plan.forgetful else "as it is",
        "payments": found.told.outcomes.total(),
        "outcomes": _sorted(found.told.outcomes),
        "registrations": _sorted(found.told.registered),
        "kills": {
            "all": counts.kills,
            "between_commit_and_send": _sorted(_by_role(counts.died)),
            "at_random_moments": _sorted(_by_role(counts.killed_outside)),
        },
        "hits": {f"{table}.{state}": found.targets.hits[table, state] for table, state in every_state()},
        "not_reached": {f"{table}.{state}": reason for (table, state), reason in NOT_REACHED.items()},
        "storages_failed": _sorted(_by_role(counts.failed)),
        "faults": _sorted(counts.faults),
        "complaints": found.counts.complaints[:MOST_SHOWN],
        "forgotten_files": found.forgotten,
        "audit": found.report.to_json(),
        "logs": {name: {"runs": runs_in(lines), "events": len(lines)} for name, lines in found.logs.items()},
        "seconds_taken": round(found.seconds, 1),
    }


def lines(found: Found) -> Iterator[str]:
    """What was found, in words."""
    counts = found.counts
    yield f"{found.told.outcomes.total():,} payments: {_counted(found.told.outcomes)}"
    yield f"{found.told.registered.total():,} registrations: {_counted(found.told.registered)}"
    yield f"{counts.kills:,} kills"
    yield f"  between commit and send: {_counted(_by_role(counts.died))}"
    yield f"  at random moments: {_counted(_by_role(counts.killed_outside))}"
    for table, state in every_state():
        yield f"    {found.targets.hits[table, state]:5}  {table}.{state}"
    yield f"storages that failed: {_counted(_by_role(counts.failed))}"
    yield f"faults: {_counted(counts.faults)}"
    yield from found.report.lines()
    for name, events in found.logs.items():
        yield f"log {name}: {runs_in(events):,} runs, {len(events):,} events"
    yield from (f"wrong: {line}" for line in wrong(found))
    yield from (f"missing: {line}" for line in missing(found))
    yield f"seed {found.plan.seed}, {found.seconds:.0f} s: {verdict(found)}"


def _by_role(by_party: Mapping[str, int]) -> Counter[str]:
    roles: Counter[str] = Counter()
    for party, number in by_party.items():
        roles[role_of(party)] += number
    return roles


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items())) or "none"
