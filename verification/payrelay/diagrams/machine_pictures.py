"""Machine pictures: roles as SVG, each a diagram of its states, and under it the table that its numbers refer to."""

from __future__ import annotations

from collections.abc import Sequence

from payrelay.diagrams.layered import Edge, Node, layered
from payrelay.diagrams.machines import NOT_TRIED, Arrow, Line, Machine, Mark, states_of
from payrelay.diagrams.shapes import (
    Area,
    Box,
    Dot,
    Path,
    Picture,
    Point,
    Style,
    Text,
    baseline,
    stacked,
    svg,
    text_width,
)
from payrelay.diagrams.words import folded

INK, GREY, FAINT, RED = "#1b1f24", "#5b6570", "#cfd6dd", "#c4161c"
STATE_FILL, ENDED_FILL, STATE_LINE = "#eef4fb", "#f4f4f1", "#3b5876"
HEADING, REMARK = Style(17, INK, bold=True), Style(11, GREY)
STATE = Style(12, INK, bold=True)
EVENT, GUARD, NUMBER = Style(11), Style(10.5, GREY), Style(9.5, "#7d5a00", bold=True)
CELL, CELL_BOLD, CELL_GREY, HEAD = (
    Style(10.5),
    Style(10.5, INK, bold=True),
    Style(10.5, GREY),
    Style(9.5, GREY, bold=True),
)
COLUMN = 18.0
LINES: dict[Mark, str] = {"": "#3f4a56", "fired": INK, "never": RED, "added": RED, "removed": RED}
DASHED: frozenset[Mark] = frozenset(("never", "removed"))

HOW_TO_READ = (
    "Numbers are those of the rows in the table. A row on an arrow is what it reacts to, and [what must hold]; a row "
    "that stays in its state stands in its box. Dashed grey: what a crash leaves. Double frame: ended."
)


def machines_svg(machines: Sequence[Machine], title: str) -> str:
    """The machines one under the other."""
    return svg(machines_picture(machines), title)


def machines_picture(machines: Sequence[Machine]) -> Picture:
    """The machines one under the other."""
    sheet = Picture()
    y = 0.0
    for place, machine in enumerate(machines):
        one = machine_picture(machine, is_explained=not place)
        sheet.put(one, 0.0, y)
        y += one.bottom + (0.0 if place == len(machines) - 1 else 44.0)
    return sheet


def machine_picture(machine: Machine, *, is_explained: bool = True) -> Picture:
    """One machine: heading, perhaps with how to read it, diagram, table."""
    table = _table(machine)
    diagram = _diagram(machine)
    width = max(table.right, diagram.right)
    sheet = Picture()
    heading = [(machine.name, HEADING), *((line, REMARK) for line in folded(f"{machine.figures}.", REMARK, width))]
    if machine.remark:
        remark = REMARK._replace(colour=RED)
        said = f"{machine.remark[0].upper()}{machine.remark[1:]}."
        heading += [(line, remark) for line in folded(said, remark, width)]
    heading += [(line, REMARK) for line in folded(HOW_TO_READ, REMARK, width)] if is_explained else []
    sheet.add(*stacked(0.0, 0.0, heading))
    y = sheet.bottom + 16.0
    sheet.put(diagram, round((width - diagram.right) / 2, 1), y)
    sheet.put(table, round((width - table.right) / 2, 1), y + diagram.bottom + 26.0)
    return sheet


Styled = tuple[str, Style]


def _marked(style: Style, mark: Mark) -> Style:
    if mark in ("", "fired"):
        return style
    return style._replace(colour=RED, struck=mark == "removed")


def _state_lines(machine: Machine, state: str) -> list[Styled]:
    return [(stay.label, _marked(GUARD, stay.mark)) for stay in machine.stays(state)]


PADDING = 9.0
PER_END = 13.0
"""How wide a state is at least for each arrow that ends or begins there."""


def _state_size(machine: Machine, state: str) -> tuple[float, float]:
    lines = _state_lines(machine, state)
    width = max([text_width(state, STATE), *(text_width(*line) for line in lines)]) + 2 * PADDING
    height = STATE.height + 10.0 + (sum(style.height for _, style in lines) + 7.0 if lines else 0.0)
    ends = sum(state in (arrow.source, arrow.target) for arrow in machine.arrows)
    return round(max(width, 64.0, ends * PER_END), 1), round(height, 1)


def _label(arrow: Arrow) -> list[list[Styled]]:
    """The label of an arrow: for each row its number and event, and under them its guards."""
    lines: list[list[Styled]] = []
    for line in arrow.lines:
        lines.append([(str(line.number), _marked(NUMBER, line.mark)), (line.event, _marked(EVENT, line.mark))])
        guards = line.guards
        for place, guard in enumerate(guards):
            begin, end = "[" if not place else "and ", "]" if place == len(guards) - 1 else ""
            lines.append([("", NUMBER), (f"{begin}{guard}{end}", _marked(GUARD, line.mark))])
    return lines


BESIDE_LINE = 6.0


def _indent(arrow: Arrow) -> float:
    return max(text_width(str(line.number), NUMBER) for line in arrow.lines) + 4.0


def _label_size(arrow: Arrow) -> tuple[float, float]:
    label = _label(arrow)
    wide = max(text_width(*line[1]) for line in label)
    return BESIDE_LINE + _indent(arrow) + wide, sum(line[1][1].height for line in label)


START = 30.0
"""The room above the first state for where it begins."""


def _diagram(machine: Machine) -> Picture:
    """The states and arrows."""
    sheet = Picture()
    nodes = [Node(state, *_state_size(machine, state)) for state in states_of(machine)]
    arrows = {f"{place}": arrow for place, arrow in enumerate(machine.arrows)}
    edges = [Edge(name, arrow.source, arrow.target, *_label_size(arrow)) for name, arrow in arrows.items()]
    layout = layered(nodes, edges)
    for name, arrow in arrows.items():
        points = tuple(Point(x, y + START) for x, y in layout.routes[name])
        is_plain = arrow.is_restart and arrow.mark in ("", "fired")
        colour = "#9aa4ae" if is_plain else LINES[arrow.mark]
        width = 1.8 if arrow.mark == "fired" else 1.2
        sheet.add(Path(points, colour, width, dashed=arrow.is_restart or arrow.mark in DASHED, arrow="end"))
    for name, arrow in arrows.items():
        x, y = layout.labels[name]
        _put_label(sheet, arrow, x, y + START)
    for node in nodes:
        x, y = layout.nodes[node.id]
        _put_state(sheet, machine, node, x, y + START)
    return sheet


def _put_label(sheet: Picture, arrow: Arrow, x: float, y: float) -> None:
    indent = _indent(arrow)
    for (number, number_style), (text, style) in _label(arrow):
        line = y + baseline(style)
        if number:
            right = x + BESIDE_LINE + indent - 4.0
            sheet.add(Text(round(right - text_width(number, number_style), 1), line, number, number_style))
        sheet.add(Text(x + BESIDE_LINE + indent, line, text, style))
        y += style.height


def _put_state(sheet: Picture, machine: Machine, node: Node, x: float, y: float) -> None:
    state, width, height = node
    is_ended = state in machine.table.ended
    name = f"{machine.name} {state}"
    area = Area(x, y, round(x + width, 1), round(y + height, 1))
    fill = ENDED_FILL if is_ended else STATE_FILL
    sheet.add(Box(area, name=name, fill=fill, line=STATE_LINE, radius=7.0, width=1.3))
    if is_ended:
        inner = Area(area.left + 2.5, area.top + 2.5, area.right - 2.5, area.bottom - 2.5)
        sheet.add(Box(inner, line=STATE_LINE, radius=5.0, width=0.8))
    if state == machine.table.initial:
        middle = round(x + width / 2, 1)
        sheet.add(Dot(Point(middle, 6.0), 5.0, INK))
        sheet.add(Path((Point(middle, 10.0), Point(middle, y)), INK, arrow="end"))
    left = round(x + (width - text_width(state, STATE)) / 2, 1)
    sheet.add(Text(left, y + 5.0 + baseline(STATE), state, STATE, of=name))
    lines = _state_lines(machine, state)
    if lines:
        rule = round(y + STATE.height + 9.0, 1)
        sheet.add(Path((Point(area.left + 5.0, rule), Point(area.right - 5.0, rule)), "#b9c6d4", width=0.8))
        sheet.add(*stacked(x + PADDING, rule + 2.0, lines, of=name))


HEADS = ("", "in state", "on", "if", "does", "and sends", "goes to")


def _table(machine: Machine) -> Picture:
    """All rows, in the order of their numbers."""
    rows = [(state, line) for state in machine.table.states for line in machine.lines_of(state)]
    cells = [_cells(line, is_first=machine.lines_of(state)[0] is line) for state, line in rows]
    columns = [[[(head, HEAD)] for head in HEADS], *cells]
    widths = [max((text_width(*line) for row in columns for line in row[place]), default=0.0) for place in range(7)]
    lefts = [round(sum(widths[:place]) + COLUMN * place, 1) for place in range(7)]
    right = lefts[-1] + widths[-1]
    sheet = Picture()
    y = 0.0
    for place, row in enumerate(columns):
        if place == 0 or (place > 1 and row[1]) or place == 1:
            if place:
                sheet.add(Path((Point(0.0, y), Point(right, y)), GREY if place == 1 else FAINT, width=0.8))
            y += 2.0 if place else 0.0
        for column, (left, cell) in enumerate(zip(lefts, row, strict=True)):
            texts = stacked(left, y, cell)
            if column == 0 and cell:
                texts = [text.moved(widths[0] - text_width(text.text, text.style), 0.0) for text in texts]
            if column == 4 and place:
                texts = [_with_tip(text, rows[place - 1][1].says) for text in texts]
            sheet.add(*texts)
        y += max(sum(style.height for _, style in cell) for cell in row) + 1.0
        y = round(y, 1)
    return sheet


def _with_tip(text: Text, tip: str) -> Text:
    return Text(text.x, text.y, text.text, text.style, text.of, tip)


def _cells(line: Line, *, is_first: bool) -> list[list[Styled]]:
    """A row of the table: each cell as lines."""

    def marked(style: Style) -> Style:
        return _marked(style, line.mark)

    row = line.row
    guards = [f"{'and ' if place else ''}{guard}" for place, guard in enumerate(line.guards)]
    stays = row.source == row.target
    return [
        [(str(line.number), _marked(NUMBER, line.mark)._replace(size=CELL.size))],
        [(row.source, CELL_BOLD)] if is_first else [],
        [(line.event, marked(CELL))],
        [(guard, marked(CELL_GREY)) for guard in guards],
        [(line.action, marked(CELL))] if line.action else [],
        [(sent, marked(CELL_GREY if sent == NOT_TRIED else CELL)) for sent in line.sends],
        [("stays", marked(CELL_GREY))] if stays else [(row.target, marked(CELL_BOLD))],
    ]
