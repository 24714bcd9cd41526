"""From a summary to a page and back, both derived from the template's data (claim 6, P19)."""

from payrelay.model.conversion.summary import RenderedSlot, Summary
from payrelay.model.conversion.templates import Action, Slot, Template, template_named


def render(summary: Summary) -> str:
    """Write the whole page: the template with the contents in their places, escaped once for the medium."""
    template = template_named(summary.template_id)
    contents = {name: written for name, _, written in summary.slots}

    def written(part: str | Slot | Action) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Action):
            return part.shown if part.name in summary.actions else part.blank
        if part.name not in contents:
            return part.blank
        return part.before + template.markup.escape(contents[part.name]) + part.after

    return "".join(map(written, template.parts))


def read(page: str, template: Template) -> tuple[RenderedSlot, ...] | None:
    """Find the contents in a page, or None if the template cannot have produced it: `read(render(s)) == s.slots`."""
    found = template.expression.fullmatch(page)
    if found is None:
        return None
    slots = []
    for slot in template.slots:
        escaped = found[slot.name]
        if escaped is not None:
            contents = template.markup.unescape(escaped)
            if not slot.accepts(contents):
                return None
            slots.append((slot.name, slot.position, contents))
    return tuple(slots)
