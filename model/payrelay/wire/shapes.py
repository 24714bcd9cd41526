"""Shapes: how each form that terms have is written as JSON, read from it, and described by a schema.

No message has a codec of its own: its shape is made of its annotations (`payrelay.wire.annotations`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from payrelay.language import terms
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Summary, is_text
from payrelay.model.conversion.values import AMOUNT_DIGITS, TEXT_LENGTH
from payrelay.wire import symbols
from payrelay.wire.exchange import JOSE
from payrelay.wire.json_text import Json
from payrelay.wire.problems import Refusal, WritingError
from payrelay.wire.terms import Hash

Schema = dict[str, Any]
Term = Any
MOST_ITEMS = 64
TEXT_FORMAT = "payrelay-text"
"""The format of text (W-BODY-05), as schemas name it: no regular expression can say what it is."""
DIGEST = r"[A-Za-z0-9_-]{43}"
TOKENS = {"jws": r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", "jwe": r"(?:[A-Za-z0-9_-]+\.){4}[A-Za-z0-9_-]+"}
"""What compact signed and sealed objects look like."""
_digest = re.compile(DIGEST)
TOKEN_PATTERNS = {name: re.compile(pattern) for name, pattern in TOKENS.items()}


class Writer(Protocol):
    """What whoever writes can do, and what a shape cannot."""

    security: str

    def name_of(self, symbol: Symbol) -> str:
        """The name of a symbol as it travels."""
        ...

    def signed(self, term: terms.Signed | terms.Unverified, shape: Struct) -> str:
        """The signed object that a term is."""
        ...

    def sealed(self, term: terms.Sealed, shape: Shape, beside: Json) -> str:
        """The sealed object that a term is; it is bound to what stands beside it."""
        ...

    def digest(self, term: terms.Hash) -> str:
        """A digest."""
        ...


class Reader(Protocol):
    """What whoever reads can do, and what a shape cannot."""

    security: str

    def name_in(self, kind: str, name: str) -> str:
        """The name of a symbol as the reader knows it."""
        ...

    def signed(self, token: str, shape: Struct) -> Term:
        """The term that a signed object is."""
        ...

    def sealed(self, token: str, shape: Shape, beside: Json) -> Term:
        """The term that a sealed object is."""
        ...


class Shape(Protocol):
    """A form that terms have in JSON."""

    def write(self, term: Term, writer: Writer) -> Json:
        """The term as JSON."""
        ...

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        """The term that JSON is. Raises Refusal if it is none."""
        ...

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        """The JSON Schema; what is used by name is put into the definitions."""
        ...


def _check(value: Json, kind: type, at: str) -> None:
    if type(value) is not kind:
        raise Refusal("wrong_type", at)


@dataclass(frozen=True)
class Text:
    """Text that looks the same to everybody."""

    may_be_empty: bool = False

    def write(self, term: Term, writer: Writer) -> Json:
        if not isinstance(term, str) or not (is_text(term) or (self.may_be_empty and not term)):
            raise WritingError(f"{term!r} is no text that can travel")
        return term

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, str, at)
        if not is_text(value) and not (self.may_be_empty and not value):
            raise Refusal("not_text", at)
        return value

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        if self.may_be_empty:
            return {"type": "string", "maxLength": TEXT_LENGTH, "anyOf": [{"const": ""}, {"format": TEXT_FORMAT}]}
        return {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH, "format": TEXT_FORMAT}


@dataclass(frozen=True)
class Party:
    """The name of a party."""

    def write(self, term: Term, writer: Writer) -> Json:
        if not isinstance(term, str) or not symbols.is_party(term):
            raise WritingError(f"{term!r} is no name of a party")
        return term

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, str, at)
        if not symbols.is_party(value):
            raise Refusal("not_text", at)
        return value

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"type": "string", "pattern": f"^{symbols.PARTY}$"}


@dataclass(frozen=True)
class Whole:
    """A whole number that every reader of JSON has exactly."""

    least: int = 0

    def write(self, term: Term, writer: Writer) -> Json:
        if type(term) is not int or not self.least <= term < 10**AMOUNT_DIGITS:
            raise WritingError(f"{term!r} is no number that can travel")
        return term

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, int, at)
        if not self.least <= value < 10**AMOUNT_DIGITS:
            raise Refusal("not_whole", at)
        return value

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": 10**AMOUNT_DIGITS - 1}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def write(self, term: Term, writer: Writer) -> Json:
        return bool(term)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, bool, at)
        return value

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Word:
    """One of a few words."""

    words: Mapping[str, object]

    def write(self, term: Term, writer: Writer) -> Json:
        return str(term)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, str, at)
        if value not in self.words:
            raise Refusal("not_a_value", at)
        return self.words[value]

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Named:
    """A symbol of the kinds of a field."""

    kinds: tuple[str, ...]

    def write(self, term: Term, writer: Writer) -> Json:
        if not isinstance(term, Symbol) or term.kind not in self.kinds:
            raise WritingError(f"{term!r} is no {self.kinds[0]}")
        return symbols.text_of(Symbol(term.kind, writer.name_of(term)), self.kinds)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, str, at)
        found = symbols.symbol_in(value, self.kinds)
        if found is None:
            raise Refusal("not_text" if self.kinds[0] in symbols.TEXTS else "not_an_identifier", at)
        return Symbol(found.kind, reader.name_in(found.kind, found.name))

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        if self.kinds[0] in symbols.TEXTS:
            return Text().schema(security, definitions)
        return {"type": "string", "pattern": symbols.pattern_of(self.kinds)}


@dataclass(frozen=True)
class Digest:
    """A digest: SHA-256 in base64url."""

    def write(self, term: Term, writer: Writer) -> Json:
        return writer.digest(term)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, str, at)
        if not _digest.fullmatch(value):
            raise Refusal("not_a_value", at)
        return Hash(value)

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"type": "string", "pattern": f"^{DIGEST}$"}


@dataclass(frozen=True)
class Many:
    """Any number of the same, up to a limit."""

    item: Shape
    most: int = MOST_ITEMS

    def write(self, term: Term, writer: Writer) -> Json:
        if not isinstance(term, tuple) or len(term) > self.most:
            raise WritingError(f"{term!r} is no list that can travel")
        return [self.item.write(item, writer) for item in term]

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, list, at)
        if len(value) > self.most:
            raise Refusal("not_a_value", at)
        return tuple(self.item.read(item, reader, f"{at}/{place}") for place, item in enumerate(value))

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        return {"type": "array", "items": self.item.schema(security, definitions), "maxItems": self.most}


@dataclass(frozen=True)
class Row:
    """So many, each with its own shape."""

    items: tuple[Shape, ...]

    def write(self, term: Term, writer: Writer) -> Json:
        return [shape.write(item, writer) for shape, item in zip(self.items, term, strict=True)]

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, list, at)
        if len(value) != len(self.items):
            raise Refusal("not_a_value", at)
        pairs = enumerate(zip(self.items, value, strict=True))
        return tuple(shape.read(item, reader, f"{at}/{place}") for place, (shape, item) in pairs)

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        items = [shape.schema(security, definitions) for shape in self.items]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


@dataclass(frozen=True)
class Member:
    """A member of an object: a field of the dataclass. One that is None is left out, and null is written nowhere."""

    name: str
    shape: Shape
    is_optional: bool


@dataclass(frozen=True)
class Struct:
    """The fields of a dataclass as an object. `constant` is what every such object has besides."""

    kind: type
    members: tuple[Member, ...]
    constant: tuple[tuple[str, str], ...] = ()

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset([*(name for name, _ in self.constant), *(member.name for member in self.members)])

    @cached_property
    def needed(self) -> frozenset[str]:
        """The names of the members that are never left out."""
        return self.known.difference(member.name for member in self.members if member.is_optional)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The members that are bound to what stands beside them, if they are sealed.

        In a message itself nothing is: what is sealed there is passed on in another message.
        """
        if self.constant:
            return frozenset()
        return frozenset(member.name for member in self.members if isinstance(member.shape, Secret))

    def write(self, term: Term, writer: Writer) -> Json:
        if type(term) is not self.kind:
            raise WritingError(f"{term!r} is no {self.kind.__name__}")
        value: dict[str, Json] = dict(self.constant)
        sealed: list[tuple[str, Secret, Term]] = []
        for member in self.members:
            inner = getattr(term, member.name)
            if inner is None and member.is_optional:
                continue
            if isinstance(member.shape, Secret) and member.name in self.secrets:
                sealed.append((member.name, member.shape, inner))
            else:
                value[member.name] = member.shape.write(inner, writer)
        beside = dict(value) if sealed else None
        for name, shape, inner in sealed:
            value[name] = shape.write_beside(inner, writer, beside)
        return value

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        _check(value, dict, at)
        present = value.keys()
        if not present <= self.known:
            raise Refusal("unknown_member", f"{at}/{_pointed(min(present - self.known))}")
        if not self.needed <= present:
            raise Refusal("missing_member", f"{at}/{min(self.needed - present)}")
        found: dict[str, Term] = {}
        beside = {name: inner for name, inner in value.items() if name not in self.secrets} if self.secrets else None
        for member in self.members:
            name, shape = member.name, member.shape
            if name not in present:
                found[name] = None
            elif isinstance(shape, Secret) and name in self.secrets:
                found[name] = shape.read_beside(value[name], reader, f"{at}/{name}", beside)
            else:
                found[name] = shape.read(value[name], reader, f"{at}/{name}")
        for name, constant in self.constant:
            if value[name] != constant:
                raise Refusal("not_a_value", f"{at}/{name}")
        try:
            return self.kind(**found)
        except ValueError as error:
            raise Refusal("not_a_value", at, str(error)[:80]) from None

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        name = self.kind.__name__
        if self.constant or issubclass(self.kind, Summary):
            return self.object_schema(security, definitions)
        if name not in definitions:
            definitions[name] = {}  # dataclasses of the model do not contain themselves
            definitions[name] = self.object_schema(security, definitions)
        return {"$ref": f"#/$defs/{name}"}

    def object_schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        """The schema in full, not by its name."""
        properties: dict[str, Schema] = {name: {"const": value} for name, value in self.constant}
        properties |= {member.name: member.shape.schema(security, definitions) for member in self.members}
        first = (self.kind.__doc__ or "").partition("\n")[0]
        return {
            "type": "object",
            "description": first,
            "properties": properties,
            "required": sorted(self.needed),
            "additionalProperties": False,
        }


def _pointed(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")[:80]


def _token(value: Json, name: str, at: str) -> str:
    """The one member of an object that holds a signed or sealed object."""
    _check(value, dict, at)
    if value.keys() != {name}:
        raise Refusal("unknown_member" if name in value else "missing_member", f"{at}/{name}")
    token = value[name]
    _check(token, str, f"{at}/{name}")
    if not TOKEN_PATTERNS[name].fullmatch(token):
        raise Refusal("not_a_value", f"{at}/{name}")
    return str(token)


def _token_schema(name: str, shape: Shape, security: str, definitions: dict[str, Schema], says: str) -> Schema:
    content = shape.schema(security, definitions)
    token: Schema = {
        "type": "string",
        "pattern": f"^{TOKENS[name]}$",
        "contentMediaType": JOSE,
        "description": says,
        "x-payrelay-content": content,
    }
    return {"type": "object", "properties": {name: token}, "required": [name], "additionalProperties": False}


@dataclass(frozen=True)
class Attested:
    """What somebody signs: in clear, or hardened a JWS."""

    content: Struct

    def write(self, term: Term, writer: Writer) -> Json:
        if not isinstance(term, terms.Signed | terms.Unverified):
            raise WritingError(f"{term!r} is neither signed nor unverified")
        if writer.security == "hardened":
            return {"jws": writer.signed(term, self.content)}
        return self.content.write(term.content, writer)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        if reader.security == "hardened":
            return reader.signed(_token(value, "jws", at), self.content)
        return terms.Unverified(self.content.read(value, reader, at))

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        if security != "hardened":
            return self.content.schema(security, definitions)
        says = f"A signed {self.content.kind.__name__}, as a compact JWS"
        return _token_schema("jws", self.content, security, definitions, says)


@dataclass(frozen=True)
class Secret:
    """What is sealed for somebody: in clear, or hardened a JWE, bound to the members beside it.

    It may be in clear even so where the annotation says that it may, and never where it says `Sealed`.
    """

    content: Shape
    may_be_clear: bool

    def write(self, term: Term, writer: Writer) -> Json:
        return self.write_beside(term, writer, None)

    def write_beside(self, term: Term, writer: Writer, beside: Json) -> Json:
        """The term as JSON, beside other members of an object."""
        if isinstance(term, terms.Sealed):
            if writer.security != "hardened":
                raise WritingError("nothing is sealed but hardened")
            return {"jwe": writer.sealed(term, self.content, beside)}
        if writer.security == "hardened" and not self.may_be_clear:
            raise WritingError(f"{term!r} must be sealed")
        return self.content.write(term, writer)

    def read(self, value: Json, reader: Reader, at: str) -> Term:
        return self.read_beside(value, reader, at, None)

    def read_beside(self, value: Json, reader: Reader, at: str, beside: Json) -> Term:
        """The term that JSON is, beside other members of an object."""
        if reader.security != "hardened" or (self.may_be_clear and type(value) is not dict):
            return self.content.read(value, reader, at)
        return reader.sealed(_token(value, "jwe", at), self.content, beside)

    def schema(self, security: str, definitions: dict[str, Schema]) -> Schema:
        clear = self.content.schema(security, definitions)
        if security != "hardened":
            return clear
        sealed = _token_schema("jwe", self.content, security, definitions, "Sealed, as a compact JWE")
        return {"oneOf": [clear, sealed]} if self.may_be_clear else sealed


def shapes_in(shape: Shape) -> Iterator[Shape]:
    """A shape, and all that stand in it, at any depth, whether signed, sealed or in clear."""
    yield shape
    match shape:
        case Struct(members=members):
            inner: tuple[Shape, ...] = tuple(member.shape for member in members)
        case Row(items=items):
            inner = items
        case Many(item=content) | Attested(content=content) | Secret(content=content):
            inner = (content,)
        case _:
            inner = ()
    for one in inner:
        yield from shapes_in(one)
