"""Runs to report on: the reference roles in this process, sound, or with the edits of a faulty variant."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Arrives, Done, Move
from payrelay.conformance.deviations import Deviation, Stuck
from payrelay.conformance.performance import Performance
from payrelay.conformance.results import ResultBuilder
from payrelay.conformance.revisions import revision
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.subjects import Rehearsed
from payrelay.conformance.verdicts import Verdict
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.protocol import tables
from payrelay.model.variants import VARIANTS
from payrelay.wire.identities import counted

NOW = 1_800_000_000


def setting(party: str, security: str = "hardened", **settings: int) -> Setting:
    """A setting in which one party is under test."""
    of = PaymentConfiguration(
        name="tested",
        says="tested",
        security=security,
        expires=False,
        ordering=False,
        **settings,  # type: ignore[arg-type]
    )
    return Setting(of, frozenset([party]), b"seed", NOW)


def performance(of: Setting, number: int, variant: str = "") -> Performance:
    """A test that is about to begin."""
    edits = next(one.edits for one in VARIANTS if one.name == variant) if variant else ()
    rings = {name: replace(ring, made={}) for name, ring in of.keys.items()}
    worlds = {party: of.world(party) for party in of.under_test}
    subject = Rehearsed(rings, worlds, counted(b"subject %d" % number), of.now, tables=tables(edits))
    found = of.correspondence(number)
    for party, request in of.set_ups(found, Wishes()):
        response = subject.set_up(party, request)
        assert response is not None
        assert response.status == 204
    return Performance(of, subject, found)


def walked(of: Setting, number: int, variant: str = "", most: int = 40) -> tuple[Case, Performance, Deviation | None]:
    """A test that goes on at random, until it deviates or nothing is left to do."""
    chosen, played = random.Random(number), performance(of, number, variant)
    moves: list[Move] = []
    deviation = None
    for _ in range(most):
        open_: list[Arrives | Done] = [*of.course.arrivals(played.place), *of.course.deeds(played.place)]
        open_ = [one for one in open_ if not (isinstance(one, Arrives) and one.chosen and one.party in of.under_test)]
        if not open_:
            break
        moves.append(chosen.choice(open_))
        try:
            played.perform(moves[-1])
        except Deviation as found:
            deviation = found
            break
        except Stuck:
            break
    return Case(f"walk-{number:02}", "random", tuple(moves)), played, deviation


@cache
def built(party: str, security: str = "hardened", variant: str = "", walks: int = 6, wallets: int = 1) -> ResultBuilder:
    """What comes of some walks."""
    found = ResultBuilder(
        revision(),
        version="0",
        under_test={"parties": [party], "base_url": "http://127.0.0.1:9000"},
        roles=[role_of(party)],
        security=security,
        capability="plain_text",
        depth="smoke",
        seed=1,
    )
    of = setting(party, security, wallets=wallets)
    for number in range(walks):
        case, played, deviation = walked(of, number, variant)
        found.add(case, Verdict.FAIL if deviation else Verdict.PASS, "", deviation, played, 0.5)
    return found
