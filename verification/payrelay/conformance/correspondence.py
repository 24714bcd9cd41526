"""Correspondence: which value of a running system each value of the model stands for, in one test.

A test is a run of the model. Whatever the kit sends is the model's message with its values replaced by real ones:
identifiers that can travel, objects that are signed and sealed. Whatever comes back is held against the message that
the model says must come: it has to be the same but for values that the system under test was free to choose, which are
learnt. A value that was learnt once is the same ever after, and two of the model's never become one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from payrelay.conformance.renaming import NUMBER_AT_END, symbols_in
from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount, FormField, Kind, Summary
from payrelay.model.conversion.summary import RenderedSlot
from payrelay.model.data import AuthInfo, ConfirmInfo, DualSignature, Form, PaymentInfo, Receipt
from payrelay.model.open_values import OPEN_VALUES
from payrelay.wire import WritingError, symbols
from payrelay.wire.annotations import struct_of
from payrelay.wire.base64url import to_base64url
from payrelay.wire.digests import digest_of
from payrelay.wire.hands import Writing
from payrelay.wire.keyring import Keyring
from payrelay.wire.terms import Hash, Sealed, Signed, Unverified

FIRST_READER = {
    PaymentInfo: "relay",
    ConfirmInfo: "relay",
    Form: "relay",
    AuthInfo: "relay",
    DualSignature: "shop",
    Receipt: "shop",
}
"""To whom an object is sent by whoever signs it; others get it from there."""
OWN_CHOICE = frozenset(["wait_hint"])
"""The slots whose contents are as the relay likes."""
UNKNOWN = "UNKNOWN_PROCEDURE"


class Mismatch(Exception):
    """What came is not what the model says. `path` is where, `expected` and `found` are what, for people."""

    def __init__(self, path: str, expected: object, found: object) -> None:
        super().__init__(path)
        self.path, self.expected, self.found = path, shown(expected), shown(found)

    def __str__(self) -> str:
        return f"{self.path or 'the message'} is {self.found}, expected {self.expected}"


def shown(value: object) -> str:
    """A value for people, on one short line."""
    if isinstance(value, Symbol):
        text = f"{value.kind} {value.name}"
    elif isinstance(value, terms.Signed | terms.Sealed | terms.Unverified | terms.Hash):
        text = str(value)
    else:
        text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


@dataclass
class Correspondence:
    """What stands for what. `fresh` makes a real value for a symbol of the model that has none."""

    fresh: Callable[[Symbol], str]
    rings: dict[str, Keyring]
    """The keyring of every party, with a pen; the party under test's own among them, which the kit has issued."""
    names: dict[Symbol, str] = field(default_factory=dict)
    """By symbol of the model, the real name."""
    parties: dict[str, str] = field(default_factory=dict)
    """By party of the model, what it is called, if it is called otherwise."""
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    """By field and text of the model, the real text, if it is another."""
    objects: dict[object, Any] = field(default_factory=dict)
    """By signed or sealed object of the model, the real one."""
    amounts: dict[Amount, Amount] = field(default_factory=dict)
    """By amount of the model, the real one, if it is another."""
    forgotten: set[Symbol] = field(default_factory=set)
    """What the party that has made it knows no more: where it makes it anew, it has another name."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By a word of the system under test for a reason, the protocol's."""
    _taken: dict[tuple[str, str], Symbol] = field(default_factory=dict)

    def copy(self) -> Correspondence:
        """The same, to be added to apart from this one."""
        return replace(
            self,
            names=self.names.copy(),
            parties=self.parties.copy(),
            texts=self.texts.copy(),
            objects=self.objects.copy(),
            amounts=self.amounts.copy(),
            forgotten=self.forgotten.copy(),
            _taken=self._taken.copy(),
        )

    def at(self, now: int) -> None:
        """What is signed from now on is signed at this time, in seconds since 1970."""
        for name, ring in self.rings.items():
            if ring.pen is not None and ring.pen.now != now:
                self.rings[name] = replace(ring, pen=replace(ring.pen, now=now))

    def learn(self, symbol: Symbol, name: str) -> None:
        """A symbol of the model has this real name."""
        self.names[symbol] = name
        self._taken[symbol.kind, name] = symbol

    def has(self, real: Symbol) -> bool:
        """Whether a real symbol stands for one of the model."""
        return (real.kind, real.name) in self._taken

    def known(self) -> tuple[Symbol, ...]:
        """The real symbols that stand for one of the model."""
        return tuple(Symbol(kind, name) for kind, name in self._taken)

    def forget(self, symbol: Symbol) -> None:
        """A symbol stands for something new from now on, as a nonce that is taken anew for every request."""
        name = self.names.pop(symbol, None)
        if name is not None:
            self._taken.pop((symbol.kind, name), None)

    def _forget_all_of(self, symbol: Symbol) -> None:
        """A symbol stands for something new, and is in new objects."""
        self.forget(symbol)
        self.objects = {term: real for term, real in self.objects.items() if symbol not in symbols_in(term)}

    def forget_stranger(self, name: str) -> None:
        """What is called so is somebody else each time."""
        for symbol in [symbol for symbol in self.names if symbol.name == name]:
            self.forget(symbol)
        for term in [term for term in self.objects if any(symbol.name == name for symbol in symbols_in(term))]:
            del self.objects[term]

    def stand_for(self, thing: Any, real: Any) -> None:
        """Something that stands before a test is real already: all of it is learnt, whatever of it is free or not.

        Raises Mismatch for what has another form, as more wallets than the model has.
        """
        for part in terms.parts(thing):
            if isinstance(part, Symbol):
                self.forget(part)
        for one in fields(thing):
            expected, found = getattr(thing, one.name), getattr(real, one.name)
            if found is None or one.name == "description":  # which nobody but a shop knows
                continue
            if isinstance(expected, Amount):
                self.amounts[expected] = found
                self.texts["currency", expected.currency] = found.currency
            elif isinstance(expected, str) and type(expected) is str and one.name not in OPEN_VALUES.texts:
                self.parties[expected] = found
            else:
                self.match(expected, found, f"/{one.name}", one.name)

    # --- from the model to the system

    def name_of(self, symbol: Symbol) -> Symbol:
        """The real symbol that stands for one of the model."""
        if symbol not in self.names:
            self.learn(symbol, self.fresh(symbol))
        return Symbol(symbol.kind, self.names[symbol])

    def party(self, name: str) -> str:
        """What a party of the model is called."""
        return self.parties.get(name, name)

    def message(self, message: Message) -> Message:
        """A message of the model with real values."""
        changed = {
            one.name: self.real(getattr(message, one.name), one.name)
            for one in fields(message)
            if one.name not in message.given
        }
        return replace(message, **changed)

    def real(self, term: Any, name: str = "", inside: object = None) -> Any:
        """A term of the model with real values; `name` is that of the field that it stands in, of what is `inside`."""
        match term:
            case None | bool() | int():
                return term
            case str() if name in OPEN_VALUES.texts:
                return self.texts.setdefault((name, term), term)
            case str():
                return self.party(term)
            case Symbol():
                return self.name_of(term)
            case Amount():
                return self.amounts.get(term, term)
            case terms.Signed() | terms.Sealed() | terms.Unverified():
                known = self.objects.get(_key(term, inside))
                return self._made(term, name) if known is None else known
            case terms.Hash():
                return self.objects.get(term) or terms.Hash(self.real(term.content, name))
            case Summary():
                return self.objects.get(term) or self._summary(term)
            case tuple() if hasattr(term, "_fields"):
                return type(term)(*(self.real(item, name, inside) for item in term))
            case tuple() | frozenset():
                return type(term)(self.real(item, name, inside) for item in term)
        if is_dataclass(term) and not isinstance(term, type):
            real = {one.name: self.real(getattr(term, one.name), one.name, term) for one in fields(term)}
            return _replaced(term, real)
        return term

    def _summary(self, term: Summary) -> Summary:
        bound = self.real(term.bound, "bound")
        slots = tuple(
            (name, place, self._slot(name.rstrip(NUMBER_AT_END), contents)) for name, place, contents in term.slots
        )
        return replace(term, bound=bound, slots=slots)

    def _slot(self, slot: str, contents: str) -> str:
        symbol = self._symbol_in(slot, contents)
        if symbol:
            return self.name_of(symbol).name
        amount = Amount.parse(contents)
        return str(self.amounts[amount]) if amount in self.amounts else str(self.real(contents, slot))

    def _symbol_in(self, slot: str, contents: str) -> Symbol | None:
        """The symbol whose name stands in a slot; None if it is something else."""
        kinds = [kind for kind in OPEN_VALUES.rendered.get(slot, ()) if _is_symbol(kind)]
        symbols_ = [Symbol(kind, contents) for kind in kinds]
        return next((one for one in symbols_ if one in self.names), symbols_[-1] if symbols_ else None)

    def _made(self, term: terms.Signed | terms.Sealed | terms.Unverified, name: str) -> Any:
        """An object that the system has not seen yet. What somebody else signed than who sends it is signed here."""
        content = self.real(term.content, name)
        if isinstance(term, terms.Sealed):
            sealed = terms.Sealed(self.party(term.to), content)
            if isinstance(content, Symbol):
                return sealed  # beside what it is sealed is known where it is written
            if sealed.to not in self.rings:  # as a payment server whose name alone is made up
                raise WritingError(f"nobody has the keys of {sealed.to} to seal with")
            # At once, for digests are of what is sealed, not of what it means.
            writer = Writing(self.rings[sealed.to], sealed.to)
            found = Sealed(sealed.to, content, writer.sealed(sealed, struct_of(type(content)), None))
            self.objects[term] = found
            return found
        if isinstance(term, terms.Unverified):
            return terms.Unverified(content)
        by = self.party(term.by)
        writer = Writing(self.rings[by], FIRST_READER[type(content)])
        signed = terms.Signed(by, content)
        made = self.objects[term] = Signed(by, content, writer.signed(signed, struct_of(type(content))))
        return made

    # --- from the system to the model

    def match(self, expected: Any, found: Any, path: str = "", name: str = "", inside: object = None) -> None:
        """Hold what came against what the model says, and learn from it. Raises Mismatch at the first difference."""
        match expected:
            case Symbol():
                self._match_symbol(expected, found, path)
            case Amount():
                if self.amounts.get(expected, expected) != found:
                    raise Mismatch(path, self.amounts.get(expected, expected), found)
            case terms.Signed() | terms.Sealed() | terms.Unverified():
                self._match_object(expected, found, path, name, inside)
            case terms.Hash():
                self._match_digest(expected, found, path, name)
            case Summary():
                self._match_summary(expected, found, path)
            case str():
                self._match_text(expected, found, path, name)
            case tuple():
                if type(found) is not type(expected) or len(found) != len(expected):
                    raise Mismatch(path, expected, found)
                for place, (one, other) in enumerate(zip(expected, found, strict=True)):
                    self.match(one, other, f"{path}/{place}", name, inside)
            case _ if is_dataclass(expected) and not isinstance(expected, type):
                self._match_fields(expected, found, path)
            case frozenset():
                if self.real(expected, name) != found:
                    raise Mismatch(path, expected, found)
            case _:
                if type(expected) is not type(found) or expected != found:
                    raise Mismatch(path, expected, found)

    def _match_fields(self, expected: Any, found: Any, path: str) -> None:
        if type(found) is not type(expected):
            raise Mismatch(path, expected, found)
        given = expected.given if isinstance(expected, Message) else ()
        free = ("error",) if isinstance(expected, FormField) else given  # in the relay's own words
        if getattr(expected, "code", "") == UNKNOWN == getattr(found, "code", ""):
            # Where there is no procedure there need be no handle of one (W-TERM-03), nor a way to try again.
            free = (*free, "summary", *(["handle"] if found.handle is None else []))
            page: Any = expected
            self._match_summary(page.summary, found.summary, f"{path}/summary", may_retry=True)
        for one in fields(expected):
            if one.name not in free:
                self.match(
                    getattr(expected, one.name), getattr(found, one.name), f"{path}/{one.name}", one.name, expected
                )

    def _match_symbol(self, expected: Symbol, found: Any, path: str) -> None:
        if not isinstance(found, Symbol) or found.kind != expected.kind:
            raise Mismatch(path, expected, found)
        known = self.names.get(expected)
        if expected in self.forgotten:
            self.forgotten.discard(expected)
            if known != found.name:
                self._forget_all_of(expected)
                known = None
        if known is None:
            if (expected.kind, found.name) in self._taken:
                raise Mismatch(path, f"a new {expected.kind}", found)
            self.learn(expected, found.name)
        elif known != found.name:
            raise Mismatch(path, Symbol(expected.kind, known), found)

    def _match_text(self, expected: str, found: Any, path: str, name: str = "") -> None:
        if not isinstance(found, str):
            raise Mismatch(path, expected, found)
        if name == "reason":
            found = self.reasons.get(found, found)
        is_open = name in OPEN_VALUES.texts
        known = self.texts.setdefault((name, expected), found) if is_open else self.party(expected)
        if known != found:
            raise Mismatch(path, known, found)

    def _match_object(
        self, expected: terms.Signed | terms.Sealed | terms.Unverified, found: Any, path: str, name: str, inside: object
    ) -> None:
        kind: Any = next(one for one in (terms.Signed, terms.Sealed, terms.Unverified) if isinstance(expected, one))
        if not isinstance(found, kind):
            reason = f"unverified: {found.reason}" if isinstance(found, Unverified) and found.reason else found
            raise Mismatch(path, expected, reason)
        if isinstance(expected, terms.Signed) and self.party(expected.by) != found.by:
            raise Mismatch(f"{path}/by", expected.by, found.by)
        if isinstance(expected, terms.Sealed) and self.party(expected.to) != found.to:
            raise Mismatch(f"{path}/to", expected.to, found.to)
        key = _key(expected, inside)
        known = self.objects.get(key)
        if not self.forgotten.isdisjoint(symbols_in(expected)):
            known = None
        if known is not None and _token(known) != _token(found):
            raise Mismatch(path, "the same object, byte for byte", found)
        if not (isinstance(found, Sealed) and isinstance(found.content, str)):  # somebody else can open it
            self.match(expected.content, found.content, path, name)
        self.objects[key] = found

    def _match_digest(self, expected: terms.Hash, found: Any, path: str, name: str) -> None:
        if not isinstance(found, Hash):
            raise Mismatch(path, expected, found)
        known = self.objects.get(expected)
        if known is None and any(
            isinstance(one, Symbol) and one not in self.names for one in terms.parts(expected.content)
        ):
            known = self.objects[expected] = found  # of something that is the other party's own
        computed = known.content if known is not None else digest_of(self.real(expected.content, name))
        if computed is not None and computed != found.content:
            raise Mismatch(path, f"the digest {computed}", found.content)

    def _match_summary(self, expected: Summary, found: Any, path: str, *, may_retry: bool = False) -> None:
        if type(found) is not Summary:
            raise Mismatch(path, expected, found)
        # To whoever asks for what is forgotten, it is said in the form of any terminal.
        is_error = expected.kind is found.kind is Kind.ERROR
        if may_retry and found.actions in ((), expected.actions):
            expected = replace(expected, actions=found.actions)
        for one in ("kind", "actions") if is_error else ("kind", "template_id", "media", "actions"):
            self.match(getattr(expected, one), getattr(found, one), f"{path}/{one}")
        self.match(expected.bound, found.bound, f"{path}/bound", "bound")
        wanted, shown_ = (_said_by_all(one.slots) for one in (expected, found))
        if [slot[:1] if is_error else slot[:2] for slot in wanted] != [
            slot[:1] if is_error else slot[:2] for slot in shown_
        ]:
            raise Mismatch(f"{path}/slots", ", ".join(s[0] for s in wanted), ", ".join(s[0] for s in shown_))
        for (slot, _, contents), (_, _, other) in zip(wanted, shown_, strict=True):
            self._match_slot(slot.rstrip(NUMBER_AT_END), contents, other, f"{path}/slots/{slot}")
        self.objects[expected] = found

    def _match_slot(self, slot: str, contents: str, found: str, path: str) -> None:
        if slot in OWN_CHOICE:
            return
        symbol = self._symbol_in(slot, contents)
        if symbol:
            self._match_symbol(symbol, Symbol(symbol.kind, found), path)
        elif (amount := Amount.parse(contents)) in self.amounts:
            self._match_text(str(self.amounts[amount]), found, path)
        else:
            self._match_text(contents, found, path, slot)


def _said_by_all(slots: tuple[RenderedSlot, ...]) -> list[RenderedSlot]:
    """The slots of a page but for those that a relay fills with its own words."""
    return [slot for slot in slots if not slot[0].startswith("error_")]


def _is_symbol(kind: str) -> bool:
    """Whether the values of a class that stands in slots are symbols."""
    return kind not in OPEN_VALUES.texts and kind not in OPEN_VALUES.written and kind != "party"


def _key(term: Any, inside: object) -> object:
    """By what an object is known. What is sealed beside something is another thing beside something else."""
    is_beside = isinstance(term, terms.Sealed) and isinstance(term.content, Symbol)
    return (inside, term) if is_beside else term


def _token(term: Any) -> str | None:
    """The bytes of an object that came over the wire; None in clear."""
    return getattr(term, "token", None)


def _replaced(term: Any, changed: dict[str, Any]) -> Any:
    if all(changed[one.name] is getattr(term, one.name) for one in fields(term)):
        return term
    return replace(term, **{one.name: changed[one.name] for one in fields(term) if one.init})


def made_of(symbol: Symbol, random: Callable[[int], bytes]) -> str:
    """A real value for a symbol: random, in the form that its kind has on the wire."""
    text = to_base64url(random(18))
    return f"{symbol.kind} {text[:8]}" if symbol.kind in symbols.TEXTS else text
