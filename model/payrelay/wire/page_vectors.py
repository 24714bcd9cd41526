"""Vectors of pages: what a terminal is shown of each kind, in each medium, and pages that no template has made."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from payrelay.model.conversion import CAPABILITIES, Kind, Summary, template_named
from payrelay.model.sections import summarize
from payrelay.wire.json_text import Json
from payrelay.wire.pages import PLAIN_TEXT, page_of
from payrelay.wire.samples import PAGES

SHOWN = ("html", "compact_html", "plain_text")
"""The capability classes whose pages are more than their summaries in JSON."""
SPOILED_PAGES = {
    "unknown_template": "it names a template that there is not",
    "other_charset": "it is not in the charset of its terminal",
    "slot_missing": "the first slot, which no such page lacks, is missing",
    "slot_twice": "the first slot is there twice",
    "slot_unknown": "there is a slot that its template has not",
    "markup_in_slot": "there is markup in the first slot",
    "wrong_contents": "in the first slot stands what cannot stand there",
    "line_added": "there is a line that its template has not",
}
"""Each way to spoil a page, and what is wrong with it."""


def page_vectors() -> Iterator[Json]:
    """A page of every kind in every medium, with how it may not be."""
    for name in SHOWN:
        for kind in Kind:
            summary = summarize(PAGES[kind], CAPABILITIES[name], "hardened")
            assert isinstance(summary, Summary), (name, kind, summary)
            yield _vector(name, summary, CAPABILITIES[name].charset)


def _vector(name: str, summary: Summary, charset: str) -> Json:
    page = page_of(summary, charset)
    spoiled = [
        {"name": how, "says": SPOILED_PAGES[how], "refused": "malformed", "base64": b64encode(data).decode()}
        for how, data in _spoiled(summary, page, charset)
    ]
    return {
        "capability": name,
        "media": summary.media,
        "charset": charset,
        "template_id": summary.template_id,
        "slots": [list(slot) for slot in summary.slots],
        "actions": list(summary.actions),
        "page": page.decode(charset),
        "spoiled": spoiled,
    }


def _spoiled(summary: Summary, page: bytes, charset: str) -> Iterator[tuple[str, bytes]]:
    text = page.decode(charset)
    yield "unknown_template", text.replace(summary.template_id, "nonsense.html").encode(charset)
    yield "other_charset", page + b"\xff"
    template = template_named(summary.template_id)
    first = next(slot for slot in template.slots if slot.name == summary.slots[0][0])
    contents = template.markup.escape(summary.slots[0][2])
    shown = first.before + contents + first.after
    if summary.media == PLAIN_TEXT:
        yield "line_added", (text + "Nonsense\n").encode(charset)
    else:
        yield "slot_twice", text.replace(shown, shown + shown).encode(charset)
        unknown = f'<p><b data-payrelay-slot="nonsense">{contents}</b></p>\n'
        yield "slot_unknown", text.replace(shown, shown + unknown).encode(charset)
        if f">{contents}<" in shown:
            marked = shown.replace(f">{contents}<", f"><i>{contents}</i><")
            yield "markup_in_slot", text.replace(shown, marked).encode(charset)
    if first.mandatory == "always":
        yield "slot_missing", text.replace(shown, "").encode(charset)
        yield "wrong_contents", text.replace(shown, first.before + "a b " * 40 + first.after).encode(charset)
