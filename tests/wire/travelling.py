"""Every message that runs of the model send, with identifiers that can travel in place of the model's short names."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.conversion import Summary
from payrelay.model.protocol import build
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.wire.symbols import ADDRESSES, TEXTS

SHOWN = {"identifier": "proc_id", "inquiry_token": "inquiry_token"}
"""The slots of pages that show a symbol's name."""
_NAMED = {one.name: one for one in CONFIGURATIONS}


def identifier(kind: str, name: str) -> str:
    """An identifier for a name of the model: always the same, and another for every name."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{kind} {name}".encode()).digest()[:18]).decode()


def symbol(kind: str, name: str) -> Symbol:
    """A symbol of the model as it can travel."""
    if kind in TEXTS:
        return Symbol(kind, name)
    made = identifier(kind, name)
    return Symbol(kind, f"https://shop.example/pay/{made}" if kind in ADDRESSES else made)


def renamed(term: Any) -> Any:
    """A term with symbols that can travel, in what pages show as well."""
    if isinstance(term, Symbol):
        return symbol(term.kind, term.name)
    if isinstance(term, tuple):
        return tuple(map(renamed, term))
    if isinstance(term, Summary):
        slots = tuple(
            (name, place, symbol(SHOWN[name], text).name if name in SHOWN else text) for name, place, text in term.slots
        )
        return replace(term, slots=slots, bound=renamed(term.bound))
    if is_dataclass(term) and not isinstance(term, type):
        return replace(term, **{one.name: renamed(getattr(term, one.name)) for one in fields(term)})
    return term


@cache
def messages(security: str = "plain", capability: str = "plain_text") -> tuple[Message, ...]:
    """Every message of a purchase, of a registration, and of what a switch adds; without what never travels."""
    found = dict.fromkeys(_messages(security, capability))
    return tuple(found)


def _messages(security: str, capability: str) -> Iterator[Message]:
    for name in ("benign", "registration", "claim_8_literally"):
        configuration = replace(_NAMED[name], security=security, capability=capability)
        for message in Tabulation(build(configuration)).messages:
            yield renamed(travelling(message))
    if security != "hardened":  # keys are asked for in registrations at security hardened only; but can be written
        for message in Tabulation(build(replace(_NAMED["registration"], capability=capability))).messages:
            if type(message).__name__.startswith("EnrolmentKey"):
                yield renamed(message)


def travelling(message: Message) -> Message:
    """A message as it is sent: what its receiver fills in is not there yet."""
    usual: dict[str, Any] = {one.name: one.default for one in fields(message) if one.name in type(message).given}
    return replace(message, **usual)
