"""Network pictures: parties and links. A link is a box between its parties, with all that it carries."""

from __future__ import annotations

from payrelay.diagrams.colours import SECTIONS
from payrelay.diagrams.drawing import Box, Drawing, Path
from payrelay.diagrams.layered import Edge, Node, layered
from payrelay.diagrams.networks import Joint, Network
from payrelay.diagrams.sheets import Font, Sheet, Styled, line, stacked

HEADING, REMARK, BAD_REMARK = Font(17, is_bold=True), Font(11, "muted"), Font(11, "bad")
PARTY, LINK = Font(13, is_bold=True), Font(11.5, is_bold=True)
WAY, MESSAGE, NEVER = Font(10, "muted", is_bold=True), Font(10.5), Font(10.5, "bad")
MISSING, UNTAKEN = Font(10.5, "bad", is_bold=True), Font(10.5, "muted")
PARTY_HEIGHT, BESIDE_PARTY = 34.0, 22.0
PADDING, WIDEST, APART = 9.0, 215.0, 5.0
TO = "→"
MUST_NEVER, UNTAKEN_HERE = HEADINGS = ("must never carry", "taken by nobody here")

HOW_TO_READ = (
    "Blue boxes are parties. A white box is a link: what it carries in either direction, the section that it belongs "
    "to, the claims that speak of it, and in red what it must never carry."
)


def network_drawing(network: Network, title: str) -> Drawing:
    """Heading and diagram."""
    diagram = _diagram(network)
    sheet = Sheet()
    width = max(diagram.right, 420.0)
    remark = f"{network.remark}: these are red, too." if network.remark else ""
    lines = [*HEADING.wrapped(title, width), *REMARK.wrapped(HOW_TO_READ, width), *BAD_REMARK.wrapped(remark, width)]
    sheet.group("heading").put(*stacked(0.0, 0.0, lines))
    sheet.put(diagram, (width - diagram.right) / 2, sheet.bottom + 20.0)
    return sheet.drawing(title, HOW_TO_READ)


def _lines(network: Network, joint: Joint) -> list[Styled]:
    """What stands in the box of a link, under its name."""
    lines = WAY._replace(style=f"way {_section(network, joint)}").wrapped(joint.section, WIDEST)
    lines += UNTAKEN.wrapped(joint.says_claims, WIDEST)
    for way in joint.carried:
        if way.messages:
            lines.append((f"{way.sender} {TO} {way.receiver}", WAY))
        for message in way.messages:
            lines.append((message, MISSING if network.is_missing(message) else MESSAGE))
    if joint.untaken:
        lines.append((UNTAKEN_HERE, WAY))
        lines += [(message, UNTAKEN) for message in joint.untaken]
    if not any(way.messages for way in joint.carried) and not joint.untaken:
        lines.append(("carries no message", UNTAKEN))
    if joint.never:
        lines.append((MUST_NEVER, WAY._replace(style="bad")))
        lines += [(name, NEVER) for name in joint.never]
    return lines


def _size(lines: list[Styled]) -> tuple[float, float]:
    return max(font.width(text) for text, font in lines) + 2 * PADDING, _spaced(lines)[1] + 12.0


def _spaced(lines: list[Styled]) -> tuple[list[float], float]:
    """How far under the first line each is, and where the last one ends: headings stand a little apart."""
    tops = []
    y = 0.0
    for text, font in lines:
        y += APART if f" {TO} " in text or text in HEADINGS else 0.0
        tops.append(y)
        y += font.height
    return tops, y


def _section(network: Network, joint: Joint) -> str:
    """The style of what belongs to a section."""
    return f"s{network.sections.index(joint.section) % len(SECTIONS) + 1}" if joint.section else ""


def _diagram(network: Network) -> Sheet:
    sheet = Sheet()
    boxes = {joint.name: [(joint.name, LINK), *_lines(network, joint)] for joint in network.joints}
    sizes = {f"party {party}": (PARTY.width(party) + 2 * BESIDE_PARTY, PARTY_HEIGHT) for party in network.parties}
    sizes |= {f"link {name}": _size(lines) for name, lines in boxes.items()}
    edges = []
    for joint in network.joints:
        near, far = joint.ends
        edges += [Edge(f"{party} {joint.name}", f"party {party}", f"link {joint.name}") for party in near]
        if near != far:
            edges += [Edge(f"{party} {joint.name}", f"link {joint.name}", f"party {party}") for party in far]
    layout = layered([Node(name, *size) for name, size in sizes.items()], edges)
    for joint in network.joints:
        section, name = _section(network, joint), f"link {joint.name}"
        routes = sheet.group(section)
        for party in dict.fromkeys((*joint.ends[0], *joint.ends[1])):
            routes.put(Path(layout.routes[f"{party} {joint.name}"], "arrow"))
        x, y = layout.nodes[name]
        group, lines = sheet.group(), boxes[joint.name]
        group.put(Box(x, y, *sizes[name], f"box link {section}".rstrip(), 4.0))
        for top, (text, font) in zip(_spaced(lines)[0], lines, strict=True):
            group.put(line(x + PADDING, y + 6.0 + top, text, font))
    for party in network.parties:
        x, y = layout.nodes[f"party {party}"]
        group = sheet.group()
        group.put(Box(x, y, *sizes[f"party {party}"], "box", 7.0))
        group.put(line(x + BESIDE_PARTY, y + (PARTY_HEIGHT - PARTY.height) / 2, party, PARTY))
    return sheet
