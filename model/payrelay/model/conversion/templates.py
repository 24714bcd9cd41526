"""The templates: for each kind and capability what is said, in which order, and what may be left out (claims 6, 7).

A template is made of the kind's layout and the medium's markup, never of contents. It is plain data: the page and the
way back from the page are both derived from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from string import Template as Pattern
from typing import Literal

from payrelay.model.conversion.capabilities import CLASSES, Capabilities
from payrelay.model.conversion.information import Information, Kind
from payrelay.model.conversion.markup import MARKUPS, Markup
from payrelay.model.conversion.values import AMOUNT, is_text

Mandatory = Literal["always", "hardened", "existing", "never"]
"""When contents must be shown: in every page; in every one at security hardened; if there are any; if they fit."""

FORMATS: Mapping[str, re.Pattern[str]] = {
    "text": re.compile(r".+"),
    "token": re.compile(r"[A-Za-z0-9_.:-]+"),
    "number": re.compile(r"0|[1-9][0-9]*"),
    "amount": AMOUNT,
    "flag": re.compile(r"yes"),
    "list": re.compile(r"[^|]+( \| [^|]+)*"),
    "link": re.compile(r"https://[!-~]+"),
}
"""What contents look like when written. All but text and lists have a known greatest size in every medium."""

TOKEN_WIDTH = 32
"""The most characters of an identifier or a code on a page."""

MOST_OPTIONS = 32
"""The most repetitions in a template, whatever a terminal says it can take."""


def is_token(value: str) -> bool:
    """Tell whether an identifier or a code can stand on any page as it is."""
    return len(value) <= TOKEN_WIDTH and FORMATS["token"].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a page for one field of the information (claim 6). `index` counts repeated items from 1."""

    field: str
    label: str
    format: str
    width: int
    mandatory: Mandatory = "never"
    dress: str = "line"
    index: int = 0
    position: int = 0
    before: str = ""
    after: str = ""
    blank: str = ""

    @property
    def name(self) -> str:
        """The slot's name in the page."""
        return f"{self.field}_{self.index}" if self.index else self.field

    def is_needed(self, security: str) -> bool:
        """Tell whether there is no page without it. A security nobody knows is taken for the strictest."""
        return self.mandatory == "always" or (self.mandatory == "hardened" and security not in ("plain", "channel"))

    def is_mandatory(self, security: str) -> bool:
        """Tell whether its contents, if there are any, must be shown."""
        return self.mandatory == "existing" or self.is_needed(security)

    def contents(self, information: Information) -> str | None:
        """Take the field out of the information and write it, the same for every medium; None if there is nothing."""
        owner: object = information
        if self.index:
            if self.index > len(information.items):
                return None
            owner = information.items[self.index - 1]
        value = getattr(owner, self.field)
        if value is None or value is False or value == ():
            return None
        if isinstance(value, tuple):
            # An item with a separator in it would read as two; written as nothing, it is refused below.
            return "" if any("|" in item for item in value) else " | ".join(value)
        return "yes" if value is True else str(value)

    def accepts(self, contents: str) -> bool:
        """Tell whether the contents may stand here at all: their form, their characters and their length (SP18)."""
        return FORMATS[self.format].fullmatch(contents) is not None and is_text(contents, self.width)


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user may do with the page (§ 1.8): written so if it is offered, and otherwise as the blank."""

    name: str
    label: str
    shown: str = ""
    blank: str = ""


@dataclass(frozen=True)
class Template:
    """A page without contents: literal text, slots and actions, each in its place (claim 6)."""

    template_id: str
    kind: Kind
    capability_class: str
    heading: str
    count: int
    """How many items the page has places for."""
    parts: tuple[str | Slot | Action, ...]

    @property
    def media(self) -> str:
        """The medium's name on the wire."""
        return next(media for media, name in CLASSES.items() if name == self.capability_class)

    @property
    def markup(self) -> Markup:
        """How the medium writes."""
        return MARKUPS[self.capability_class]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, in the order of their positions."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """The actions that a page may offer."""
        return tuple(part for part in self.parts if isinstance(part, Action))

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The regular expression of all pages of the template: the way back is derived from the way there."""

        def expression(part: str | Slot | Action) -> str:
            if isinstance(part, str):
                return re.escape(part)
            if isinstance(part, Action):
                return f"(?:{re.escape(part.shown)}|{re.escape(part.blank)})"
            contents = f"(?P<{part.name}>{self.markup.character}{{1,{part.width}}})"
            filled = re.escape(part.before) + contents + re.escape(part.after)
            return filled if part.mandatory == "always" else f"(?:{filled}|{re.escape(part.blank)})"

        return re.compile("".join(map(expression, self.parts)))


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a page of one kind says, in any medium: single slots, the slots and actions of each item, actions."""

    heading: str
    slots: tuple[Slot, ...]
    actions: tuple[Action, ...]
    items: tuple[Slot, ...] = ()
    item_actions: tuple[Action, ...] = ()


_CANCEL, _RETRY = Action("cancel", "Cancel"), Action("retry", "Try again")
_REASON = Slot("reason", "Reason", "token", TOKEN_WIDTH, "existing")


_AMOUNT = Slot("amount", "Amount", "amount", 20, "always")
_IDENTIFIER = Slot("identifier", "Payment", "token", TOKEN_WIDTH, "always")
_IDENTIFIER_IF_ANY = replace(_IDENTIFIER, mandatory="existing")
_PAYEE = Slot("payee_name", "Payee", "text", 40, "hardened")

LAYOUTS: Mapping[Kind, _Layout] = {
    Kind.SELECT: _Layout(
        "Choose a wallet",
        (Slot("more", "More wallets than shown", "flag", 3, "existing"),),
        (_CANCEL,),
        (
            Slot("display_name", "Wallet", "text", 40, "existing"),
            Slot("wallet_id", "Wallet number", "token", TOKEN_WIDTH, "existing"),
            Slot("instruments", "Pays with", "list", 80),
        ),
        (Action("choose", "Choose"),),
    ),
    Kind.CONFIRM: _Layout(
        "Confirm payment",
        (
            _AMOUNT,
            _IDENTIFIER,
            _PAYEE,
            Slot("check_code", "Check code", "token", 8),
            Slot("instrument_label", "Pays with", "text", 40),
            Slot("order_description", "Order", "text", 80),
        ),
        (Action("confirm", "Confirm"), _CANCEL),
    ),
    Kind.RESULT: _Layout(
        "Payment result",
        (
            Slot("outcome", "Result", "token", 16, "always"),
            _AMOUNT,
            _IDENTIFIER,
            _REASON,
            replace(_PAYEE, mandatory="never"),
        ),
        (_RETRY,),
    ),
    Kind.FORM: _Layout(
        "Registration",
        (
            Slot("page", "Page", "number", 3, "always"),
            Slot("pages", "Pages", "number", 3, "always"),
            Slot("terms", "Terms", "link", 96, "existing", "link"),
            Slot("terms_digest", "Digest of the terms", "token", 64, "existing"),
        ),
        (Action("answer", "Send"), _CANCEL),
        (
            Slot("label", "Question", "text", 40, "existing"),
            Slot("required", "Required", "flag", 3, "existing"),
            Slot("type", "Type", "token", 16, "existing"),
            Slot("max_length", "Longest answer", "number", 4, "existing"),
            Slot("options", "One of", "list", 120, "existing"),
            Slot("entry", "Answer", "token", TOKEN_WIDTH, "existing", "entry"),
            Slot("secret", "Secret answer", "token", TOKEN_WIDTH, "existing", "secret"),
            Slot("error", "Wrong", "text", 40),
        ),
    ),
    Kind.REG_RESULT: _Layout(
        "Registration result",
        (Slot("result", "Result", "token", 16, "always"), replace(_IDENTIFIER_IF_ANY, label="Registration"), _REASON),
        (_RETRY,),
    ),
    Kind.PROGRESS: _Layout(
        "In progress, ask again",
        (
            Slot("wait_hint", "Seconds to wait", "number", 4, "always"),
            Slot("inquiry_token", "Inquiry", "token", 64, "always", "hidden"),
            _IDENTIFIER_IF_ANY,
            Slot("in_doubt", "Outcome unknown, ask the shop with this payment", "flag", 3, "existing"),
            Slot("status", "Payment server says", "token", 16),
        ),
        (Action("inquire", "Ask again"),),
    ),
    Kind.ERROR: _Layout(
        "Not possible",
        (
            Slot("code", "Error", "token", TOKEN_WIDTH, "always"),
            _IDENTIFIER_IF_ANY,
            Slot("registration_link", "Register a wallet", "link", 96, "never", "link"),
        ),
        (_RETRY,),
    ),
}
"""What is said in each kind of page. The order of the slots is the order in the page and of leaving out, last first."""


def template_for(kind: Kind, capabilities: Capabilities) -> Template:
    """Choose the template by kind and capability alone, whatever the contents (§ 1.8 rule 1, Q18)."""
    return _dressed(kind, capabilities.capability_class, min(capabilities.max_options, _counts(kind)[-1]))


def template_named(template_id: str) -> Template:
    """Find a template by the name that a summary or a page bears; ValueError or KeyError if it is none."""
    kind, capability_class, *count = template_id.split(".")
    claimed = int(count[0]) if count else 0
    if claimed in _counts(Kind(kind)):
        template = _dressed(Kind(kind), capability_class, claimed)
        if template.template_id == template_id:
            return template
    raise ValueError(f"no template is called {template_id!r}")


def _counts(kind: Kind) -> range:
    return range(1, MOST_OPTIONS + 1) if LAYOUTS[kind].items else range(1)


@cache
def _dressed(kind: Kind, capability_class: str, count: int) -> Template:
    layout, markup = LAYOUTS[kind], MARKUPS[capability_class]
    template_id = f"{kind}.{capability_class}" + (f".{count}" if count else "")

    def filled(pattern: str, **names: str) -> str:
        return Pattern(pattern).substitute(names, heading=layout.heading, template_id=template_id, value="\0")

    def dressed_slot(position: int, slot: Slot) -> Slot:
        label = f"{slot.index}. {slot.label}" if slot.index else slot.label
        names = {"name": slot.name, "label": label, "comma": "," if position else ""}
        before, after = filled(markup.dress(slot.dress), **names).split("\0")
        blank = filled(markup.blank, **names)
        return replace(slot, label=label, position=position, before=before, after=after, blank=blank)

    def dressed_action(position: int, action: Action) -> Action:
        names = {"name": action.name, "label": action.label, "comma": "," if position else ""}
        return replace(action, shown=filled(markup.action, **names), blank=filled(markup.action_blank, **names))

    indices = range(1, count + 1)
    every_slot = (*layout.slots, *(replace(slot, index=index) for index in indices for slot in layout.items))
    every_action = (
        *(Action(f"{a.name}_{index}", f"{a.label} {index}") for index in indices for a in layout.item_actions),
        *layout.actions,
    )
    slots = tuple(dressed_slot(*numbered) for numbered in enumerate(every_slot))
    actions = tuple(dressed_action(*numbered) for numbered in enumerate(every_action))
    parts: tuple[str | Slot | Action, ...]
    parts = (filled(markup.start), *slots, filled(markup.middle), *actions, filled(markup.end))
    return Template(template_id, kind, capability_class, f"{layout.heading} [{template_id}]", count, parts)
