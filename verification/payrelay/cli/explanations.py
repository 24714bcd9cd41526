"""Explanations: what each thing that has a name means, derived from the model that has it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from payrelay.cli import exit_codes, words
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.exit_codes import ExitCode
from payrelay.language.configurations import Configuration
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Stimulus, content_fields, event_name
from payrelay.language.properties import Atom, Property, conjunct_name

if TYPE_CHECKING:
    from payrelay.language.edits import Variant
    from payrelay.language.role import Role, RoleTable
    from payrelay.language.scenarios import Family, Scenario
    from payrelay.language.systems import System
    from payrelay.language.timers import Timer
    from payrelay.model.claims import Claim

Lines = Iterator[str]

SHOWN_ON_A_WIRE = "Only an observer of real messages can see it; it is listed, and no search says anything about it."
LEVELS = {
    "searched": "It is judged by searching all runs of a configuration.",
    "structural": "It is judged on the network of a configuration, without a search.",
    "function": "It is judged by trying a pure function on everything that it can be given.",
    "wire": SHOWN_ON_A_WIRE,
}


class Explainer:
    """Explains the names of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def explain(self, name: str) -> list[list[str]]:
        """Everything that has this name, each as lines; an empty list if nothing has."""
        wanted = _plain(name)
        found = [tuple(explain()) for key, explain in self._entries() if _plain(key) == wanted]
        return [list(lines) for lines in dict.fromkeys(found)]

    def names(self) -> list[str]:
        """Every name that can be explained."""
        return sorted({key for key, _ in self._entries()})

    def _entries(self) -> Iterator[tuple[str, Callable[[], Lines]]]:
        """Every name, with what explains it."""
        catalogue = self.catalogue
        for prop in catalogue.properties:
            for key in dict.fromkeys([prop.name, prop.label]):
                yield key, lambda prop=prop: self._property(prop)  # type: ignore[misc]
        for configuration in catalogue.configurations:
            yield configuration.name, lambda of=configuration: self._configuration(of)  # type: ignore[misc]
        for variant in catalogue.variants:
            yield variant.name, lambda of=variant: self._variant(of)  # type: ignore[misc]
        for scenario in catalogue.scenarios:
            yield scenario.name, lambda of=scenario: self._scenario(of)  # type: ignore[misc]
        for family in catalogue.families:
            yield family.name, lambda of=family: self._family(of)  # type: ignore[misc]
        for kind in self._inputs:
            for key in dict.fromkeys([kind.__name__, event_name(kind)]):
                yield key, lambda of=kind: self._input(of)  # type: ignore[misc]
        for party in self._parties:
            yield party, lambda of=party: self._party(of)  # type: ignore[misc]
        for role in (role for role in catalogue.roles if event_name(role) in self._tables):
            for key in dict.fromkeys([role.__name__, event_name(role)]):
                yield key, lambda of=role: self._role(of)  # type: ignore[misc]
        for timer in catalogue.timers:
            yield timer.name, lambda of=timer: self._timer(of)  # type: ignore[misc]
        for claim in catalogue.claims:
            for key in (str(claim.number), f"claim {claim.number}"):
                yield key, lambda of=claim: self._claim(of)  # type: ignore[misc]
        for word in words.MEANINGS:
            yield word, lambda of=word: self._verdict(of)  # type: ignore[misc]
        yield "exit", self._exits
        yield "exit codes", self._exits
        for code in ExitCode:
            for key in (str(int(code)), f"exit {int(code)}", f"exit code {int(code)}"):
                yield key, lambda of=code: self._exit(of)  # type: ignore[misc]

    @cached_property
    def _systems(self) -> list[System]:
        return [self.catalogue.system(configuration) for configuration in self.catalogue.configurations]

    @cached_property
    def _tables(self) -> dict[str, RoleTable]:
        return {one.table.name: one.table for system in self._systems for one in system.instances}

    @cached_property
    def _inputs(self) -> list[type[Input]]:
        """What can be sent, told or done."""
        carried = [kind for system in self._systems for link in system.links for kind in link.carries]
        taken = [kind for table in self._tables.values() for kind in table.inputs]
        return list(dict.fromkeys([*carried, *taken]))

    @cached_property
    def _parties(self) -> dict[str, list[str]]:
        """The machines of every role of a party, by their tables' names."""
        parties: dict[str, list[str]] = {}
        for one in (one for system in self._systems for one in system.instances):
            machines = parties.setdefault(role_of(one.party), [])
            if one.table.name not in machines:
                machines.append(one.table.name)
        return parties

    def _scenario(self, of: Scenario) -> Lines:
        yield f"{of.name}, a scenario"
        yield of.says
        yield f"What is decided and what goes wrong in it: {', '.join(map(str, of.turns))}."
        yield f"It is a run of the configuration {of.configuration}."
        yield f"Draw it: payrelay draw sequence {of.name}"

    def _family(self, of: Family) -> Lines:
        yield f"{of.name}, a family of scenarios"
        yield of.says
        yield f"Its scenarios: {', '.join(of.scenarios)}."
        yield f"Draw it: payrelay draw sequence {of.name}"

    def _property(self, prop: Property) -> Lines:
        yield f"{prop.name} ({prop.label}), a property"
        yield f"  {prop.says}"
        source = [f"claim {number}" for number in prop.claims] + ([prop.source] if prop.source else [])
        yield f"  From: {', '.join(source) or 'no claim'}. {LEVELS[prop.level]}"
        for conjunct in prop.conjuncts:
            yield f"  {conjunct_name(conjunct)}"
        silent = [system.configuration.name for system in self._systems if prop.absent and prop.absent(system)]
        if silent:
            yield f"  It does not speak of: {', '.join(silent)}."
        variants = [one.name for one in self.catalogue.variants if {prop.name, prop.label} & set(one.violates)]
        for name in dict.fromkeys([*([prop.variant] if prop.variant else []), *variants]):
            yield f"  See it violated: payrelay verify {name} --property {prop.label}"
        if prop.level != "wire":
            yield f"  See its verdict: payrelay verify --property {prop.label}"

    def _configuration(self, of: Configuration) -> Lines:
        yield f"{of.name}, a configuration"
        yield f"  {of.says}"
        yield f"  Faults: {of.scope()}."
        settings = ", ".join(
            f"{key}={_text(value)}" for key, value in of.value().items() if key not in ("name", "says")
        )
        yield f"  {settings}"
        if of.name in self.catalogue.slow:
            yield "  It takes long, and is searched only when it is named."
        yield f"  Search it: payrelay verify {of.name}"

    def _variant(self, of: Variant) -> Lines:
        yield f"{of.name}, a faulty variant"
        yield f"  {of.story}"
        yield f"  It must violate: {', '.join(of.violates)}."
        yield f"  It is told in: {of.configuration}."
        for edit in of.edits:
            where = [getattr(edit, name) for name in ("state", "event", "action", "target") if getattr(edit, name)]
            yield f"  {type(edit).__name__} in {edit.role}: {', '.join(where) or 'the role'}"
        yield f"  See it caught: payrelay verify {of.name}"

    def _input(self, of: type[Input]) -> Lines:
        kind = "a message" if issubclass(of, Message) else "what a user or the world does"
        if not issubclass(of, Message | Stimulus):
            kind = "what one machine tells another of its party"
        yield f"{of.__name__}, {kind}"
        yield f"  {_docstring(of)}"
        if issubclass(of, Message):
            yield f"  From: {of.claim or 'nothing that it names'}."
        yield f"  Fields: {', '.join(content_fields(of)) or 'none'}."
        links = {link.name: link for system in self._systems for link in system.links if of in link.carries}
        for link in links.values():
            section = f", {link.section}" if link.section else ""
            yield f"  It can travel on {link.name}, between {link.ends[0]} and {link.ends[1]}{section}."
        for name, table in self._tables.items():
            states = [state for state in table.states if table.rows_of(state, event_name(of))]
            if states:
                yield f"  {name} takes it in: {', '.join(states)}."
        speaking = [prop for prop in self.catalogue.properties if any(_speaks_of(one, of) for one in prop.conjuncts)]
        if speaking:
            yield f"  Properties that speak of it: {', '.join(f'{prop.label} {prop.name}' for prop in speaking)}."
            yield f"  See one: payrelay verify --property {speaking[0].label}"
        elif self.catalogue.configurations:
            yield f"  See what a search delivers: payrelay verify {self.catalogue.configurations[0].name}"

    def _party(self, of: str) -> Lines:
        yield f"{of}, a party"
        yield f"  Its machines: {', '.join(self._parties[of])}."
        links = {link.name: link for system in self._systems for link in system.links if of in link.ends}
        for link in links.values():
            other = link.ends[link.ends[0] == of]
            carried = ", ".join(kind.__name__ for kind in link.carries)
            yield f"  {link.name} joins it to {other}, and carries {carried or 'nothing'}."
        yield "  See one: payrelay explain " + self._parties[of][0]

    def _role(self, of: type[Role]) -> Lines:
        from payrelay.verification.coverage import grid

        table = self._tables[event_name(of)]
        parties = [party for party, machines in self._parties.items() if table.name in machines]
        yield f"{table.name}, a machine{' of ' + ' and '.join(parties) if parties else ''}"
        yield f"  {_docstring(of)}"
        yield f"  States: {', '.join(table.states)}. It begins in {table.initial}."
        yield f"  Inputs: {', '.join(kind.__name__ for kind in table.inputs)}."
        if table.timers:
            yield f"  Timers: {', '.join(table.timers)}."
        handled, ignored, errors = grid(table)
        pairs = f"{handled} of its pairs of a state and an input, passes {ignored} over by name"
        yield f"  {len(table.rows)} rows; it handles {pairs}, and takes {errors} for protocol errors."
        yield "  See its coverage: payrelay verify"

    def _timer(self, of: Timer) -> Lines:
        yield f"{of.name}, a timer"
        yield f"  {of.meaning[:1].upper()}{of.meaning[1:]}; {of.seconds:g} s in a server. A search needs no period."
        for name, table in self._tables.items():
            states = [state for state in table.states if of.name in table.timers_in(state)]
            if states:
                yield f"  It runs in {name}: {', '.join(states)}."
        running = [one.name for one in self.catalogue.configurations if one.runs(of.name)]
        if running:
            yield f"  See it run out: payrelay verify {running[0]}"

    def _claim(self, of: Claim) -> Lines:
        from payrelay.cli.claim_verdicts import NO_OPINION

        yield f"claim {of.number}"
        for one in of.elements:
            yield f"  {one.text}"
            yield f"    model: {one.model}; properties: {', '.join(one.properties) or 'none'}"
            if one.wire:
                yield f"    on a wire: {one.wire}"
            if one.remark:
                yield f"    {one.remark}"
        yield "  See the verdicts: payrelay claims"
        yield f"  {NO_OPINION}"

    def _verdict(self, of: str) -> Lines:
        yield f"{of}, a verdict"
        yield f"  {words.MEANINGS[of]}"
        yield "  See verdicts: payrelay verify happy"

    def _exit(self, of: ExitCode) -> Lines:
        yield f"exit code {int(of)}"
        yield f"  {exit_codes.MEANINGS[of]}."
        yield "  See them all: payrelay explain exit"

    def _exits(self) -> Lines:
        yield "exit codes"
        for code, meaning in exit_codes.MEANINGS.items():
            yield f"  {int(code):>3}  {meaning}"
        order = ", ".join(str(int(code)) for code in exit_codes.PRECEDENCE)
        yield f"  If several are due, the first of these: {order}."
        yield "  See one: payrelay verify happy; echo $?"


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _docstring(of: type) -> str:
    """The first paragraph of a class's own docstring."""
    text = inspect.cleandoc(of.__dict__.get("__doc__") or "")
    return " ".join(text.partition("\n\n")[0].split()) or "It says nothing of itself."


def _speaks_of(conjunct: Any, kind: type) -> bool:
    values = [getattr(conjunct, field.name) for field in fields(conjunct)]
    parts = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    return any(isinstance(part, Atom) and getattr(part, "message", None) is kind for part in parts)
