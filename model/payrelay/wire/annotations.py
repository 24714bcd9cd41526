"""From annotations to shapes: the shape of every message and object is made of its dataclass.

What is annotated as `object`, since it is signed, or sealed, or neither, depending on the level of security, stands in
one table (`open_shapes`).
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from payrelay.language import terms
from payrelay.language.messages import Message, event_name
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES, Amount, Capabilities, Kind, Summary, template_for
from payrelay.model.conversion.capabilities import CHARSETS, CLASSES
from payrelay.model.conversion.templates import MOST_OPTIONS
from payrelay.model.conversion.values import MINOR_UNITS
from payrelay.model.data import (
    AuthInfo,
    ConfirmInfo,
    DualSignature,
    Form,
    PaymentInfo,
    PaymentInstruction,
    Receipt,
)
from payrelay.model.messages.registration import Answer
from payrelay.wire import symbols
from payrelay.wire.remembering import remembered
from payrelay.wire.shapes import (
    MOST_ITEMS,
    Attested,
    Digest,
    Flag,
    Many,
    Member,
    Named,
    Party,
    Row,
    Secret,
    Shape,
    Struct,
    Text,
    Whole,
    Word,
)

PARTIES = frozenset({"sender", "receiver", "relay", "shop", "wallet", "payment_server", "authority"})
"""The fields that name a party."""
CHOICES: Mapping[tuple[type, str], Iterable[str]] = {
    (Amount, "currency"): MINOR_UNITS,
    (Capabilities, "media"): CLASSES,
    (Capabilities, "charset"): CHARSETS,
}
"""The fields of which the model knows all values that they can have."""


@remembered
def most_items() -> Mapping[tuple[type, str], int]:
    """How long the lists may be that may be longer than others: a page has as many slots as its template."""
    widest = replace(CAPABILITIES["json"], max_options=MOST_OPTIONS)
    return {(Summary, "slots"): max(len(template_for(kind, widest).slots) for kind in Kind)}


@remembered
def open_shapes() -> Mapping[tuple[type | None, str], Shape]:
    """What stands in fields that are annotated as `object`: whatever is signed, by the name of its class; the sealed
    instruction; and a user's answer, sealed or not. Of one class alone, or of all."""
    attested = (PaymentInfo, ConfirmInfo, DualSignature, Receipt, Form, AuthInfo)
    table: dict[tuple[type | None, str], Shape] = {
        (None, event_name(kind)): Attested(struct_of(kind)) for kind in attested
    }
    table[None, "instruction"] = Secret(struct_of(PaymentInstruction), may_be_clear=False)
    table[Answer, "value"] = Secret(Named(symbols.kinds_of("value")), may_be_clear=True)
    return types.MappingProxyType(table)


@remembered
def struct_of(kind: type, bound_to: type | None = None) -> Struct:
    """The shape of a dataclass; of a page, by what it is bound to."""
    hints = get_type_hints(kind)
    given = getattr(kind, "given", ())
    members = []
    for field in fields(kind):
        if field.name in given:
            continue
        may_be_empty = field.default == ""
        hint = hints[field.name]
        if hint is Summary:
            shape: Shape = _page_of(kind)
            members.append(Member(field.name, shape, False))
            continue
        if hint is Hashable:
            members += [Member(field.name, bound, True) for bound in _bound_shapes(bound_to)]
            continue
        hint, is_optional = _without_none(hint)
        is_optional = is_optional or (hint is object and field.default is None)
        members.append(Member(field.name, _shape_of(kind, field.name, hint, may_be_empty), is_optional))
    constant = (("message", kind.__name__),) if issubclass(kind, Message) else ()
    return Struct(kind, tuple(members), constant)


def _page_of(answer: Any) -> Struct:
    """The shape of the page that an answer has: of its kind, and bound to what such pages are."""
    page = struct_of(Summary, answer.bound_to)
    kind = Word({answer.kind.value: answer.kind})
    return Struct(Summary, tuple(Member("kind", kind, False) if m.name == "kind" else m for m in page.members))


def _bound_shapes(bound_to: type | None) -> tuple[Shape, ...]:
    """What pages are bound to that are bound at all: wallets by their names, or typed values."""
    if bound_to in (None, object):
        return ()
    return (Many(Party()),) if bound_to is tuple else (struct_of(bound_to),)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    others = tuple(one for one in get_args(hint) if one is not type(None))
    return (others[0] if len(others) == 1 else Union[others]), len(others) < len(get_args(hint))  # noqa: UP007


def _shape_of(owner: type, name: str, hint: Any, may_be_empty: bool) -> Shape:
    if hint in (object, Any):
        table = open_shapes()
        return table.get((owner, name)) or table[None, name]
    if (owner, name) in CHOICES:
        return Word({word: word for word in sorted(CHOICES[owner, name])})
    if hint is str:
        return Party() if name in PARTIES else Text(may_be_empty)
    if hint in (int, bool):
        return Flag() if hint is bool else Whole(1 if owner is Capabilities else 0)
    if hint is Symbol:
        return Named(symbols.kinds_of(name))
    if hint is terms.Hash:
        return Digest()
    if hint is terms.Sealed:
        return Secret(Named(symbols.kinds_of(name)), may_be_clear=False)
    if get_origin(hint) is Union and set(get_args(hint)) == {terms.Sealed, Symbol}:
        return Secret(Named(symbols.kinds_of(name)), may_be_clear=False)
    if get_origin(hint) is tuple:
        items = get_args(hint)
        if items[-1] is Ellipsis:
            return Many(_shape_of(owner, name, items[0], False), most_items().get((owner, name), MOST_ITEMS))
        return Row(tuple(_shape_of(owner, name, item, False) for item in items))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Word({str(one.value): one for one in hint})
    if isinstance(hint, type) and is_dataclass(hint):
        return struct_of(hint)
    raise TypeError(f"{owner.__name__}.{name}: no shape for {hint}")
