"""Hypothesis strategies of messages, made of their shapes: of every class, at every level, with keys where needed."""

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES, MINOR_UNITS, Amount, Capabilities, is_text
from payrelay.wire import Keyring, routes_of, symbols
from payrelay.wire.annotations import struct_of
from payrelay.wire.base64url import to_base64url
from payrelay.wire.digests import digest_of_bytes
from payrelay.wire.forgeries import Keys
from payrelay.wire.hands import Writing
from payrelay.wire.identities import YEAR, counted, keyrings
from payrelay.wire.objects import SIGNERS
from payrelay.wire.samples import PARTIES as EVERYBODY
from payrelay.wire.shapes import Attested, Digest, Flag, Many, Named, Party, Row, Secret, Struct, Text, Whole, Word
from payrelay.wire.terms import Hash, Sealed, Signed

NOW = 1_800_000_000
PARTIES = {
    "terminal": "terminal-1",
    "relay": "relay",
    "shop": "shop",
    "wallet": "wallet-1",
    "payment": "payment",
    "authority": "authority",
    "user": "wallet-1",
}
"""Who plays each role, and who signs with the key of a user."""
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
"""Messages are large, and there are many."""


def all_keys() -> Keys:
    """Everybody's keys, hardened, and those that must not be believed."""
    return Keys(
        rings=rings_at("hardened"),
        strangers=keyrings(EVERYBODY, b"strangers", NOW - 1000),
        former=keyrings(EVERYBODY, b"tests", NOW - 2 * YEAR, NOW - 1),
        now=NOW,
    )


def rings_at(security: str, seed: bytes = b"tests") -> dict[str, Keyring]:
    """Everybody's keyring, with something to make new objects with."""
    made = keyrings(EVERYBODY, seed, NOW - 1000, security=security)
    return {party: ring.at(NOW, counted(seed + party.encode())) for party, ring in made.items()}


TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Cs", "Cn", "Co")),
        min_size=1,
        max_size=40,
    )
    .map(lambda raw: unicodedata.normalize("NFKC", raw).strip())
    .filter(is_text)
)
IDENTIFIERS = st.binary(min_size=17, max_size=96).map(to_base64url)
AMOUNTS = st.builds(Amount, st.integers(0, 10**15 - 1), st.sampled_from(sorted(MINOR_UNITS)))


def names(kind: str) -> st.SearchStrategy[str]:
    """Names of symbols of a kind."""
    if kind in symbols.TEXTS:
        return TEXTS
    if kind in symbols.ADDRESSES:
        return IDENTIFIERS.map(lambda name: f"https://example.org/{name}")
    return IDENTIFIERS


@st.composite
def messages(draw: st.DrawFn, kind: type[Message], security: str, rings: Mapping[str, Keyring]) -> Any:
    """Messages of a class, from a sender to a receiver that such messages have."""
    sender, receiver = (PARTIES[role] for role in draw(st.sampled_from(routes_of(kind))))
    maker = _Maker(draw, security, rings, (sender, receiver))
    return replace(maker.term(struct_of(kind)), sender=sender, receiver=receiver)


class _Maker:
    def __init__(self, draw: st.DrawFn, security: str, rings: Mapping[str, Keyring], ends: tuple[str, str]) -> None:
        self.draw, self.security, self.rings = draw, security, rings
        self.sender, self.receiver = ends

    def term(self, shape: Any) -> Any:
        draw = self.draw
        match shape:
            case Struct(kind=kind) if kind is Amount:
                return draw(AMOUNTS)
            case Struct(kind=kind) if kind is Capabilities:
                return draw(st.sampled_from(sorted(CAPABILITIES.values(), key=str)))
            case Struct():
                return shape.kind(**{member.name: self._member(member) for member in shape.members})
            case Text(may_be_empty=may_be_empty):
                return draw(st.one_of(st.just(""), TEXTS) if may_be_empty else TEXTS)
            case Party():
                return draw(st.sampled_from(EVERYBODY))
            case Whole():
                return draw(st.integers(0, 10**15 - 1))
            case Flag():
                return draw(st.booleans())
            case Word(words=words):
                return words[draw(st.sampled_from(sorted(words)))]
            case Named(kinds=kinds):
                chosen = draw(st.sampled_from(kinds))
                return Symbol(chosen, draw(names(chosen)))
            case Digest():
                known = IDENTIFIERS.map(
                    lambda name: terms.Hash((Symbol("order_description", name), Symbol("salt", name)))
                )
                return draw(st.one_of(known, IDENTIFIERS.map(_digest)))
            case Many(item=item):
                return tuple(self.term(item) for _ in range(draw(st.integers(0, 3))))
            case Row(items=items):
                return tuple(map(self.term, items))
            case Attested():
                return self._attested(shape)
            case Secret():
                return self._secret(shape)
        raise AssertionError(shape)

    def _member(self, member: Any) -> Any:
        if member.is_optional and (self.draw(st.booleans()) or self._is_never_clear(member.shape)):
            return None
        return self.term(member.shape)

    def _is_never_clear(self, shape: Any) -> bool:
        return isinstance(shape, Secret) and not shape.may_be_clear and self.security != "hardened"

    def _attested(self, shape: Attested) -> Any:
        content = self.term(shape.content)
        if self.security != "hardened" or self.draw(st.integers(0, 4)) == 0:
            return terms.Unverified(content)
        signer = PARTIES[SIGNERS[shape.content.kind]]
        if signer == self.sender:
            return terms.Signed(signer, content)
        token = Writing(self.rings[signer], self.receiver).signed(terms.Signed(signer, content), shape.content)
        return Signed(signer, content, token)

    def _secret(self, shape: Secret) -> Any:
        content = self.term(shape.content)
        if self.security != "hardened" or (shape.may_be_clear and self.draw(st.booleans())):
            return content
        to = self.receiver if self.receiver != "terminal-1" else "wallet-1"
        return terms.Sealed(self.draw(st.sampled_from([to, "wallet-2"])), content)


def _digest(name: str) -> Hash:
    return Hash(digest_of_bytes(name.encode()))


def seen_by(term: Any, party: str) -> Any:
    """A term as a party sees it: what is sealed for others tells nothing but for whom."""
    if isinstance(term, terms.Sealed):
        return ("sealed for", term.to, seen_by(term.content, party) if term.to == party else "")
    if isinstance(term, terms.Hash):
        return term
    if isinstance(term, tuple):
        return tuple(seen_by(item, party) for item in term)
    if isinstance(term, terms.Signed | terms.Unverified):
        base: Any = terms.Signed if isinstance(term, terms.Signed) else terms.Unverified
        return (base, getattr(term, "by", ""), seen_by(term.content, party))
    if is_dataclass(term) and not isinstance(term, type):
        return (type(term), *(seen_by(getattr(term, field.name), party) for field in fields(term)))
    return term


def tokens_in(term: Any) -> list[str]:
    """The signed and sealed objects in a term, as they travelled."""
    if isinstance(term, Signed | Sealed) or hasattr(term, "token"):
        return [term.token]
    if isinstance(term, tuple):
        return [token for item in term for token in tokens_in(item)]
    if is_dataclass(term) and not isinstance(term, type):
        return [token for field in fields(term) for token in tokens_in(getattr(term, field.name))]
    return []
