"""Material: what the pages of the site are made of. Scenarios are staged, and their logs held against the model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from docs.documents import DocumentError
from docs.search_evidence import VERIFY, Evidence
from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.checking import Checked, check
from payrelay.cli.errors import UsageError
from payrelay.cli.log_options import Asked
from payrelay.cli.runs import Runs, runs_named, staged
from payrelay.cli.selection import select
from payrelay.language.links import Link, role_of
from payrelay.language.observations import RECEIVED, SENT, Event
from payrelay.language.properties import Property
from payrelay.language.role import RoleTable, role_table
from payrelay.language.scenarios import Scenario
from payrelay.language.systems import System
from payrelay.language.traces import Plain, Trace, in_words_of_step


@dataclass(frozen=True)
class Shown:
    """An event by which a scenario exhibits an element of a claim."""

    verdict: str
    """exhibited, partly_exhibited, not_exhibited or not_exhibitable."""
    step: int | None = None
    event: Event | None = None


@dataclass(frozen=True)
class Story:
    """A scenario: its run, its log as all parties would write it, and what `check-trace` says of that log."""

    scenario: Scenario
    trace: Trace
    events: tuple[tuple[int, Event], ...]
    """Each with the number of its step."""
    checked: Checked

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return self.scenario.name

    @property
    def log(self) -> str:
        """The log as `check-trace` reads it."""
        return _lines(self.events)

    @property
    def told(self) -> str:
        """The run in words."""
        lines = []
        for step in self.trace.steps:
            headline, *details = in_words_of_step(step)
            lines += [f"{step.n:>2}. {headline}", *(f"      {detail}" for detail in details)]
        return "\n".join(lines)

    @cached_property
    def shown(self) -> dict[int, tuple[Shown, ...]]:
        """By claim, what it exhibits of each element."""
        return {
            claim["claim"]: tuple(self._shown(element) for element in claim["elements"])
            for claim in self.checked.exhibits.claims()
        }

    def _shown(self, element: dict[str, Any]) -> Shown:
        line = element["line"]
        return Shown(element["verdict"], *(self.events[line - 1] if line else ()))


def log_of(system: System, trace: Trace) -> Iterator[tuple[int, Event]]:
    """What every party of a run would write down, in order, each event with the number of its step."""
    links = {
        (frozenset(link.ends), kind.__name__): (link, kind.given) for link in system.links for kind in link.carries
    }

    def event(message: dict[str, Plain], direction: str) -> Iterator[Event]:
        sender, receiver, name = message["from"], message["to"], message["message"]
        found = links.get((frozenset((role_of(sender), role_of(receiver))), name))
        if found is None:  # what a user does goes over no link
            return
        link, given = found
        told = {key: value for key, value in message["fields"].items() if key not in given}
        yield Event(link.name, sender, receiver, direction, {"message": name, "fields": told}, "1")

    for step in trace.steps:
        happened = [*event(step.receives, RECEIVED)] if step.receives and step.kind in ("deliver", "duplicate") else []
        happened += [one for message in step.sends for one in event(message, SENT)]
        yield from ((step.n, one) for one in happened)


def _lines(events: Iterable[tuple[int, Event]]) -> str:
    return "".join(f"{event.to_line()}\n" for _, event in events)


def story(catalogue: Catalogue, scenario: Scenario) -> Story:
    """Stage a scenario, and hold its log against the model. Raises DocumentError if the two disagree."""
    trace = staged(catalogue, scenario)
    system = catalogue.system(select(catalogue, scenario.configuration.split()).configurations[0])
    events = tuple(log_of(system, trace))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.ndjson"
        file.write_text(_lines(events), encoding="utf-8")
        checked = check(catalogue, str(file), Asked((scenario.configuration,)))
    if checked.verdict != "explained":
        raise DocumentError(f"{scenario.name}: check-trace does not explain its log: {checked.verdict}")
    return Story(scenario, trace, events, checked)


@dataclass(frozen=True)
class Machine:
    """One of a party's machines."""

    table: RoleTable
    role: type[Any]


@dataclass(frozen=True)
class Material:
    """The model, its evidence, and the stories."""

    catalogue: Catalogue
    evidence: Evidence | None
    stories: tuple[Story, ...]

    @cached_property
    def systems(self) -> list[System]:
        """Those of the default set."""
        return [self.catalogue.system(one) for one in self.catalogue.default_set]

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All links, each once, with all that it carries in any configuration."""
        found: dict[str, Link] = {}
        for link in (link for system in self.systems for link in system.links):
            known = found.setdefault(link.name, link)
            found[link.name] = replace(known, carries=tuple(dict.fromkeys((*known.carries, *link.carries))))
        return tuple(found.values())

    def only_in(self, link: Link) -> list[str]:
        """The configurations in which a link carries anything, if there are some in which it does not."""
        carrying = [any(one.name == link.name and one.carries for one in system.links) for system in self.systems]
        named = zip(self.catalogue.default_set, carrying, strict=True)
        return [] if all(carrying) else [configuration.name for configuration, carries in named if carries]

    @cached_property
    def parties(self) -> dict[str, list[Machine]]:
        """The roles, in the order in which links name them, each with its machines."""
        belongs = {one.table.name: role_of(one.party) for system in self.systems for one in system.instances}
        found: dict[str, list[Machine]] = {end: [] for link in self.links for end in link.ends}
        for role in self.catalogue.roles:
            table = role_table(role)
            found[belongs[table.name]].append(Machine(table, role))
        return found

    def property_named(self, name: str) -> Property:
        """The property of a name."""
        return next(one for one in self.catalogue.properties if one.name == name)

    def variants_against(self, prop: Property) -> list[str]:
        """The faulty variants that must violate a property."""
        return [one.name for one in self.catalogue.variants if {prop.name, prop.label} & set(one.violates)]

    def violation(self, variant: str, prop: Property) -> Runs | None:
        """A shortest run in which a faulty variant violates a property; None if it takes no run to see it."""
        try:
            return runs_named(Surroundings(lambda: self.catalogue, 0), [variant], [prop.name])
        except UsageError:
            return None

    @property
    def warning(self) -> str:
        """What to say beside figures, if they are not of this model."""
        if self.evidence is not None and self.evidence.is_current:
            return ""
        return (
            f"```{{warning}}\nThe verdicts here speak of an earlier model, or there are none yet: `{VERIFY}`.\n```\n\n"
        )
