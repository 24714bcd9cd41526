"""`payrelay draw machine`: the machines of a role, from their tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.drawing import drawn
from payrelay.cli.limits import limited
from payrelay.diagrams.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payrelay.cli.subjects import Subject
    from payrelay.language.role import RoleTable
    from payrelay.language.systems import System

EXAMPLE = """
\b
Examples:
  payrelay draw machine wallet                             to read in a terminal
  payrelay draw machine relay --output relay.svg
  payrelay draw machine relay_procedure --format mermaid   one machine of the relay
  payrelay draw machine relay --variant broken_sender_unchecked --output broken.svg
  payrelay draw machine relay faults --coverage --output covered.svg
  payrelay draw machine two_phase_commit                   a protocol that is not ours

\b
ROLE is terminal, relay, shop, wallet, payment or authority, for all machines of such a party; one of these machines,
by the name of its table or class; or a classic, or one of its machines.

Exit codes: 0 drawn, 2 wrong usage; with --coverage 4 if the search was cut short, 130 interrupted.
"""


@click.command("machine", short_help="Draw the machines of a role.", epilog=EXAMPLE)
@click.argument("role", metavar="ROLE")
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option("--variant", metavar="NAME", help="Draw the machines of a faulty variant, with what is edited in red.")
@click.option("--coverage", is_flag=True, help="Search first, and draw red what was never seen at work.")
@drawn(FORMATS)
@limited
@click.pass_obj
def command(
    surroundings: Surroundings,
    role: str,
    words: tuple[str, ...],
    variant: str | None,
    coverage: bool,
    format: str | None,
    output: Path | None,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Draw the machines of a role: states, rows with their guards, and what comes of each.

    What a row sends is found by trying it in the configuration, or in those of the default set; a row that nothing
    there leads to is said to be not reached.
    """
    from payrelay.cli import covering, drawing
    from payrelay.cli.files import check_writable
    from payrelay.diagrams import machine_texts
    from payrelay.diagrams.machine_pictures import machines_drawing
    from payrelay.diagrams.machines import machine
    from payrelay.diagrams.outputs import row_outputs
    from payrelay.diagrams.svg import svg

    wanted = drawing.format_of(format, output)
    of, tables = _found(surroundings, role, words, variant)
    if output:
        check_writable(output)
    systems = of.systems()
    covered = covering.covered(of, surroundings, max_states, max_memory, time_limit) if coverage else None
    outputs = row_outputs(systems, [(table.name, row.name) for table in tables for row in table.rows])
    originals = {table.name: table for table in _tables(of.unedited())} if of.variant else {}
    machines = [
        machine(
            table,
            outputs,
            original=originals.get(table.name),
            fired=covered.coverage.rows[table.name].seen if covered else None,
            searched=covered.searched if covered else "",
        )
        for table in tables
    ]
    title = f"{role}, {of.named}" if words or variant else role
    writers = {
        "text": machine_texts.machines_text,
        "svg": lambda *of: svg(machines_drawing(*of)),
        "mermaid": machine_texts.machines_mermaid,
        "plantuml": machine_texts.machines_plantuml,
    }
    drawing.put(writers[wanted](machines, title), output)
    return covered.code if covered else 0


def _found(
    surroundings: Surroundings, role: str, words: tuple[str, ...], variant: str | None
) -> tuple[Subject, list[RoleTable]]:
    """What is drawn, and the tables of the role there."""
    from payrelay.cli.classics import CLASSICS
    from payrelay.cli.errors import UsageError
    from payrelay.cli.subjects import subject
    from payrelay.language.configurations import did_you_mean

    of = subject(surroundings, words, variant)
    named = _names(of.systems())
    if role in named:
        return of, named[role]
    names = set(named)
    if not words and not variant:
        for name in CLASSICS:
            classic = subject(surroundings, [name])
            of_classic = {name: _tables(classic.systems()), **_names(classic.systems())}
            if role in of_classic:
                return classic, of_classic[role]
            names |= set(of_classic)
    elif role in _names([of.catalogue.system(one) for one in of.catalogue.configurations]):
        others = ", ".join(sorted(name for name in named if name.islower()))
        raise UsageError(f"'{role}' takes no part in {of.named}; there is: {others}")
    raise UsageError(f"no role '{role}'{did_you_mean(role, names)}")


def _tables(systems: Iterable[System]) -> list[RoleTable]:
    """All tables, each once."""
    return list({one.table.name: one.table for system in systems for one in system.instances}.values())


def _names(systems: list[System]) -> dict[str, list[RoleTable]]:
    """The tables by every name that a role has: of its party, of its table, and of its class."""
    from payrelay.language.links import role_of

    named: dict[str, list[RoleTable]] = {}
    for table in _tables(systems):
        named["".join(word.capitalize() for word in table.name.split("_"))] = [table]
        named[table.name] = [table]
    parties: dict[str, dict[str, RoleTable]] = {}
    for one in (one for system in systems for one in system.instances):
        parties.setdefault(role_of(one.party), {}).setdefault(one.table.name, one.table)
    return {**named, **{party: list(tables.values()) for party, tables in parties.items()}}
