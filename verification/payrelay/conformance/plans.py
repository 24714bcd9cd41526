"""Plans: which cases a role is tried with at a depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from payrelay.conformance.cases import Case
from payrelay.conformance.generation import Generator
from payrelay.conformance.setting import Setting
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import CAPABILITIES

PURCHASE = PaymentConfiguration(
    name="purchase",
    says="What a purchase is tried with: two wallets, and procedures enough to begin again.",
    wallets=2,
    procedures=3,
    ordering=False,
    expires=False,
)
REGISTRATION = PaymentConfiguration(
    name="registration",
    says="What a registration is tried with: registrations enough to begin again.",
    procedures=0,
    registrations=3,
    expires=False,
)
TABS = replace(
    PURCHASE,
    name="tabs",
    says="Two tabs of a browser that pay for one order, by a user who may pay again.",
    tabs=2,
    pays_again=True,
)
PURPOSES = {
    "purchase": (PURCHASE, frozenset({"terminal", "relay", "shop", "wallet", "payment"})),
    "registration": (REGISTRATION, frozenset({"terminal", "relay", "wallet", "authority"})),
    "tabs": (TABS, frozenset({"relay", "shop", "wallet", "payment"})),
}
"""What runs are for: the configuration, and the roles that take part."""
ONLY = {"tabs": frozenset({"patterns"})}
"""The stages of a purpose that has too many runs for all of them."""
DEPTHS: dict[str, tuple[str, ...]] = {
    "smoke": ("paths", "pairs"),
    "must": ("paths", "rows", "pairs", "repeats", "patterns", "alterations", "strangers", "spoilings", "separations"),
    "full": (
        "paths",
        "rows",
        "pairs",
        "repeats",
        "patterns",
        "alterations",
        "strangers",
        "spoilings",
        "separations",
        "walks",
    ),
    "soak": ("paths", "walks"),
}
"""By depth, the stages; a run goes on with walks for as long as it may."""
CONTROLLED = ("crashes", "timeouts")
"""The stages for which somebody must make timers run out and parties crash."""


@dataclass(frozen=True)
class Part:
    """The cases of one purpose."""

    purpose: str
    setting: Setting
    generator: Generator


@dataclass(frozen=True)
class Plan:
    """All cases of a run."""

    under_test: frozenset[str]
    security: str
    capability: str
    seed: int
    now: int
    depth: str = "must"
    is_controlled: bool = False
    """Whether timers of the system under test can be made to run out, and its parties to crash."""
    shows_peers: bool = False
    """Whether the kit can speak on the channel of somebody else than who sends a message."""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One for each purpose that the roles under test have a part in."""
        roles = {role_of(party) for party in self.under_test}
        found = []
        for purpose, (configuration, parties) in PURPOSES.items():
            if not roles <= parties:
                continue
            setting = Setting(
                replace(configuration, security=self.security, capability=self.capability),
                self.under_test,
                f"{self.seed} {purpose}".encode(),
                self.now,
                shows_peers=self.shows_peers,
            )
            generator = Generator(
                purpose,
                setting.course,
                self.under_test,
                setting.aspects,
                self.seed,
                self.is_controlled,
                is_searched=purpose not in ONLY,
            )
            found.append(Part(purpose, setting, generator))
        return tuple(found)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the depth."""
        stages = DEPTHS[self.depth]
        if not self.is_controlled or self.depth == "smoke":
            return stages
        walks = [stage for stage in stages if stage == "walks"]
        return (*(stage for stage in stages if stage != "walks"), *CONTROLLED, *walks)

    def cases(self) -> Iterator[tuple[Part, Case]]:
        """The cases, in order; without end if there are walks among them."""
        endless = "walks" in self.stages
        for stage in self.stages:
            if stage != "walks":
                for part in self.parts:
                    if stage in ONLY.get(part.purpose, (stage,)):
                        yield from ((part, case) for case in part.generator.cases([stage]))
        walking = [part for part in self.parts if endless and part.purpose not in ONLY]
        walks = [part.generator.cases(["walks"]) for part in walking]
        while walks:
            for part, cases in zip(walking, walks, strict=True):
                yield part, next(cases)


ALL_CAPABILITIES = tuple(CAPABILITIES)
