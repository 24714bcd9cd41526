"""Terminal pages as bytes, and the way back: a reader reads slots, never layout (claims 4-7, 9, 13, 14).

A page is what the contents converting unit makes of some information, written for the terminal's medium. It names its
template and its slots, so whoever reads it needs no more than the attributes of HTML or the published template of
plain text. A page of a program is the summary itself, in JSON.

What is not to be shown but has to come back travels in the page's *envelope* (`payrelay.wire.envelopes`): a hidden
field of the form in HTML, a header beside plain text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from payrelay.model.conversion import Slot, Summary, Template, read, render, template_named
from payrelay.model.conversion.capabilities import CHARSETS
from payrelay.wire.problem_documents import Problem

ENVELOPE = "envelope"
"""The name of the form's hidden field with the envelope."""

HTML_MEDIA = ("text/html", "text/x-chtml")
PLAIN_TEXT = "text/plain"
SLOT_ATTRIBUTE, TEMPLATE_ATTRIBUTE = "data-payrelay-slot", "data-payrelay-template"
ANSWER = "answer."
"""What the name of a field begins with that is an answer to a question of a form."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in a page: its summary, without what it is bound to, and its envelope if it has one inside."""

    summary: Summary
    envelope: str | None = None


def page_of(summary: Summary, charset: str = "utf-8", envelope: str = "") -> bytes:
    """A page as bytes; in HTML with its envelope in the form. UnicodeEncodeError if the charset lacks a character."""
    page = render(summary)
    if envelope and summary.media in HTML_MEDIA:
        start = template_named(summary.template_id).parts[0]
        assert isinstance(start, str)
        hidden = f'<input type="hidden" name="{ENVELOPE}" value="{escape(envelope)}">\n'
        page = start + hidden + page.removeprefix(start)
    return page.encode(charset)


def page_in(page: bytes, media: str, charset: str = "utf-8") -> Page | Problem:
    """What is in a page of HTML or plain text: of `page_of(summary)` the summary, bound to nothing.

    A page that names a template and does not keep to it is malformed.
    """
    if charset not in CHARSETS:
        return Problem("malformed", f"expected one of the charsets {', '.join(sorted(CHARSETS))}")
    try:
        text = page.decode(charset)
    except UnicodeDecodeError:
        return Problem("malformed", f"the page is not in the charset {charset}")
    if media in HTML_MEDIA:
        return _in_html(text, media)
    if media == PLAIN_TEXT:
        return _in_plain_text(text)
    return Problem("unsupported-media-type", f"no pages of {media}")


def _template(name: str, media: str) -> Template | Problem:
    try:
        template = template_named(name)
    except (ValueError, KeyError):
        return Problem("malformed", "the page names no template that there is")
    if template.media != media:
        return Problem("malformed", f"the template {name} is not of {media}")
    return template


def _in_plain_text(text: str) -> Page | Problem:
    """The first line ends in the template's name in brackets, and every line is as the template has it."""
    first = text.partition("\n")[0]
    template = _template(first.rpartition("[")[2].removesuffix("]"), PLAIN_TEXT)
    if isinstance(template, Problem):
        return template
    found = read(text, template)
    if found is None:
        return Problem("malformed", f"the page is not as its template {template.template_id} has it")
    lines = text.splitlines(keepends=True)
    actions = tuple(action.name for action in template.actions if action.shown in lines)
    summary = Summary(template.kind, template.template_id, template.media, found, actions)
    if render(summary) != text:
        return Problem("malformed", f"the page is not as its template {template.template_id} has it")
    return Page(summary)


def _in_html(text: str, media: str) -> Page | Problem:
    """Whatever else the page has: its slots are the elements with the attribute, in the order of the template."""
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:  # how the library refuses a declaration that HTML has not
        return Problem("malformed", "the page is no HTML")
    template = _template(reader.template, media)
    if isinstance(template, Problem):
        return template
    if reader.fault:
        return Problem("malformed", reader.fault)
    known = {slot.name: slot for slot in template.slots}
    rendered: list[tuple[str, int, str]] = []
    for name, contents in reader.slots:
        if fault := _fault(known, name, contents):
            return Problem("malformed", f"slot {name}: {fault}")
        rendered.append((name, known[name].position, contents))
    positions = [position for _, position, _ in rendered]
    if positions != sorted(set(positions)):
        return Problem("malformed", "the slots are not in the order of the template, each once")
    missing = [one.name for one in template.slots if one.mandatory == "always" and one.name not in dict(reader.slots)]
    if missing:
        return Problem("malformed", f"slot {missing[0]}: it is missing")
    actions = tuple(action.name for action in template.actions if action.name in reader.actions)
    if set(actions) != set(reader.actions):
        return Problem("malformed", "the page offers an action that its template has not")
    return Page(Summary(template.kind, template.template_id, media, tuple(rendered), actions), reader.envelope)


def _fault(known: dict[str, Slot], name: str, contents: str) -> str:
    if name not in known:
        return "the template has none such"
    return "" if known[name].accepts(contents) else "its contents cannot stand there"


@dataclass
class _Reader(HTMLParser):
    """Collects what a page names. An input's contents are its value or what its name asks for, a link's its address."""

    template: str = ""
    slots: list[tuple[str, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    envelope: str | None = None
    fault: str = ""
    _within: str = ""
    _text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        self.template = self.template or has.get(TEMPLATE_ATTRIBUTE, "")
        slot, name = has.get(SLOT_ATTRIBUTE), has.get("name", "")
        if self._within:
            self.fault = self.fault or f"slot {self._within}: there is markup in it"
            return
        if tag == "button" and name == "action":
            self.actions.append(has.get("value", ""))
        elif tag == "input":
            if slot is not None:
                is_value = has.get("type") == "hidden"
                self.slots.append((slot, has.get("value", "") if is_value else name.removeprefix(ANSWER)))
            elif has.get("type") == "submit":
                self.actions.append(name)
            elif name == ENVELOPE:
                self.envelope = has.get("value", "")
        elif slot is not None and tag == "a":
            self.slots.append((slot, has.get("href", "")))
        elif slot is not None:
            self._within, self._text = slot, []

    def handle_endtag(self, tag: str) -> None:
        if self._within:
            self.slots.append((self._within, "".join(self._text)))
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self._text.append(data)
