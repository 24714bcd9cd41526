"""Naming: which message of the model a foreign message is, once its values are called by the model's names.

A message is taken apart into its form (its name, its way, its fields, and every value that has to be what it is) and
its open values, in order. The messages of a model that have the same form are a group, and differ in the names of
open values alone. A binding says which foreign value goes by which name; it grows in order of appearance, and two
names never stand for one value, since guards ask whether values are the same; but for what no guard looks at, as what
two wallets show of the same card. Where a value could go by several names (which of two wallets is it?) each is tried.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from payrelay.language.links import link_between, role_of
from payrelay.language.observations import Event, OpenValues, written
from payrelay.language.systems import System
from payrelay.language.traces import Plain, canonical, plain_input
from payrelay.verification.tables.tabulation import Tabulation

PARTY = "party:"
"""Begins the class of values that are names of parties; the role comes after it."""
SEALED = "Sealed as "
"""Begins the class of what is sealed; the field comes after it."""
OPEN, SCALAR, TEXT = "~", "#", "'"
MOST_REMEMBERED = 10_000
"""What was looked up is remembered up to so many; then it begins anew."""
NUMBERED = re.compile(r"_\d+$")

Form = tuple[str, ...]
Value = tuple[str, str]
"""The class of a value (its kind of symbol, the name of its field, its type) and the value as text."""


class Binding(NamedTuple):
    """What foreign values are called in the model."""

    names: dict[Value, str]
    """By foreign value, its name; of several the last."""
    taken: dict[Value, str]
    """By name, the foreign value."""
    latest: dict[str, str]
    """Of each class that is taken anew for every request, the foreign value of the last request sent."""

    @classmethod
    def empty(cls) -> Binding:
        """Nothing is known yet."""
        return cls({}, {}, {})

    def copy(self) -> Binding:
        """The same, to be added to apart from this one."""
        return Binding(self.names.copy(), self.taken.copy(), self.latest.copy())

    def add(self, new: dict[Value, str]) -> None:
        """Add what foreign values names were found to stand for."""
        self.taken.update(new)
        for (of, name), value in new.items():
            self.names[of, value] = name


class Group(NamedTuple):
    """The messages of a model that have one form."""

    classes: tuple[str, ...]
    numbers: dict[tuple[str, ...], int]
    """The number of each message, by the names of its open values."""
    introduces: tuple[int, ...]
    """The places of values that are taken anew for this message."""
    answers: tuple[int, ...]
    """The places of values that were taken anew for the request that this message answers."""
    coinciding: tuple[int, ...]
    """The places of values that may go by several names."""
    fitting: dict[tuple[str | None, ...], list[tuple[tuple[str, ...], int]]]
    """Those of `numbers` that have these names, where there is a name. Remembers what it was asked."""


class Named(NamedTuple):
    """A foreign message, called by the model's names."""

    number: int
    new: dict[Value, str]
    """By name, the foreign values of the names that had none before."""


class _KeysOf(NamedTuple):
    """The keys of an object."""

    mark: str
    """What stands in a form for them."""
    in_order: tuple[str, ...]
    is_special: bool
    """Whether it may be something else than an object like others."""


SYMBOL = _KeysOf("{kind\x00name", ("kind", "name"), True)
"""The keys of a symbol."""


class _Keys(dict[tuple[str, ...], _KeysOf]):
    """By the keys of an object, as they stand in it. Remembers what it was asked."""

    def __missing__(self, keys: tuple[str, ...]) -> _KeysOf:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        in_order = tuple(sorted(keys))
        if in_order == SYMBOL.in_order:
            self[keys] = SYMBOL
            return SYMBOL
        of = self[keys] = _KeysOf("{" + "\x00".join(in_order), in_order, "type" in keys)
        return of


class _Parties(dict[str, str | None]):
    """By text, what stands in a form for it if it is the name of a party, else None. Remembers what it was asked."""

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__()
        self._roles = roles

    def __missing__(self, text: str) -> str | None:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        role = role_of(text)
        of = self[text] = f"{OPEN}{PARTY}{role}" if role in self._roles else None
        return of


class Naming:
    """The messages of a system by their forms."""

    def __init__(self, tables: Tabulation, open_values: OpenValues) -> None:
        self.system: System = tables.system
        self.tables = tables
        self.open_values = open_values
        self.parties = frozenset(self.system.machines_of)
        self._texts = open_values.texts
        self._keys = _Keys()
        self._parties = _Parties(frozenset(map(role_of, self.parties)))
        self._given = {type(message).__name__: frozenset(type(message).given) for message in tables.messages}
        self.plains: list[dict[str, Plain]] = [
            json.loads(canonical(plain_input(message)))
            for message in tables.messages  # as it stands in a log
        ]
        kinds = {kind for one in self.plains for kind in _kinds(one["fields"])}
        self._slots = {
            slot: next((one for one in classes if one in kinds), classes[0])
            for slot, classes in open_values.rendered.items()
        }
        self.groups: dict[Form, Group] = {}
        self.forms: list[tuple[Form, tuple[str, ...]]] = []
        """The form and the names of each message, by its number."""
        for number, one in enumerate(self.plains):
            form, values = self.apart(self._link(one["from"], one["to"]), one["from"], one["to"], one)
            group = self.groups.get(form)
            if group is None:
                group = self.groups[form] = self._group(form)
            group.numbers.setdefault(values, number)
            self.forms.append((form, values))

    def _link(self, sender: str, receiver: str) -> str:
        link = link_between(self.system.links, sender, receiver)
        return link.name if link else ""

    def _group(self, form: Form) -> Group:
        classes = tuple(part[1:] for part in form if part[0] == OPEN)
        sender, receiver = form[2][len(OPEN + PARTY) :], form[3][len(OPEN + PARTY) :]
        owners = [self.open_values.renewed.get(one) for one in classes]
        introduces = tuple(place for place, owner in enumerate(owners) if owner == sender)
        answers = tuple(place for place, owner in enumerate(owners) if owner == receiver)
        coinciding = tuple(place for place, one in enumerate(classes) if one in self.open_values.coinciding)
        return Group(classes, {}, introduces, answers, coinciding, {})

    def apart(self, link: str, sender: str, receiver: str, message: dict[str, Plain]) -> tuple[Form, tuple[str, ...]]:
        """The form and the open values of a message."""
        form = [message["message"], link, f"{OPEN}{PARTY}{role_of(sender)}", f"{OPEN}{PARTY}{role_of(receiver)}"]
        values = [sender, receiver]
        self._take_fields(message, form, values)
        return tuple(form), tuple(values)

    def apart_fields(self, message: dict[str, Plain]) -> tuple[Form, tuple[str, ...]]:
        """The form and the open values of the fields of a message."""
        form: list[str] = []
        values: list[str] = []
        self._take_fields(message, form, values)
        return tuple(form), tuple(values)

    def _take_fields(self, message: dict[str, Plain], form: list[str], values: list[str]) -> None:
        fields = message["fields"]
        given = self._given.get(message["message"])
        if given:
            fields = {key: value for key, value in fields.items() if key not in given}
        self._take_object(fields, form, values)

    def apart_event(self, event: Event) -> tuple[Form, tuple[str, ...]]:
        """The form and the open values of what an event tells of."""
        assert event.message is not None
        return self.apart(event.link, event.sender, event.receiver, event.message)

    def form_of(self, value: Plain, field: str) -> Form:
        """The form of a part of a message, which stands in a field of this name."""
        form: list[str] = []
        self._take(value, field, form, [])
        return tuple(form)

    # Here goes most of the time of following: so there are few calls, and what keys an object has is looked up.

    def _take_object(self, value: dict[str, Plain], form: list[str], values: list[str], field: str = "") -> None:
        keys_of, texts, parties = self._keys, self._texts, self._parties
        mark, in_order, is_special = keys_of[tuple(value)]
        if is_special and self._take_special(value, field, form, values):
            return
        form.append(mark)
        for key in in_order:
            item = value[key]
            kind = type(item)
            if kind is dict:
                if keys_of[tuple(item)] is SYMBOL and type(item["kind"]) is str is type(item["name"]):
                    form.append(OPEN + item["kind"])
                    values.append(item["name"])
                else:
                    self._take_object(item, form, values, key)
            elif kind is str and key not in texts:
                of = parties[item]
                if of is None:
                    form.append(TEXT + item)
                else:
                    form.append(of)
                    values.append(item)
            else:
                self._take(item, key, form, values)

    def _take_special(self, value: dict[str, Plain], field: str, form: list[str], values: list[str]) -> bool:
        """Take what is no object like others: a symbol, a digest, something sealed, a type of open values."""
        name = value.get("type")
        if name is None:
            kind, text = value["kind"], value["name"]
            if type(kind) is not str or type(text) is not str:
                return False
            form.append(OPEN + kind)
            values.append(text)
        elif name == "Hash":
            form.append(f"{OPEN}Hash")
            values.append(self.as_text(value.get("content")))
        elif name == "Sealed":
            form.append(f"{OPEN}{SEALED}{field}")
            values.append(self.as_text(value.get("content")))
            self._take(value.get("to"), "to", form, values)
        elif type(name) is str and name in self.open_values.written:
            form.append(OPEN + name)
            values.append(self.open_values.written[name].write(value))
        else:
            return False
        return True

    def _take(self, value: Plain, field: str, form: list[str], values: list[str]) -> None:
        kind = type(value)
        if kind is str:
            of = OPEN + field if field in self._texts else self._parties[value]
            if of is None:
                form.append(TEXT + value)
            else:
                form.append(of)
                values.append(value)
        elif kind is dict:
            self._take_object(value, form, values, field)
        elif kind is list:
            if value and field in self._texts and all(type(item) is str for item in value):
                form.append(OPEN + field)
                values.append(self.open_values.between.join(value))
            elif field == "slots":
                self._take_slots(value, form, values)
            else:
                form.append(f"[{len(value)}")
                for item in value:
                    self._take(item, field, form, values)
        else:
            form.append(f"{SCALAR}{value!r}")

    def _take_slots(self, slots: list[Plain], form: list[str], values: list[str]) -> None:
        form.append(f"[{len(slots)}")
        for slot in slots:
            if not self.is_slot(slot):
                form.append(f"{SCALAR}{slot!r}")
                continue
            name, place, text = slot
            form.append(f"{name} {place}")
            of = self.class_of_slot(name, text)
            if of is None:
                form.append(TEXT + text)
            else:
                form.append(OPEN + of)
                values.append(text)

    # --- which values are open

    def party_class(self, value: str) -> str | None:
        """The class of a text that is the name of a party; None if it is none."""
        of = self._parties[value]
        return None if of is None else of[len(OPEN) :]

    def is_slot(self, slot: Plain) -> bool:
        """Whether something in a list of slots is one."""
        return type(slot) is list and len(slot) == 3 and type(slot[0]) is str and type(slot[2]) is str

    def class_of_slot(self, name: str, text: str) -> str | None:
        """The class of the text in a slot of a page; None if it stands for itself."""
        of = self._slots.get(NUMBERED.sub("", name))
        return f"{PARTY}{role_of(text)}" if of == "party" else of

    def as_text(self, value: Plain) -> str:
        """What is inside of something that cannot be opened, as text."""
        return value if type(value) is str else written({"": value})

    @cached_property
    def messages_named(self) -> dict[str, list[Form]]:
        """The forms that messages of each name have."""
        found: dict[str, list[Form]] = {}
        for form in self.groups:
            found.setdefault(form[0], []).append(form)
        return found

    # --- calling values by names

    def named(
        self, group: Group, values: tuple[str, ...], binding: Binding, is_request_seen: bool = True
    ) -> list[Named]:
        """Every message of the group that these values can be those of. `is_request_seen`: an answer does not come
        without the request that it answers."""
        key = tuple(map(binding.names.get, zip(group.classes, values, strict=True)))
        if group.coinciding:
            key = tuple(None if place in group.coinciding else name for place, name in enumerate(key))
        number = group.numbers.get(key)  # type: ignore[arg-type]  # a key with None in it is no key of any message
        if number is not None:
            return [Named(number, NOTHING)]
        found: list[Named] = []
        for names, number in self._fitting(group, key) if None in key else ():
            new = self._new(group, values, key, names, binding, is_request_seen)
            if new is not None:
                found.append(Named(number, new))
        return found

    def _fitting(self, group: Group, key: tuple[str | None, ...]) -> list[tuple[tuple[str, ...], int]]:
        fitting = group.fitting.get(key)
        if fitting is None:
            if len(group.fitting) >= MOST_REMEMBERED:
                group.fitting.clear()
            fitting = group.fitting[key] = [
                (names, number)
                for names, number in group.numbers.items()
                if all(known is None or known == name for known, name in zip(key, names, strict=True))
            ]
        return fitting

    def _new(
        self,
        group: Group,
        values: tuple[str, ...],
        key: tuple[str | None, ...],
        names: tuple[str, ...],
        binding: Binding,
        is_request_seen: bool,
    ) -> dict[Value, str] | None:
        """What names stand for that stood for nothing, if values have these names; None if they cannot."""
        new: dict[Value, str] = {}
        called: dict[Value, str] = {}
        for place, known in enumerate(key):
            if known is not None:
                continue
            of, value, name = group.classes[place], values[place], names[place]
            if place in group.coinciding:
                meant = binding.taken.get((of, name)) or new.setdefault((of, name), value)
                if meant != value:
                    return None
                continue
            before = called.get((of, value))
            if before is not None:
                if before != name:
                    return None
                continue
            called[of, value] = name
            if of in self.open_values.renewed:
                if place in group.answers and is_request_seen:
                    return None
            elif (of, name) in binding.taken or (of, name) in new:
                return None
            elif of.startswith(PARTY) and value != name and value in self.parties:
                return None  # parties that are called as in the model are those of the model
            new[of, name] = value
        return new


NOTHING: dict[Value, str] = {}


def _kinds(value: Plain) -> Iterator[str]:
    """The kinds of all symbols in a plain term."""
    if type(value) is dict:
        if set(value) == {"kind", "name"}:
            yield value["kind"]
        for item in value.values():
            yield from _kinds(item)
    elif type(value) is list:
        for item in value:
            yield from _kinds(item)
