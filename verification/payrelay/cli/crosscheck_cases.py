"""Crosscheck cases: the systems that payrelay and SPIN are compared on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from payrelay.cli.catalogue import Catalogue
from payrelay.language.configurations import Configuration

if TYPE_CHECKING:
    from payrelay.classics import random_systems
    from payrelay.language.properties import Property
    from payrelay.language.systems import System

MANAGERS = range(2, 9)
RANDOM = 20
"""How many systems are made at random, always the same."""
VARIANTS = (
    "broken_direct_info",
    "broken_wallet_lies",
    "broken_goods_for_nothing",
    "broken_result_before_receipt",
    "broken_sender_unchecked",
    "broken_status_as_outcome",
    "broken_registration_section",
    "broken_registration_rounds",
    "broken_registration_stale_answers",
    "broken_registration_result_before_activation",
)
"""Some of the faulty variants; the others go the same way by name."""


@dataclass(frozen=True)
class Case:
    """A system to compare, which is built when its turn has come."""

    name: str
    build: Callable[[], tuple[System, Sequence[Property]]]
    model: str | None = None
    """A model that was not exported."""
    defined: tuple[str, ...] = ()


def classics() -> Iterator[Case]:
    """The protocols that are not ours: two-phase commit, also by hand, and request and answer."""
    from importlib.resources import files

    from payrelay.classics import request_answer

    by_hand = files("payrelay.classics").joinpath("two_phase_commit.pml").read_text(encoding="utf-8")
    for managers in MANAGERS:
        name = f"two_phase_commit managers={managers}"
        build = partial(_two_phase_commit, managers)
        yield Case(name, build)
        yield Case(f"{name}, by hand", build, by_hand, (f"MANAGERS={managers}",))
    for configuration in request_answer.CONFIGURATIONS:
        for kinds in ((), ("moody",), ("forged",), ("forgetful",), ("moody", "forged", "forgetful")):
            yield Case(
                " ".join(["request_answer", configuration.name, *kinds]),
                partial(_request_answer, configuration, kinds),
            )


def random() -> Iterator[Case]:
    """Systems that nobody thought of."""
    from payrelay.classics import random_systems

    for name, made in random_systems.of_seed(random_systems.SEED, RANDOM):
        yield Case(name, partial(_random, made))


def _random(made: random_systems.Case) -> tuple[System, Sequence[Property]]:
    return made.system, made.properties


def _two_phase_commit(managers: int) -> tuple[System, Sequence[Property]]:
    from payrelay.classics import two_phase_commit

    return two_phase_commit.system(managers), two_phase_commit.PROPERTIES


def _request_answer(configuration: Configuration, kinds: Sequence[str]) -> tuple[System, Sequence[Property]]:
    from payrelay.classics import request_answer

    return request_answer.system(configuration, **dict.fromkeys(kinds, True)), request_answer.PROPERTIES


def configurations(catalogue: Catalogue, chosen: Sequence[Configuration]) -> Iterator[Case]:
    """Configurations. Of a faulty variant only what it must violate is watched."""
    for configuration in chosen:
        yield Case(configuration.name, partial(_configuration, catalogue, configuration))


def _configuration(catalogue: Catalogue, configuration: Configuration) -> tuple[System, Sequence[Property]]:
    names = catalogue.variant(configuration.variant).violates if configuration.variant else ()
    return catalogue.system(configuration), catalogue.properties_of(names) if names else catalogue.properties
