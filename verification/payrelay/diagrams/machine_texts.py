"""Machine texts: roles for Mermaid, for PlantUML, and as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payrelay.diagrams.colours import INK, LINE, RED
from payrelay.diagrams.escaping import mermaid, plantuml
from payrelay.diagrams.machines import Line, Machine, Mark, states_of

COLOURS: dict[Mark, str] = {"": LINE, "fired": INK, "never": RED, "added": RED, "removed": RED}


def said(line: Line) -> str:
    """A row in one line: its number, what it reacts to, what must hold, what it does and sends."""
    guards = f" [{' and '.join(line.guards)}]" if line.guards else ""
    action = f" / {line.action}" if line.action else ""
    sends = f" ({', '.join(line.sends)})" if line.sends else ""
    mark = {"removed": ", removed", "added": ", edited", "never": ", never seen"}.get(line.mark, "")
    return f"{line.number} {line.event}{guards}{action}{sends}{mark}"


def machines_mermaid(machines: Sequence[Machine], title: str) -> str:
    """A flowchart of Mermaid, each machine a part of it: its own state diagrams cannot colour an arrow."""
    lines = ["flowchart TD", f'  subgraph all["{mermaid(title)}"]']
    styles: list[str] = []
    links = 0
    for place, machine in enumerate(machines, 1):
        ids = {state: f"m{place}s{number}" for number, state in enumerate(states_of(machine), 1)}
        lines.append(f'  subgraph m{place}["{mermaid(_heading(machine))}"]')
        lines.append(f'    m{place}begin((" ")) --> {ids[machine.table.initial]}')
        styles.append(f"  style m{place}begin fill:{INK},stroke:{INK}")
        links += 1
        for state, name in ids.items():
            rows = [mermaid(said(line)) for line in machine.lines_of(state) if line.row.target == state]
            label = "<br/>".join([f"<b>{mermaid(state)}</b>", *rows])
            is_ended = state in machine.table.ended
            lines.append(f'    {name}[["{label}"]]' if is_ended else f'    {name}("{label}")')
        for arrow in machine.arrows:
            label = "<br/>".join(mermaid(said(line)) for line in arrow.lines)
            dash = "-.->" if arrow.is_dashed else "-->"
            lines.append(f'    {ids[arrow.source]} {dash}|"{label}"| {ids[arrow.target]}')
            if arrow.mark:
                colour = COLOURS[arrow.mark]
                styles.append(f"  linkStyle {links} stroke:{colour},color:{colour}")
            links += 1
        lines.append("  end")
    return "\n".join([*lines, "  end", *styles]) + "\n"


def machines_plantuml(machines: Sequence[Machine], title: str) -> str:
    """A state diagram of PlantUML, each machine a state with states inside if there are several."""
    lines = ["@startuml", f"title {plantuml(title)}", "hide empty description"]
    for place, machine in enumerate(machines, 1):
        ids = {state: f"m{place}s{number}" for number, state in enumerate(states_of(machine), 1)}
        lines.append(f'state "{plantuml(_heading(machine))}" as m{place} {{')
        lines.append(f"  [*] --> {ids[machine.table.initial]}")
        for state, name in ids.items():
            ended = " ##[bold]" if state in machine.table.ended else ""
            lines.append(f'  state "{plantuml(state)}" as {name}{ended}')
            stays = [line for line in machine.lines_of(state) if line.row.target == state]
            lines += [f"  {name} : {_coloured(line)}" for line in stays]
        for arrow in machine.arrows:
            label = "\\n".join(_coloured(line) for line in arrow.lines)
            dashed = ",dashed" if arrow.is_dashed else ""
            lines.append(f"  {ids[arrow.source]} -[{COLOURS[arrow.mark]}{dashed}]-> {ids[arrow.target]} : {label}")
        lines.append("}")
    return "\n".join([*lines, "@enduml"]) + "\n"


def machines_text(machines: Sequence[Machine], title: str) -> str:
    """The machines to be read in a terminal, a state and its rows at a time."""
    return "".join(f"{line}\n" for line in _lines(machines, title))


def _lines(machines: Sequence[Machine], title: str) -> Iterator[str]:
    yield title
    for machine in machines:
        yield ""
        yield f"{machine.name}: {machine.figures}"
        if machine.remark:
            yield f"  {machine.remark}"
        for state in machine.table.states:
            initial = ", where it begins" if state == machine.table.initial else ""
            ended = ", ended" if state in machine.table.ended else ""
            yield f"  {state}{initial}{ended}"
            for line in machine.lines_of(state):
                target = "" if line.row.target == state else f" -> {line.row.target}"
                yield f"    {said(line)}{target}"


def _heading(machine: Machine) -> str:
    return f"{machine.name}: {machine.remark}" if machine.remark else machine.name


def _coloured(line: Line) -> str:
    text = plantuml(said(line))
    return f"<color:{COLOURS[line.mark]}>{text}</color>" if line.mark not in ("", "fired") else text
