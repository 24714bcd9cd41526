"""The catalogue: what there is to search, and where a command gets it from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrelay.language.configurations import Configuration
    from payrelay.language.edits import Edit, Variant
    from payrelay.language.observations import OpenValues
    from payrelay.language.properties import Property
    from payrelay.language.role import Role
    from payrelay.language.scenarios import Family, Scenario
    from payrelay.language.systems import System
    from payrelay.language.timers import Timer
    from payrelay.model.claims import Claim


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Everything that has a name in a model."""

    configurations: tuple[Configuration, ...]
    properties: tuple[Property, ...]
    build: Callable[[Any, tuple[Edit, ...]], System]
    slow: frozenset[str] = frozenset()
    """The configurations that are left out of the default set."""
    variants: tuple[Variant, ...] = ()
    claims: tuple[Claim, ...] = ()
    open_values: OpenValues | None = None
    """Which values foreign messages may have others for."""
    roles: tuple[type[Role], ...] = ()
    timers: tuple[Timer, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    families: tuple[Family, ...] = ()

    @property
    def default_set(self) -> tuple[Configuration, ...]:
        """What is searched if nothing else is asked for."""
        return tuple(one for one in self.configurations if one.name not in self.slow)

    def variant(self, name: str) -> Variant:
        """The variant of a name."""
        found = next((one for one in self.variants if one.name == name), None)
        if found is None:
            from payrelay.language.configurations import ConfigurationError, did_you_mean

            raise ConfigurationError(f"no variant '{name}'{did_you_mean(name, [one.name for one in self.variants])}")
        return found

    def properties_of(self, names: tuple[str, ...]) -> tuple[Property, ...]:
        """The properties of these names, in the order of the model."""
        return tuple(one for one in self.properties if one.name in names)

    def system(self, configuration: Configuration) -> System:
        """The system of a configuration, faulty as its variant says."""
        edits = self.variant(configuration.variant).edits if configuration.variant else ()
        return self.build(configuration, edits)


def payments() -> Catalogue:
    """The payment protocol. Takes the time that it takes to import it."""
    from payrelay.model import configurations, timers
    from payrelay.model.claims import CLAIMS
    from payrelay.model.open_values import OPEN_VALUES
    from payrelay.model.properties import PROPERTIES
    from payrelay.model.protocol import ROLES, build
    from payrelay.model.scenarios import FAMILIES, SCENARIOS
    from payrelay.model.variants import VARIANTS

    return Catalogue(
        configurations=configurations.CONFIGURATIONS,
        properties=PROPERTIES,
        build=build,
        slow=frozenset(one.name for one in getattr(configurations, "SLOW", ())),
        variants=VARIANTS,
        claims=CLAIMS,
        open_values=OPEN_VALUES,
        roles=ROLES,
        timers=timers.TIMERS,
        scenarios=SCENARIOS,
        families=FAMILIES,
    )


@dataclass(frozen=True)
class Surroundings:
    """What a command works on, and how many processes may work at the same time."""

    load: Callable[[], Catalogue] = payments
    processes: int | None = None
    """None: one for each core; 0: none, everything is searched in this process."""
