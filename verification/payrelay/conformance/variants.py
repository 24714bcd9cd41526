"""Variants: faulty systems that the kit must not let pass, and by which its power is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from payrelay.conformance.course import Course, Crashed, Move, Place
from payrelay.conformance.generation import Generator
from payrelay.conformance.parties import Cell
from payrelay.conformance.ways import row_of
from payrelay.host.faults import FAULTS, SOUND, Fault
from payrelay.language.edits import Edit
from payrelay.language.messages import Restart
from payrelay.language.role import Handled, RoleTable
from payrelay.model.protocol import tables
from payrelay.model.variants import VARIANTS
from payrelay.verification.mutants.mutation import Mutation, Outputs, mutations, outputs_of


@dataclass(frozen=True)
class Variant:
    """One faulty system."""

    name: str
    operator: str
    """The kind of mutation, `seam` for what no table says, or `story`."""
    edits: tuple[Edit, ...] = ()
    fault: Fault = field(default=SOUND)

    @property
    def tables(self) -> dict[str, RoleTable] | None:
        """The roles' tables, edited."""
        return tables(self.edits) if self.edits else None


def cells_of(course: Course, moves: Iterable[Move], under_test: frozenset[str]) -> dict[Cell, None]:
    """Where the parties under test are tried in a run: each state and input, in order."""
    place, found = course.start, dict[Cell, None]()
    for move in moves:
        after = course.after(place, move)
        for reaction in after.reactions:
            for moved in reaction.moves:
                instance = course.system.instances[moved.machine]
                if instance.party in under_test:
                    found[instance.table.name, moved.before.control, moved.received.event] = None
        if isinstance(move, Crashed):
            found.update(dict.fromkeys(_crashed(course, place, move)))
        place = after.place
    return found


def _crashed(course: Course, place: Place, move: Crashed) -> Iterator[Cell]:
    for machine in course.system.machines_of[move.party]:
        yield course.system.instances[machine].table.name, place.locals[machine].control, Restart().event


def seen_outputs(generators: Iterable[Generator]) -> Mapping[tuple[str, str], Outputs]:
    """What each row of the parties under test was seen to send, tell and do in the runs without faults."""
    found: dict[tuple[str, str], Outputs] = {}
    for generator in generators:
        course = generator.course
        for step in generator.explored.came_by.values():
            if step is None:
                continue
            for reaction in course.after(*step).reactions:
                for moved in reaction.moves:
                    table = course.system.instances[moved.machine].table
                    row = row_of(table, moved.before, moved.received)
                    if row is not None and isinstance(moved.answer, Handled):
                        key = table.name, row.name
                        found[key] = found.get(key, Outputs()) | outputs_of(moved.answer.outputs)
    return found


def variants_of(generators: tuple[Generator, ...]) -> list[Variant]:
    """The variants of the parties under test: every edit of their tables, the faults of the seam, and those with
    stories."""
    own: dict[str, RoleTable] = {}
    for generator in generators:
        for number in generator.own:
            table = generator.course.system.instances[number].table
            own[table.name] = table
    outputs = seen_outputs(generators)
    found = [_edited(one) for table in own.values() for one in mutations(table, outputs)]
    found += [Variant(fault.name, "seam", fault=fault) for fault in FAULTS]
    for story in VARIANTS:
        if {edit.role for edit in story.edits} & set(own):
            found.append(Variant(story.name, "story", tuple(story.edits)))
    return found


def _edited(mutation: Mutation) -> Variant:
    return Variant(mutation.name, mutation.kind, mutation.edits)


def operators(variants: Iterable[Variant]) -> Counter[str]:
    """How many variants there are of each operator."""
    return Counter(one.operator for one in variants)
