"""The stylesheet: how everything in a picture looks. A class means the same in every picture."""

from payrelay.diagrams.colours import (
    BAD_NOTE,
    FAINT,
    GREY,
    INK,
    LINE,
    NOTE,
    ORANGE,
    RED,
    SECTIONS,
    STATE,
    VIOLATING,
)
from payrelay.diagrams.texts import FONTS

_SECTIONS = "\n".join(
    f"""rect.badge.s{n}, rect.link.s{n}, .s{n} .arrow {{ stroke: {colour}; }}
rect.badge.s{n}, text.way.s{n} {{ fill: {colour}; }}
.number.s{n} {{ fill: #fff; }}"""
    for n, colour in enumerate(SECTIONS, 1)
)

STYLE = f"""
text {{ font-family: {FONTS}; fill: {INK}; white-space: pre; }}
.b {{ font-weight: bold; }}
.name, .field, .remark {{ paint-order: stroke; stroke: #fff; stroke-width: 3.5px; stroke-linejoin: round; }}
.muted, .field, .again, .remark {{ fill: {GREY}; }}
rect.plain {{ fill: #fff; }}
rect.hit {{ fill: none; pointer-events: all; }}
rect.head {{ fill: #f8fafc; stroke: #64748b; stroke-width: 1; }}
rect.person {{ fill: #fff; stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 2 2; }}
line.life {{ stroke: {FAINT}; stroke-width: 1.25; }}
line.down {{ stroke: {ORANGE}; stroke-width: 1.25; stroke-dasharray: 1 4; }}
.arrow {{ fill: none; stroke: {LINE}; stroke-width: 1.25; }}
line.wait {{ stroke: {LINE}; stroke-width: 1.25; stroke-dasharray: 1.5 2.5; }}
.point {{ fill: {LINE}; }}
circle.end, circle.clock {{ fill: #fff; stroke: {LINE}; }}
rect.note {{ fill: {NOTE}; }}
rect.state {{ fill: {STATE}; stroke: #e7d9a8; stroke-width: 0.75; }}
rect.moment {{ fill: #fff; stroke: #94a3b8; stroke-width: 0.75; }}
line.hand {{ stroke: {LINE}; }}
line.cross {{ stroke: {ORANGE}; stroke-width: 2; stroke-linecap: round; }}
rect.badge {{ fill: #fff; stroke: #64748b; stroke-width: 1; }}
.number {{ fill: #334155; }}
rect.frame {{ fill: none; stroke: #94a3b8; stroke-width: 1; }}
polygon.tab {{ fill: #f1f5f9; stroke: #94a3b8; stroke-width: 1; }}
line.divide {{ stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 6 4; }}
text.branch {{ fill: {LINE}; }}
rect.box {{ fill: #eef4fb; stroke: #3b5876; stroke-width: 1.3; }}
rect.box.ended {{ fill: #f4f4f1; }}
rect.rim {{ fill: none; stroke: #3b5876; stroke-width: 0.8; }}
rect.box.link {{ fill: #fff; stroke: #6b7680; }}
line.rule {{ stroke: {FAINT}; stroke-width: 0.8; }}
line.first.rule {{ stroke: {GREY}; }}
circle.begin {{ fill: {INK}; }}
text.row {{ fill: #7d5a00; }}
text.struck {{ text-decoration: line-through; }}
{_SECTIONS}
.waiting .arrow, .missed .arrow {{ stroke-dasharray: 5 4; }}
.copy .arrow {{ stroke-dasharray: 7 3; }}
.fired .arrow {{ stroke: {INK}; stroke-width: 1.8; }}
.crash .arrow {{ stroke: #9aa4ae; }}
.crash .point {{ fill: #9aa4ae; }}
.fault .arrow, .fault .clock, .fault .hand {{ stroke: {ORANGE}; }}
.fault .point {{ fill: {ORANGE}; }}
.fault .remark, .fault text.moment {{ fill: #92400e; }}
.fault rect.moment {{ fill: #fff7ed; stroke: #d9a066; }}
rect.violating {{ fill: {VIOLATING}; }}
rect.verdict {{ fill: {VIOLATING}; stroke: {RED}; stroke-width: 1; }}
.bad, text.bad {{ fill: {RED}; }}
.bad .name, .bad .field, .bad .remark {{ fill: {RED}; stroke: {VIOLATING}; }}
.bad .arrow {{ stroke: {RED}; stroke-width: 1.75; }}
.bad .point {{ fill: {RED}; }}
.bad .end {{ stroke: {RED}; }}
.bad rect.badge {{ fill: {RED}; stroke: {RED}; }}
.bad .number {{ fill: #fff; }}
.bad rect.note {{ fill: {BAD_NOTE}; }}
.bad text.note, .bad text.moment {{ fill: #8f1414; }}
"""

HEAT = """
rect.box.heat-0 { fill: #fff; stroke-dasharray: 4 3; }
rect.box.heat-1 { fill: #e3edf9; }
rect.box.heat-2 { fill: #bfd6f2; }
rect.box.heat-3 { fill: #93b8e8; }
"""
"""How much was seen of a state, for pages that have machines with heat."""
