"""Symbols as texts: of what kind a text is, is known from the field in which it stands.

A field bears the name of the kind of its symbols, with few exceptions. An identifier is random, base64url of at least
128 bits; a symbol of some kinds is what a person or a bank calls it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from payrelay.language.terms import Symbol
from payrelay.model.conversion import is_text

KINDS = {"order": "order_ref", "retry_of": "handle", "value": "answer"}
"""The kind of the symbols in a field, where it is not the name of the field."""
FURTHER_KINDS = {"request_nonce": ("registration_nonce",)}
"""Further kinds of symbols that a field may have. Such a text begins with its kind and a point."""
TEXTS = frozenset({"answer", "user_auth", "secret", "account", "auth_code"})
"""The kinds that are what somebody calls them: any text."""
ADDRESSES = frozenset({"pay_url"})

PARTY = r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?"
"""What parties can be called."""
IDENTIFIER = r"[A-Za-z0-9_-]{22,256}"
ADDRESS = r"https?://[!-~]{1,500}"
_party, _identifier, _address = re.compile(PARTY), re.compile(IDENTIFIER), re.compile(ADDRESS)


LONGEST_PARTY = 64


def pattern_of_parties(roles: Iterable[str]) -> str:
    """The regular expression in a schema of those who play one of some roles: `wallet`, `wallet-2`."""
    names = (f"{role}(?:-[a-z0-9._]{{0,{LONGEST_PARTY - 2 - len(role)}}}[a-z0-9])?" for role in roles)
    return f"^(?:{'|'.join(names)})$"


def is_party(name: str) -> bool:
    """Whether a party can be called so."""
    return _party.fullmatch(name) is not None


def kinds_of(field: str) -> tuple[str, ...]:
    """The kinds that symbols in a field of this name can have, the usual one first."""
    kind = KINDS.get(field, field)
    return kind, *FURTHER_KINDS.get(field, ())


def is_name(kind: str, name: str) -> bool:
    """Whether a symbol's name is a text that can travel as it is."""
    if kind in TEXTS:
        return is_text(name)
    return (_address if kind in ADDRESSES else _identifier).fullmatch(name) is not None


def text_of(symbol: Symbol, kinds: tuple[str, ...]) -> str:
    """A symbol in the text of a field."""
    return symbol.name if symbol.kind == kinds[0] else f"{symbol.kind}.{symbol.name}"


def symbol_in(text: str, kinds: tuple[str, ...]) -> Symbol | None:
    """The symbol that the text of a field is; None if it is none."""
    for kind in kinds[1:]:
        if text.startswith(f"{kind}."):
            name = text[len(kind) + 1 :]
            return Symbol(kind, name) if is_name(kind, name) else None
    return Symbol(kinds[0], text) if is_name(kinds[0], text) else None


def pattern_of(kinds: tuple[str, ...]) -> str:
    """The regular expression of such texts in a schema."""
    if kinds[0] in ADDRESSES:
        return f"^{ADDRESS}$"
    prefixes = f"({'|'.join(rf'{kind}[.]' for kind in kinds[1:])})?" if kinds[1:] else ""
    return f"^{prefixes}{IDENTIFIER}$"
