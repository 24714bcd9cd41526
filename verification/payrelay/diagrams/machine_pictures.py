"""Machine pictures: each role as a diagram of its states, and under it the table that its numbers refer to."""

from __future__ import annotations

from collections.abc import Sequence

from payrelay.diagrams.drawing import Box, Circle, Drawing, Group, Line, Path, Point, arrowhead
from payrelay.diagrams.layered import Edge, Node, layered
from payrelay.diagrams.machines import NOT_TRIED, Arrow, Machine, Mark, states_of
from payrelay.diagrams.machines import Line as Row
from payrelay.diagrams.sheets import Font, Sheet, Styled, height, line, stacked

HEADING, REMARK, BAD_REMARK = Font(17, is_bold=True), Font(11, "muted"), Font(11, "bad")
STATE = Font(12, is_bold=True)
EVENT, GUARD, NUMBER = Font(11), Font(10.5, "muted"), Font(9.5, "row", is_bold=True)
CELL, CELL_BOLD, CELL_GREY = Font(10.5), Font(10.5, is_bold=True), Font(10.5, "muted")
CELL_NUMBER, HEAD = Font(10.5, "row", is_bold=True), Font(9.5, "muted", is_bold=True)
COLUMN = 18.0

HOW_TO_READ = (
    "Numbers are those of the rows in the table. A row on an arrow is what it reacts to, and [what must hold]; a row "
    "that stays in its state stands in its box. Dashed grey: what a crash leaves. Double frame: ended."
)


def machines_drawing(machines: Sequence[Machine], title: str) -> Drawing:
    """The machines one under the other."""
    sheet = Sheet()
    y = 0.0
    for place, machine in enumerate(machines):
        one = machine_sheet(machine, is_explained=not place)
        sheet.put(one, 0.0, y)
        y += one.bottom + 44.0
    return sheet.drawing(title, HOW_TO_READ)


def diagram_drawing(machine: Machine) -> Drawing:
    """One machine without its table: heading and diagram."""
    diagram = _diagram(machine)
    width = max(diagram.right, 420.0)
    remark = f"{machine.remark[0].upper()}{machine.remark[1:]}." if machine.remark else ""
    sheet = Sheet()
    lines = [*HEADING.wrapped(machine.name, width), *REMARK.wrapped(remark, width)]
    sheet.group("heading").put(*stacked(0.0, 0.0, lines))
    sheet.put(diagram, (width - diagram.right) / 2, sheet.bottom + 16.0)
    return sheet.drawing(machine.name, machine.remark)


def machine_sheet(machine: Machine, *, is_explained: bool = True) -> Sheet:
    """One machine: heading, perhaps with how to read it, diagram, table."""
    table = _table(machine)
    diagram = _diagram(machine)
    width = max(table.right, diagram.right)
    remark = f"{machine.remark[0].upper()}{machine.remark[1:]}." if machine.remark else ""
    heading = [
        *HEADING.wrapped(machine.name, width),
        *REMARK.wrapped(f"{machine.figures}.", width),
        *BAD_REMARK.wrapped(remark, width),
        *REMARK.wrapped(HOW_TO_READ if is_explained else "", width),
    ]
    sheet = Sheet()
    sheet.group("heading").put(*stacked(0.0, 0.0, heading))
    y = sheet.bottom + 16.0
    sheet.put(diagram, (width - diagram.right) / 2, y)
    sheet.put(table, (width - table.right) / 2, y + diagram.bottom + 26.0)
    return sheet


def _marked(font: Font, mark: Mark) -> Font:
    return font if mark in ("", "fired") else font._replace(style="bad struck" if mark == "removed" else "bad")


def _state_lines(machine: Machine, state: str) -> list[Styled]:
    return [(stay.label, _marked(GUARD, stay.mark)) for stay in machine.stays(state)]


PADDING = 9.0
PER_END = 13.0
"""How wide a state is at least for each arrow that ends or begins there."""


def _state_size(machine: Machine, state: str) -> tuple[float, float]:
    lines = _state_lines(machine, state)
    width = max(font.width(text) for text, font in ((state, STATE), *lines)) + 2 * PADDING
    ends = sum(state in (arrow.source, arrow.target) for arrow in machine.arrows)
    return max(width, 64.0, ends * PER_END), STATE.height + 10.0 + (height(lines) + 7.0 if lines else 0.0)


def _label(arrow: Arrow) -> list[tuple[Styled, Styled]]:
    """The label of an arrow: for each row its number and event, and under them its guards."""
    found = []
    for row in arrow.lines:
        found.append(((str(row.number), _marked(NUMBER, row.mark)), (row.event, _marked(EVENT, row.mark))))
        for place, guard in enumerate(row.guards):
            begin, end = "and " if place else "[", "]" if place == len(row.guards) - 1 else ""
            found.append((("", NUMBER), (f"{begin}{guard}{end}", _marked(GUARD, row.mark))))
    return found


BESIDE_LINE, BESIDE_NUMBER = 6.0, 4.0


def _indent(arrow: Arrow) -> float:
    return BESIDE_LINE + max(NUMBER.width(str(row.number)) for row in arrow.lines) + BESIDE_NUMBER


def _label_size(arrow: Arrow) -> tuple[float, float]:
    lines = [said for _, said in _label(arrow)]
    return _indent(arrow) + max(font.width(text) for text, font in lines), height(lines)


START = 30.0
"""The room above the first state for where it begins."""


def _diagram(machine: Machine) -> Sheet:
    """The states and arrows."""
    sheet = Sheet()
    nodes = [Node(state, *_state_size(machine, state)) for state in states_of(machine)]
    arrows = {f"{place}": arrow for place, arrow in enumerate(machine.arrows)}
    edges = [Edge(name, arrow.source, arrow.target, *_label_size(arrow)) for name, arrow in arrows.items()]
    layout = layered(nodes, edges)
    for name, arrow in arrows.items():
        group = sheet.group(_style(arrow))
        _put_arrow(group, [Point(x, y + START) for x, y in layout.routes[name]])
        x, y = layout.labels[name]
        _put_label(group, arrow, x + _indent(arrow), y + START)
    for node in nodes:
        x, y = layout.nodes[node.id]
        _put_state(sheet.group(), machine, node, x, y + START)
    return sheet


def _style(arrow: Arrow) -> str:
    """What an arrow is, as far as it looks different."""
    mark = "bad" if _marked(EVENT, arrow.mark) != EVENT else arrow.mark
    return " ".join(filter(None, ("missed" * arrow.is_dashed, "crash" * arrow.is_restart, mark)))


def _put_arrow(group: Group, points: Sequence[Point]) -> None:
    group.put(Path(tuple(points), "arrow"), arrowhead(Point(points[-1].x, points[-2].y), points[-1]))


def _put_label(group: Group, arrow: Arrow, x: float, y: float) -> None:
    for (number, number_font), (text, font) in _label(arrow):
        if number:
            group.put(line(x - BESIDE_NUMBER - number_font.width(number), y, number, number_font))
        group.put(line(x, y, text, font))
        y += font.height


def _put_state(group: Group, machine: Machine, node: Node, x: float, y: float) -> None:
    state, width, height = node
    is_ended = state in machine.table.ended
    words = ["box"] + ["ended"] * is_ended
    words += [f"heat-{machine.heat[state]}"] if state in machine.heat else []
    group.put(Box(x, y, width, height, " ".join(words), 7.0))
    if is_ended:
        group.put(Box(x + 2.5, y + 2.5, width - 5.0, height - 5.0, "rim", 5.0))
    middle = x + width / 2
    if state == machine.table.initial:
        group.put(Circle(middle, 6.0, 5.0, "begin"))
        _put_arrow(group, [Point(middle, 10.0), Point(middle, y)])
    group.put(line(middle - STATE.width(state) / 2, y + 5.0, state, STATE))
    if lines := _state_lines(machine, state):
        rule = y + STATE.height + 9.0
        group.put(Line(x + 5.0, rule, x + width - 5.0, rule, "rule"), *stacked(x + PADDING, rule + 2.0, lines))


HEADS = ("", "in state", "on", "if", "does", "and sends", "goes to")


def _table(machine: Machine) -> Sheet:
    """All rows, in the order of their numbers."""
    rows = [row for state in machine.table.states for row in machine.lines_of(state)]
    lines = [("", [[(head, HEAD)] for head in HEADS])]
    lines += [(row.says, _cells(row, is_first=machine.lines_of(row.row.source)[0] is row)) for row in rows]
    widths = [max((font.width(text) for _, cells in lines for text, font in cells[n]), default=0.0) for n in range(7)]
    lefts = [sum(widths[:place]) + COLUMN * place for place in range(7)]
    right = lefts[-1] + widths[-1]
    sheet = Sheet()
    y = 0.0
    for place, (says, cells) in enumerate(lines):
        group = sheet.group("", says)
        if place == 1 or (place and cells[1]):
            group.put(Line(0.0, y, right, y, "first rule" if place == 1 else "rule"))
            y += 2.0
        for column, (left, cell) in enumerate(zip(lefts, cells, strict=True)):
            is_number = column == 0 and place > 0
            left += widths[0] - cell[0][1].width(cell[0][0]) if is_number else 0.0
            group.put(*stacked(left, y, cell))
        y += max(map(height, cells)) + 1.0
    return sheet


def _cells(row: Row, *, is_first: bool) -> list[list[Styled]]:
    """A row of the table: each cell as lines."""

    def marked(font: Font) -> Font:
        return _marked(font, row.mark)

    source, target = row.row.source, row.row.target
    return [
        [(str(row.number), marked(CELL_NUMBER))],
        [(source, CELL_BOLD)] if is_first else [],
        [(row.event, marked(CELL))],
        [(f"{'and ' if place else ''}{guard}", marked(CELL_GREY)) for place, guard in enumerate(row.guards)],
        [(row.action, marked(CELL))] if row.action else [],
        [(sent, marked(CELL_GREY if sent == NOT_TRIED else CELL)) for sent in row.sends],
        [("stays", marked(CELL_GREY))] if source == target else [(target, marked(CELL_BOLD))],
    ]
