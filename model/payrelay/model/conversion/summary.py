"""The conversion itself: which of the information a terminal gets, or why it cannot get enough (claims 4-7, § 1.8)."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from payrelay.model.conversion.capabilities import Capabilities
from payrelay.model.conversion.information import Information, Kind, SelectInformation
from payrelay.model.conversion.templates import template_for

RenderedSlot = tuple[str, int, str]
"""The name of a slot, its position in the template, and its contents as written there, not yet escaped."""

Limit = Literal["contents", "charset", "max_bytes", "rows", "max_options"]
"""Which limit was met. `contents`: missing, of a form or length that the slot does not allow, or no text."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a terminal is shown of some information (claim 4); `bound` goes with it and comes back with the answer."""

    kind: Kind
    template_id: str
    media: str
    slots: tuple[RenderedSlot, ...]
    actions: tuple[str, ...]
    bound: Hashable = None


@dataclass(frozen=True, slots=True)
class CapabilityError:
    """Mandatory contents cannot be shown as they are: which slot met which limit."""

    slot: str
    limit: Limit


def convert(
    kind: Kind,
    information: Information,
    capabilities: Capabilities,
    *,
    security: str = "hardened",
    bound: Hashable = None,
) -> Summary | CapabilityError:
    """Summarise information for a terminal: all that is mandatory, unabridged, then what else fits (claims 4-7)."""
    if information.kind is not kind:
        raise TypeError(f"{type(information).__name__} is no information for {kind}")
    template = template_for(kind, capabilities)
    if isinstance(information, SelectInformation):
        information = information.limited(template.count)
    if len(information.items) > template.count:  # a form's, which `paginate` spreads over pages
        return CapabilityError(f"label_{template.count + 1}", "max_options")

    actions = [action for action in template.actions if action.name in information.actions]
    # A template is ASCII, so that its characters are bytes.
    size = sum(len(part if isinstance(part, str) else part.blank) for part in template.parts)
    size += sum(len(action.shown) - len(action.blank) for action in actions)
    rows = sum(capabilities.rows_of(label) for label in (template.heading, *(action.label for action in actions)))
    slots: list[RenderedSlot] = []

    def exceeded() -> Limit | None:
        return "max_bytes" if size > capabilities.max_bytes else "rows" if rows > capabilities.rows else None

    if limit := exceeded():
        return CapabilityError(template.slots[0].name, limit)
    # Mandatory slots first, each group in the order of the template: the sort is stable.
    for slot in sorted(template.slots, key=lambda slot: not slot.is_mandatory(security)):
        contents = slot.contents(information)
        if contents is None and slot.is_needed(security):
            return CapabilityError(slot.name, "contents")
        if contents is None:
            continue
        added = capabilities.size_of(slot.before + template.markup.escape(contents) + slot.after)
        size += (added or 0) - len(slot.blank)
        rows += capabilities.rows_of(f"{slot.label}: {contents}")
        limit = "contents" if not slot.accepts(contents) else "charset" if added is None else exceeded()
        if limit is None:
            slots.append((slot.name, slot.position, contents))
        elif slot.is_mandatory(security):
            return CapabilityError(slot.name, limit)
        else:
            break  # nothing optional after the first that does not fit
    slots.sort(key=lambda slot: slot[1])
    return Summary(kind, template.template_id, template.media, tuple(slots), tuple(a.name for a in actions), bound)
