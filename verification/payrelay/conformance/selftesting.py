"""Selftests of all roles, in several processes.

A variant is tried at the least level of security first, and at the next one only as long as nothing has killed it:
where more is signed, more can go wrong.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import as_completed as completed
from dataclasses import dataclass
from typing import NamedTuple

from payrelay.conformance.plans import Plan
from payrelay.conformance.selftest import EQUIVALENT, ILL_FORMED, KILLED, STATUSES, SURVIVED, Judged, Selftest
from payrelay.conformance.variants import Variant
from payrelay.host.faults import FAULTS

PARTIES = {
    "relay": "relay",
    "shop": "shop",
    "wallet": "wallet-1",
    "payment": "payment",
    "authority": "authority",
    "terminal": "terminal-1",
}
"""The party that is tried of each role."""
LEVELS = ("plain", "hardened")
CHANNEL = "channel"
SEEN_AT = {
    **dict.fromkeys(("signature_unchecked", "audience_unchecked", "expiry_unchecked", "made_anew"), "hardened"),
    "channel_unchecked": CHANNEL,
    "durability_unchecked": "plain",
}
"""For each fault of the seam, the level of security at which there is something that it leaves out."""
assert set(SEEN_AT) == {fault.name for fault in FAULTS}
NOW = 1_800_000_000
WORST = (SURVIVED, ILL_FORMED, EQUIVALENT)
"""Of several levels that do not kill, which counts."""


@dataclass(frozen=True)
class Wanted:
    """What is to be tried."""

    roles: tuple[str, ...] = tuple(PARTIES)
    levels: tuple[str, ...] = LEVELS
    depth: str = "must"
    seed: int = 1
    most: int | None = None
    """So many variants of each role, spread over all of them; None for all."""
    only: tuple[str, ...] = ()
    """The variants whose names begin so."""
    capability: str = "plain_text"

    def plan(self, role: str, security: str) -> Plan:
        """The plan of one role at one level of security."""
        return Plan(
            frozenset([PARTIES[role]]),
            security,
            self.capability,
            self.seed,
            NOW,
            depth=self.depth,
            is_controlled=True,
            shows_peers=True,
        )

    def names(self, role: str) -> list[Variant]:
        """The variants of a role that are tried."""
        found = list(Selftest(self.plan(role, self.levels[0])).variants.values())
        if self.only:
            found = [one for one in found if one.name.startswith(self.only)]
        if self.most is not None and self.most < len(found):
            found = [found[number * len(found) // self.most] for number in range(self.most)]
        return found

    def levels_of(self, variant: Variant) -> tuple[str, ...]:
        """The levels at which a variant is tried, in order."""
        return self.levels if variant.edits else (SEEN_AT[variant.name],)


class Told(NamedTuple):
    """What became of a variant, at all levels."""

    role: str
    judged: Judged


Show = Callable[[str, str, int, int], None]
"""Called with the role, the level of security, how many variants are done, and how many there are."""


def judged_all(wanted: Wanted, show: Show = lambda *_: None, processes: int | None = None) -> Iterator[Told]:
    """Judge the variants of all roles, in their order."""
    all_ = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = processes or all_
    # A Ctrl-C is for who began them, which lets them end.
    with ProcessPoolExecutor(count, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as pool:
        for role in wanted.roles:
            yield from _of_role(wanted, role, pool, show)


def _of_role(wanted: Wanted, role: str, pool: ProcessPoolExecutor, show: Show) -> Iterator[Told]:
    variants = wanted.names(role)
    found: dict[str, list[Judged]] = {one.name: [] for one in variants}
    for level in dict.fromkeys((*wanted.levels, CHANNEL, *LEVELS)):
        left = [
            one.name
            for one in variants
            if level in wanted.levels_of(one) and all(before.status != KILLED for before in found[one.name])
        ]
        futures = [pool.submit(judge, wanted, role, level, name) for name in left]
        try:
            for done, future in enumerate(completed(futures), start=1):
                judged = future.result()
                found[judged.variant].append(judged)
                show(role, level, done, len(left))
        except KeyboardInterrupt:  # what is known of the role is told
            _forget(futures)
            yield from (Told(role, together(of)) for one in variants if _is_judged(of := found[one.name], one, wanted))
            raise
        except BaseException:
            _forget(futures)
            raise
    for one in variants:
        yield Told(role, together(found[one.name]))


def _is_judged(found: Sequence[Judged], variant: Variant, wanted: Wanted) -> bool:
    """Whether nothing is left to try of a variant."""
    return any(one.status == KILLED for one in found) or len(found) == len(wanted.levels_of(variant))


def _forget(futures: Iterable[Future[Judged]]) -> None:
    for one in futures:
        one.cancel()


_kept: dict[tuple[Wanted, str, str], Selftest] = {}


def judge(wanted: Wanted, role: str, level: str, name: str) -> Judged:
    """Judge one variant at one level; what is made of the role is kept for the next one of it."""
    key = (wanted, role, level)
    if key not in _kept:
        _kept.clear()
        _kept[key] = Selftest(wanted.plan(role, level))
    return _kept[key].judge(name)


def together(found: Sequence[Judged]) -> Judged:
    """What became of a variant at several levels: the kill, if there is one, else the worst."""
    killed = next((one for one in found if one.status == KILLED), None)
    if killed is not None:
        return killed
    return min(found, key=lambda one: WORST.index(one.status))


__all__ = ["LEVELS", "PARTIES", "STATUSES", "Told", "Wanted", "judged_all", "together"]
