"""Plans: which cases a role is tried with at a depth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from payrelay.conformance.cases import Case
from payrelay.conformance.generation import Generator
from payrelay.conformance.joining import alike, joined
from payrelay.conformance.ordering import in_turn, spread
from payrelay.conformance.setting import Setting
from payrelay.language.links import role_of
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.protocol import build

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
SHOPPING = replace(
    PURCHASE,
    name="shopping",
    says="What a terminal alone is tried with beside a purchase: its user orders, pays, and pays again.",
    wallets=1,
    procedures=2,
    cancels=False,
    ordering=True,
    pays_again=True,
)
REGISTERING = replace(
    REGISTRATION,
    name="registering",
    says="What a terminal alone is tried with beside a registration: its user registers again.",
    registrations=2,
    cancels=False,
    pays_again=True,
    tries=1,
)
PURPOSES = {
    "purchase": (PURCHASE, frozenset({"terminal", "relay", "shop", "wallet", "payment"})),
    "shopping": (SHOPPING, frozenset({"terminal"})),
    "registration": (REGISTRATION, frozenset({"terminal", "relay", "wallet", "authority"})),
    "registering": (REGISTERING, frozenset({"terminal"})),
    "tabs": (TABS, frozenset({"relay", "shop", "wallet", "payment"})),
}
"""What runs are for: the configuration, and the roles that take part."""
ONLY = {"tabs": frozenset({"patterns"})}
"""The stages of a purpose that has too many runs for all of them."""
SHOWN = frozenset({"relay", "terminal"})
"""The roles to which it matters what a terminal can show."""
OF_CAPABILITY = frozenset({"paths"})
"""The stages in which every capability but the first is tried."""
FIRST = ("paths", "inquiries")
"""The stages that come before all others: what works, and how a terminal is kept in touch."""
LAST = ("sequences",)
"""The stages that come after all others, since they are long."""
MUST = (*FIRST, "rows", "pairs", "repeats", "patterns", "alterations", "strangers", "spoilings", "separations")
DEPTHS: dict[str, tuple[str, ...]] = {
    "smoke": (*FIRST, "pairs"),
    "must": MUST,
    "full": (*MUST, *LAST),
    "soak": FIRST,
}
"""By depth, the stages; but for `smoke`, walks come after them for as long as there is time."""
OFTEN = {"rows": 4}
"""Of which stages more than one case comes in a turn: what a row does is a requirement of its own."""
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it are spread evenly over 0 to 1, however many there are."""
CONTROLLED = ("crashes", "timeouts")
"""The stages for which somebody must make timers run out and parties crash."""


@dataclass(frozen=True)
class Part:
    """The cases of one purpose."""

    purpose: str
    setting: Setting
    generator: Generator
    stages: frozenset[str] | None = None
    """The stages that it has a part in; None for all."""


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
    on_the_way: frozenset[str] | None = None
    """What of that may be done to reach a state: timers by their names, and `restart`; None for all of it."""
    settings: Callable[[PaymentConfiguration], Setting] | None = None
    """Makes what all tests of a configuration have in common; of seed and time alone, if that is None."""
    shows_peers: bool = False
    """Whether the kit can speak on the channel of somebody else than who sends a message."""
    other_capabilities: tuple[str, ...] = ()
    """What further terminals can show: of these it is tried whether all goes well."""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """One for each purpose that the roles under test have a part in; and again for each further capability."""
        roles = {role_of(party) for party in self.under_test}
        purposes = {}
        for name, (of, parties) in PURPOSES.items():
            taking_part = roles.intersection(map(role_of, build(of).machines_of))
            if taking_part and taking_part <= parties:
                purposes[name] = of
        found = [self._part(name, name, of, self.capability, ONLY.get(name)) for name, of in purposes.items()]
        for capability in self.other_capabilities if roles & SHOWN else ():
            for name, of in purposes.items():
                if name not in ONLY:
                    found.append(self._part(name, f"{name}_{capability}", of, capability, OF_CAPABILITY))
        return tuple(found)

    def _part(
        self, name: str, purpose: str, of: PaymentConfiguration, capability: str, stages: frozenset[str] | None
    ) -> Part:
        of = replace(of, security=self.security, capability=capability)
        if self.settings is None:
            setting = Setting(of, self.under_test, f"{self.seed} {purpose}".encode(), self.now)
            setting = replace(setting, shows_peers=self.shows_peers)
        else:
            setting = self.settings(of)
        generator = Generator(
            purpose=purpose,
            course=setting.course,
            under_test=self.under_test,
            aspects=setting.aspects,
            seed=self.seed,
            own_timers=self.is_controlled,
            on_the_way=self.on_the_way,
            standing=setting.standing,
            is_searched=name not in ONLY,
        )
        return Part(purpose, setting, generator, stages)

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What terminals can show that are tried: with the first of it everything, with others that all goes well."""
        purposes = {part.setting.configuration.capability: None for part in self.parts}
        return tuple(dict.fromkeys((self.capability, *purposes)))

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of the depth."""
        stages = DEPTHS[self.depth]
        return stages if not self.is_controlled or self.depth == "smoke" else (*stages, *CONTROLLED)

    def cases(self, only: Collection[str] | None = None, *, joins: bool = False) -> Iterator[tuple[Part, Case]]:
        """The cases of these stages, or of those among them that are named; joined, where they can be.

        First come the runs in which all goes well; then one of each purpose, stage and state in turn, so that whatever
        is tried is tried early; then those that need control, and those of which there are very many.
        """
        wanted = [stage for stage in self.stages if only is None or stage in only]
        for stage in FIRST:
            if stage in wanted:
                for part in self.parts:
                    found = self._of(part, stage)
                    yield from _with(part, alike(found) if joins else found)
        usual = [stage for stage in wanted if stage not in (*FIRST, *CONTROLLED, *LAST)]
        streams = [(self._spread(part, stage, joins), OFTEN.get(stage, 1)) for part in self.parts for stage in usual]
        yield from in_turn(stream for stream, often in streams for _ in range(often))
        for stage in (*CONTROLLED, *LAST):
            if stage in wanted:
                yield from in_turn(_with(part, self._of(part, stage)) for part in self.parts)

    def walks(self) -> Iterator[tuple[Part, Case]]:
        """Runs at random, without end."""
        return in_turn(_with(part, self._of(part, "walks")) for part in self.parts if part.stages is None)

    def _spread(self, part: Part, stage: str, joins: bool) -> Iterator[tuple[Part, Case]]:
        """The cases of a stage, one of each state in turn. Each seed begins with others: a budget may end first."""
        begin = (self.seed - 1) * GOLDEN % 1
        found = self._of(part, stage)
        cases = joined(found, part.generator) if joins else found
        return _with(part, spread(cases, lambda one: (one.machine, one.state), begin))

    def _of(self, part: Part, stage: str) -> Iterator[Case]:
        return part.generator.cases([stage] if part.stages is None or stage in part.stages else [])


def _with(part: Part, cases: Iterable[Case]) -> Iterator[tuple[Part, Case]]:
    return ((part, case) for case in cases)
