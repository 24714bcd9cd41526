"""Roles: a page for each party of the protocol, with the pictures and tables of its machines."""

from __future__ import annotations

from collections.abc import Iterator

from docs.model_tables import messages_table, state_table
from docs.site.drawings import PICTURES, drawn, figure, toctree
from docs.site.material import Machine, Material, Story
from docs.tables import first_line, table
from payrelay.cli.runs import runs_of
from payrelay.diagrams.machine_pictures import machines_drawing
from payrelay.diagrams.machines import machine
from payrelay.diagrams.network_pictures import network_drawing
from payrelay.diagrams.networks import network
from payrelay.diagrams.outputs import RowOutputs, row_outputs
from payrelay.diagrams.sequence.reading import lifelines
from payrelay.diagrams.svg import svg
from payrelay.language.links import role_of


def pages(material: Material) -> Iterator[tuple[str, str]]:
    """The pages, by file."""
    yield "roles/index.md", _index(material)
    for party in material.parties:
        yield f"roles/{party}.md", _page(material, party)


def files(material: Material) -> Iterator[tuple[str, str]]:
    """The pictures, by file."""
    yield f"{PICTURES}/network.svg", svg(network_drawing(network(material.systems), "The network"))
    rows = [(one.table.name, row.name) for of in material.parties.values() for one in of for row in one.table.rows]
    outputs = row_outputs(material.systems, rows)
    for party, machines in material.parties.items():
        first = _takes_part(material, party)[0]
        yield f"{PICTURES}/{party}.seen.svg", drawn(runs_of(first.scenario, first.trace), party)
        for one in machines:
            yield f"{PICTURES}/{one.table.name}.svg", _machine(one, outputs)


def _machine(one: Machine, outputs: RowOutputs) -> str:
    return svg(machines_drawing([machine(one.table, outputs)], one.table.name))


def _index(material: Material) -> str:
    rows = (
        (f"[{party}]({party}.md)", ", ".join(f"`{one.table.name}`" for one in machines), _links_of(material, party))
        for party, machines in material.parties.items()
    )
    return (
        "# Roles\n\nA role is made of one or more machines. These are the roles, and what joins them.\n\n"
        + figure("network", "The parties, and the links between them, each with the messages that it carries")
        + f"\n{table(('role', 'machines', 'speaks with'), rows)}\n"
        + toctree(list(material.parties))
    )


def _links_of(material: Material, party: str) -> str:
    others = dict.fromkeys(end for link in material.links if party in link.ends for end in link.ends if end != party)
    return ", ".join(others)


def _takes_part(material: Material, party: str) -> list[Story]:
    return [one for one in material.stories if party in map(role_of, lifelines(one.trace))]


def _page(material: Material, party: str) -> str:
    machines = material.parties[party]
    scenarios = [one.name for one in _takes_part(material, party)]
    text = f"# {party.capitalize()}\n\n"
    text += "".join(f"* [`{one.table.name}`](#{one.table.name}): {first_line(one.role)}\n" for one in machines)
    text += "* [What it says and hears](#what-it-says-and-hears)\n\n"
    text += material.warning
    seen = f"{scenarios[0]}, as seen by {party}."
    text += figure(f"{party}.seen", seen, seen)
    for one in machines:
        text += f"\n{_about(material, one)}"
    text += "\n## What it says and hears\n\n"
    for link in material.links:
        if party in link.ends and link.carries:
            other = next((end for end in link.ends if end != party), party)
            never = ", ".join(f"`{kind.__name__}`" for kind in link.never)
            text += f"### With the {other}: `{link.name}`\n\n{messages_table(link)}\n"
            text += f"It must never carry {never}.\n\n" if never else ""
            only = ", ".join(f"`{name}`" for name in material.only_in(link))
            text += f"It carries something in {only} only.\n\n" if only else ""
    text += "## Scenarios in which it takes part\n\n"
    text += ", ".join(f"[{name}](../scenarios/{name}.md)" for name in scenarios)
    return f"{text}\n\nIn a terminal: `payrelay draw machine {party}`, `payrelay explain {machines[0].table.name}`.\n"


def _about(material: Material, one: Machine) -> str:
    name = one.table.name
    text = f"## {name}\n\n"
    text += figure(name, f"The machine {name}: its states, and what leads from one to another") + "\n"
    text += state_table(one.role)
    timers = [
        (f"`{timer.name}`", f"{timer.seconds:g} s", timer.meaning, ", ".join(f"`{state}`" for state in running))
        for timer in material.catalogue.timers
        if (running := [state for state in one.table.states if timer.name in one.table.timers_in(state)])
    ]
    text += f"\n{table(('timer', 'default', 'what it is', 'runs in'), timers)}" if timers else ""
    if material.evidence is not None and (found := material.evidence.found["together"]["rows"].get(name)):
        text += f"\nThe searches of the default set take {found[0]} of its {found[1]} rows.\n"
        unseen = material.evidence.found["unseen"]["rows"].get(name, [])
        text += "".join(f"* Never taken: `{row}`\n" for row in unseen)
    faulty = [of for of in material.catalogue.variants if any(edit.role == name for edit in of.edits)]
    if faulty:
        text += "\nFaulty variants, each to be seen by `payrelay draw sequence NAME`:\n\n"
        text += "".join(f"* `{of.name}`: {of.story}\n" for of in faulty)
    return text
