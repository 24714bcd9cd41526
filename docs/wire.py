"""What is generated of the wire: the parts of docs/wire.md, and the OpenAPI documents, docs/openapi/ROLE.json.

Tables come from the model and from payrelay.wire; the obligations from docs/obligations.json, which others may read as
well. docs/generate.py writes it all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from docs.documents import DOCS, DocumentError, later
from docs.sends import reactions, tabulations
from docs.tables import table
from payrelay.language.links import Link
from payrelay.language.messages import Message
from payrelay.model.conversion import Action, Kind, Slot, Summary, template_for
from payrelay.model.conversion.capabilities import CAPABILITIES, CLASSES
from payrelay.model.conversion.templates import FORMATS, LAYOUTS
from payrelay.model.conversion.values import MINOR_UNITS
from payrelay.wire import objects, shapes, symbols
from payrelay.wire.annotations import struct_of
from payrelay.wire.endpoints import every_endpoint, every_link, messages_at
from payrelay.wire.openapi import document_of, roles_served
from payrelay.wire.problem_documents import OTHERWISE, TYPES
from payrelay.wire.problems import REASONS
from payrelay.wire.set_up import SETUPS

OBLIGATIONS, OPENAPI = "obligations.json", "openapi"
WORDS = "words.json"
OF_WORDS = ("code", "outcome", "reason", "refusal", "result")
"""The members that hold a word of the protocol."""
DIRECTION = re.compile(r"[a-z ]+ -> [a-z ]+: ")


# --- words


def first_line(thing: Any) -> str:
    """The first line of a docstring, without the direction that some begin with."""
    return DIRECTION.sub("", (thing.__doc__ or "").strip().partition("\n")[0])


def code(words: Iterable[str]) -> str:
    """Words as code, in their order."""
    return ", ".join(f"`{word}`" for word in words)


# --- endpoints


def endpoints_table(link: Link) -> str:
    """The endpoints of a link."""
    rows = [
        (
            one.message.__name__,
            f"{one.sender} → {one.receiver}",
            f"`{one.path}`",
            ", ".join(kind.__name__ for kind in one.answers) or "202",
            code(one.message.key),
            one.message.claim,
        )
        for one in every_endpoint()
        if one.link == link.name
    ]
    of = f"Of the relay's {link.section}. " if link.section else ""
    never = ", ".join(kind.__name__ for kind in link.never)
    head = ("message", "from → to", "POST", "answered by", "key", "source")
    return f"{of}Never: {never}.\n\n{table(head, rows)}" if never else f"{of}\n\n{table(head, rows)}".lstrip()


def reactions_table() -> str:
    """What a role may send in the very step in which it takes a message; and on a timer."""
    rows = [(role, cause, ", ".join(f"{name} → {to}" for name, to in sent)) for role, cause, sent in reactions()]
    return table(("role", "takes", "and may then send"), rows)


# --- bodies


def in_words(shape: Any) -> str:
    """What a member holds."""
    match shape:
        case shapes.Text():
            return "text, perhaps empty" if shape.may_be_empty else "text"
        case shapes.Party():
            return "party"
        case shapes.Whole():
            return "whole number" + (f", at least {shape.least}" if shape.least else "")
        case shapes.Flag():
            return "true or false"
        case shapes.Word():
            return "one of " + code(shape.words) if shape.words else "nothing"
        case shapes.Named():
            return _symbol_in_words(shape)
        case shapes.Digest():
            return "digest"
        case shapes.Many():
            return f"list of {in_words(shape.item)}"
        case shapes.Row():
            return f"[{', '.join(map(in_words, shape.items))}]"
        case shapes.Attested():
            return f"signed {shape.content.kind.__name__}"
        case shapes.Secret():
            return f"sealed {in_words(shape.content)}" + (", or in clear" if shape.may_be_clear else "")
        case shapes.Struct():
            return shape.kind.__name__
    raise DocumentError(f"no words for a member of shape {type(shape).__name__}")


def _symbol_in_words(shape: shapes.Named) -> str:
    kind, *further = shape.kinds
    if kind in symbols.TEXTS:
        return f"text (`{kind}`)"
    if kind in symbols.ADDRESSES:
        return "URL"
    prefixed = f", or `{further[0]}.` and identifier" if further else ""
    return f"identifier (`{kind}`){prefixed}"


def members_table(struct: shapes.Struct) -> str:
    """The members of an object; of a message, those that not every message has."""
    everywhere = ("sender", "receiver") if issubclass(struct.kind, Message) else ()
    rows = [
        (f"`{one.name}`", in_words(one.shape), "" if one.is_optional else "yes")
        for one in struct.members
        if one.name not in everywhere
    ]
    return table(("member", "holds", "required"), rows)


def messages_text() -> str:
    """Every message, with its members."""
    parts = []
    for kind in messages_at(every_endpoint()):
        parts.append(f"#### {kind.__name__}\n\n{first_line(kind)}\n\n{members_table(struct_of(kind))}")
    return "\n".join(parts)


def objects_text() -> str:
    """Every object that stands in messages, with its members."""
    parts: list[str] = []
    for kind, struct in sorted(_structs_in(_shapes_of_messages()).items(), key=lambda item: item[0].__name__):
        if not issubclass(kind, Message | Summary):  # a page is told of by what it is bound to
            parts.append(f"#### {kind.__name__}\n\n{first_line(kind)}\n\n{members_table(struct)}")
    return "\n".join(parts)


def _structs_in(found: Iterable[shapes.Shape]) -> dict[type, shapes.Struct]:
    return {shape.kind: shape for shape in found if isinstance(shape, shapes.Struct)}


def _shapes_of_messages() -> Iterator[shapes.Shape]:
    for kind in messages_at(every_endpoint()):
        yield from shapes.shapes_in(struct_of(kind))


def words_table() -> str:
    """The words that stand in some members, each with what it says."""
    told = json.loads((DOCS / WORDS).read_text(encoding="utf-8"))
    untold = words_said() - {(one["in"], one["member"], one["word"]) for one in told}
    if untold:
        kind, member, word = min(untold)
        raise DocumentError(f"docs/{WORDS} has no word '{word}' for {member} of {kind}, which a run of the model says")
    rows = [
        (one["in"], f"`{one['member']}`", f"`{one['word']}`" if one["word"] else "empty", one["says"]) for one in told
    ]
    return table(("in", "member", "word", "says"), rows)


def words_said() -> set[tuple[str, str, str]]:
    """The words that stand in such members of messages, in any run: by message or object and member."""
    found: set[tuple[str, str, str]] = set()
    for tables in tabulations():
        for message in tables.messages:
            _words_in(message, found)
    return found


def _words_in(term: Any, found: set[tuple[str, str, str]]) -> None:
    if isinstance(term, tuple):
        for item in term:
            _words_in(item, found)
    elif is_dataclass(term) and not isinstance(term, type):
        for one in fields(term):
            value = getattr(term, one.name)
            if one.name in OF_WORDS and isinstance(value, str):
                if value and one.name not in getattr(term, "given", ()):
                    found.add((type(term).__name__, one.name, value))
            else:
                _words_in(value, found)


def bound_table() -> str:
    """What the page of each kind of answer is bound to."""
    rows = []
    for kind in dict.fromkeys(kind for one in every_endpoint() for kind in one.answers):
        if hasattr(kind, "kind"):
            page: Any = next(one.shape for one in struct_of(kind).members if one.name == "summary")
            bound = next((one.shape for one in page.members if one.name == "bound"), None)
            rows.append((kind.__name__, f"`{kind.kind.value}`", in_words(bound) if bound else "nothing"))
    return table(("answer", "`summary.kind`", "`summary.bound`"), rows)


# --- refusals


def problems_table() -> str:
    """Every kind of problem."""
    rows = [(str(one.status), f"`{one.name}`", one.when, one.may_help) for one in TYPES.values()]
    return table(("status", "problem", "when", "what helps"), rows)


def reasons_table() -> str:
    """Every reason to refuse a body."""
    rows = [(f"`{reason}`", f"`{OTHERWISE.get(reason, 'malformed')}`", says) for reason, says in REASONS.items()]
    return table(("`reason`", "problem", "a body that breaks this"), rows)


# --- pages


def media_table() -> str:
    """The media of pages."""
    rows = [
        (f"`{media}`", name, _page_media(media), f"{CAPABILITIES[name].max_bytes:,}") for media, name in CLASSES.items()
    ]
    return table(("media type", "class", "what the body is", "usual `max_bytes`"), rows)


def _page_media(media: str) -> str:
    return "the message, in JSON" if media == "application/json" else "the page; the rest in its envelope"


def formats_table() -> str:
    """The forms of contents."""
    rows = []
    for name, pattern in FORMATS.items():
        says = "the amount, see below" if name == "amount" else f"`{pattern.pattern}`"
        rows.append((name, says))
    return table(("form", "regular expression"), rows)


def currencies_table() -> str:
    """The currencies, by their decimal places."""
    places = sorted(set(MINOR_UNITS.values()))
    rows = [(str(number), code(sorted(one for one, of in MINOR_UNITS.items() if of == number))) for number in places]
    return table(("decimal places", "currencies"), rows)


SORTS = {"always": "always", "hardened": "hardened", "existing": "if any", "never": "if it fits"}


def templates_text() -> str:
    """For each kind of page its slots, and its template in plain text."""
    return "\n".join(map(_template_text, Kind))


def _template_text(kind: Kind) -> str:
    layout = LAYOUTS[kind]
    is_repeated = bool(layout.items)
    template = template_for(kind, replace(CAPABILITIES["plain_text"], max_options=1))
    rows = [
        (f"`{slot.field}_N`" if slot.index else f"`{slot.name}`", _label(slot), slot.format, str(slot.width),
         SORTS[slot.mandatory], slot.dress)
        for slot in template.slots
    ]  # fmt: skip
    actions = [re.sub(r"_1$", "_N", action.name) for action in template.actions]
    name = f"{kind.value}.CLASS" + (".COUNT" if is_repeated else "")
    lines = "".join(map(_line, template.parts))
    return (
        f"#### {kind.value}: {layout.heading}\n\nTemplate `{name}`; actions {code(actions)}.\n\n"
        + table(("slot", "label", "form", "width", "when", "in HTML"), rows)
        + f"\n```text\n{lines}```\n"
    )


def _label(slot: Slot) -> str:
    return re.sub(r"^1\. ", "N. ", slot.label)


def _line(part: str | Slot | Action) -> str:
    """A part of a template in plain text, with the name of what stands there."""
    if isinstance(part, Slot):
        return f"{part.before}{{{part.name}}}{part.after}"
    return part.shown if isinstance(part, Action) else part


# --- security and set-up


def objects_table() -> str:
    """What is signed and sealed: by whom, of what type, for whom, and for how long."""
    rows = []
    for kind, signer in objects.SIGNERS.items():
        seconds = objects.lifetime_of(kind)
        rows.append(
            (kind.__name__, f"signed, purpose `{signer}`", f"`{objects.type_of(kind)}`",
             ", ".join(objects.roles_for(kind)), f"{seconds} s" if seconds else "for ever")
        )  # fmt: skip
    sealed: dict[str, tuple[str, ...]] = {}
    for shape in _shapes_of_messages():
        if isinstance(shape, shapes.Secret):
            content = shape.content
            seconds = objects.lifetime_of(content.kind) if isinstance(content, shapes.Struct) else None
            lasts = f"{seconds} s" if seconds else "for ever"
            sealed.setdefault(in_words(content), (objects.type_of_sealed(content), lasts))
    rows += [(what, "sealed", f"`{typed}`", "", lasts) for what, (typed, lasts) in sealed.items()]
    return table(("object", "how", "`typ`", "may come to", "holds"), rows)


def setup_table() -> str:
    """What can be set up."""
    rows = [(one.role, f"`{one.path}`", one.says) for one in SETUPS]
    return table(("role", "POST", "what"), rows)


def setup_text() -> str:
    """The members of each set-up request, and of what stands in them and in no message."""
    kinds = _structs_in(shape for one in SETUPS for shape in shapes.shapes_in(one.shape))
    told = _structs_in(_shapes_of_messages())
    return "\n".join(
        f"`{kind.__name__}`:\n\n{members_table(struct)}" for kind, struct in kinds.items() if kind not in told
    )


# --- obligations


def obligations(docs: Path = DOCS) -> list[dict[str, str]]:
    """The obligations, in their order."""
    found: list[dict[str, str]] = json.loads((docs / OBLIGATIONS).read_text(encoding="utf-8"))
    return found


def obligations_table(docs: Path, section: str) -> str:
    """The obligations of a section."""
    rows = [
        (one["id"], one["role"], one["level"].upper(), one["security"], one["text"], one["source"])
        for one in obligations(docs)
        if one["section"] == section
    ]
    if not rows:
        raise DocumentError(f"docs/{OBLIGATIONS}: no obligation is of the section '{section}'")
    return table(("id", "who", "level", "security", "what", "source"), rows)


# --- all of it


def parts(docs: Path = DOCS) -> Mapping[str, Callable[[], str]]:
    """Everything that can stand between markers on the page of the wire, by name."""
    sections = dict.fromkeys(one["section"] for one in obligations(docs))
    return {
        **{f"endpoints {link.name}": later(endpoints_table, link) for link in every_link() if link.carries},
        **{f"obligations {section}": later(lambda of: obligations_table(docs, of), section) for section in sections},
        "reactions": reactions_table,
        "messages": messages_text,
        "objects": objects_text,
        "bound": bound_table,
        "words": words_table,
        "problems": problems_table,
        "reasons": reasons_table,
        "media": media_table,
        "formats": formats_table,
        "currencies": currencies_table,
        "templates": templates_text,
        "signed and sealed": objects_table,
        "setup": setup_table,
        "setup members": setup_text,
    }


def openapi_documents(docs: Path = DOCS) -> Iterator[tuple[Path, str]]:
    """The OpenAPI document of each role that serves, as it should be."""
    for role in roles_served():
        text = json.dumps(document_of(role), indent=1, ensure_ascii=False) + "\n"
        yield docs / OPENAPI / f"{role}.json", text
