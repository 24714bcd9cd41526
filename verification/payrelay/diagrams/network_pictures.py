"""Network pictures: parties and links as SVG. A link is a box between its parties, with all that it carries."""

from __future__ import annotations

from payrelay.diagrams.layered import Edge, Node, layered
from payrelay.diagrams.networks import Joint, Network
from payrelay.diagrams.shapes import Area, Box, Path, Picture, Point, Style, Text, baseline, stacked, svg, text_width
from payrelay.diagrams.words import folded

INK, GREY, RED = "#1b1f24", "#5b6570", "#c4161c"
PLAIN, SECTIONS = "#6b7680", ("#1d5fa8", "#1e7d4f", "#8a4fb0", "#9a6200")
"""The colours of links: of those that belong to no section, and of the sections in their order."""
HEADING, REMARK = Style(17, INK, bold=True), Style(11, GREY)
PARTY, LINK = Style(13, INK, bold=True), Style(11.5, INK, bold=True)
WAY, MESSAGE, NEVER = Style(10, GREY, bold=True), Style(10.5), Style(10.5, RED)
UNTAKEN = Style(10.5, "#7d8791")
PADDING, WIDEST, APART = 9.0, 215.0, 5.0
TO = "→"
MUST_NEVER, UNTAKEN_HERE = HEADINGS = ("must never carry", "taken by nobody here")

HOW_TO_READ = (
    "Blue boxes are parties. A white box is a link: what it carries in either direction, the section that it belongs "
    "to, the claims that speak of it, and in red what it must never carry."
)


def network_svg(network: Network, title: str) -> str:
    """The network as an SVG document."""
    return svg(network_picture(network, title), title)


def network_picture(network: Network, title: str) -> Picture:
    """Heading and diagram."""
    diagram = _diagram(network)
    sheet = Picture()
    width = max(diagram.right, 420.0)
    lines = [(line, HEADING) for line in folded(title, HEADING, width)]
    lines += [(line, REMARK) for line in folded(HOW_TO_READ, REMARK, width)]
    if network.remark:
        remark = REMARK._replace(colour=RED)
        lines += [(line, remark) for line in folded(f"{network.remark}: these are red, too.", remark, width)]
    sheet.add(*stacked(0.0, 0.0, lines))
    sheet.put(diagram, round((width - diagram.right) / 2, 1), sheet.bottom + 20.0)
    return sheet


Styled = tuple[str, Style]


def _lines(network: Network, joint: Joint) -> list[Styled]:
    """What stands in the box of a link, under its name."""
    colour = _colour(network, joint)
    lines = [(line, WAY._replace(colour=colour)) for line in folded(joint.section, WAY, WIDEST)]
    lines += [(line, UNTAKEN) for line in folded(joint.says_claims, UNTAKEN, WIDEST)]
    for way in joint.carried:
        if way.messages:
            lines.append((f"{way.sender} {TO} {way.receiver}", WAY))
        for message in way.messages:
            lines.append((message, NEVER._replace(bold=True) if network.is_missing(message) else MESSAGE))
    if joint.untaken:
        lines.append((UNTAKEN_HERE, WAY))
        lines += [(message, UNTAKEN) for message in joint.untaken]
    if not any(way.messages for way in joint.carried) and not joint.untaken:
        lines.append(("carries no message", UNTAKEN))
    if joint.never:
        lines.append((MUST_NEVER, WAY._replace(colour=RED)))
        lines += [(name, NEVER) for name in joint.never]
    return lines


def _size(lines: list[Styled]) -> tuple[float, float]:
    width = max(text_width(text, style) for text, style in lines) + 2 * PADDING
    return round(width, 1), round(_spaced(lines)[1] + 12.0, 1)


def _spaced(lines: list[Styled]) -> tuple[list[float], float]:
    """How far under the first line each is, and where the last one ends: headings stand a little apart."""
    tops = []
    y = 0.0
    for text, style in lines:
        y += APART if f" {TO} " in text or text in HEADINGS else 0.0
        tops.append(y)
        y += style.height
    return tops, y


def _colour(network: Network, joint: Joint) -> str:
    return SECTIONS[network.sections.index(joint.section) % len(SECTIONS)] if joint.section else PLAIN


def _diagram(network: Network) -> Picture:
    sheet = Picture()
    boxes = {joint.name: [(joint.name, LINK), *_lines(network, joint)] for joint in network.joints}
    nodes = [Node(f"party {party}", text_width(party, PARTY) + 44.0, 34.0) for party in network.parties]
    nodes += [Node(f"link {name}", *_size(lines)) for name, lines in boxes.items()]
    edges = []
    for joint in network.joints:
        near, far = joint.ends
        edges += [Edge(f"{party} {joint.name}", f"party {party}", f"link {joint.name}") for party in near]
        if near != far:
            edges += [Edge(f"{party} {joint.name}", f"link {joint.name}", f"party {party}") for party in far]
    layout = layered(nodes, edges)
    for joint in network.joints:
        for party in dict.fromkeys((*joint.ends[0], *joint.ends[1])):
            sheet.add(Path(layout.routes[f"{party} {joint.name}"], _colour(network, joint), width=1.6))
    for joint in network.joints:
        _put_link(sheet, network, joint, boxes[joint.name], layout.nodes[f"link {joint.name}"])
    for party in network.parties:
        x, y = layout.nodes[f"party {party}"]
        wide = text_width(party, PARTY) + 44.0
        name = f"party {party}"
        area = Area(x, y, round(x + wide, 1), y + 34.0)
        sheet.add(Box(area, name, fill="#e6effa", line="#3b5876", radius=7.0, width=1.4))
        sheet.add(Text(x + 22.0, y + 17.0 - PARTY.height / 2 + baseline(PARTY), party, PARTY, of=name))
    return sheet


def _put_link(sheet: Picture, network: Network, joint: Joint, lines: list[Styled], at: Point) -> None:
    width, height = _size(lines)
    area = Area(at.x, at.y, round(at.x + width, 1), round(at.y + height, 1))
    name = f"link {joint.name}"
    sheet.add(Box(area, name, fill="#ffffff", line=_colour(network, joint), radius=4.0, width=1.2))
    for top, (text, style) in zip(_spaced(lines)[0], lines, strict=True):
        sheet.add(Text(at.x + PADDING, round(at.y + 6.0 + top + baseline(style), 1), text, style, of=name))
