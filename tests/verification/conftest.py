"""Small systems of every sort, on which the engines are compared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest

from payrelay.classics import request_answer, two_phase_commit
from payrelay.language.properties import Property
from payrelay.language.systems import System

FRIENDLY, LOSSY = request_answer.FRIENDLY, request_answer.LOSSY
FAULTY, UNBOUNDED = request_answer.FAULTY, request_answer.UNBOUNDED
SYSTEMS = {
    **{f"two-phase commit of {n}": (two_phase_commit.system(n), two_phase_commit.PROPERTIES) for n in (2, 3)},
    **{
        f"{configuration.name}, {name}": (system, request_answer.PROPERTIES)
        for configuration in (FRIENDLY, LOSSY, FAULTY, UNBOUNDED)
        for name, system in {
            "plain": request_answer.system(configuration),
            "moody": request_answer.system(configuration, moody=True),
            "forged": request_answer.system(configuration, forged=True),
            "forgetful": request_answer.system(configuration, forgetful=True),
        }.items()
    },
    "two clients and everything": (
        request_answer.system(UNBOUNDED, moody=True, forged=True, forgetful=True, clients=2),
        request_answer.PROPERTIES,
    ),
    "two clients and a loss": (request_answer.system(LOSSY, moody=True, clients=2), request_answer.PROPERTIES),
    "a patient timer": (
        request_answer.system(replace(LOSSY, name="patient", patient=("patience",))),
        request_answer.PROPERTIES,
    ),
    "no timer": (request_answer.system(replace(LOSSY, name="timeless", timers=())), request_answer.PROPERTIES),
    "something before": (
        replace(
            request_answer.system(LOSSY, forgetful=True),
            before=(("server/ledger", request_answer.Served(request_answer.ITEM)),),
        ),
        request_answer.PROPERTIES,
    ),
}


class Case(NamedTuple):
    """A system, and what is watched in it."""

    name: str
    system: System
    properties: Sequence[Property]


@pytest.fixture(
    params=[(name, watched) for name in SYSTEMS for watched in (True, False)],
    ids=lambda p: f"{p[0]}, {'' if p[1] else 'un'}watched",
)
def case(request: pytest.FixtureRequest) -> Case:
    """Each of the systems, watched and unwatched."""
    name, watched = request.param
    system, properties = SYSTEMS[name]
    return Case(name, system, properties if watched else ())
