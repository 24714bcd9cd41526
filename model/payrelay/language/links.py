"""Links: who can speak to whom, what a link can carry, and what it must never carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from payrelay.language.messages import Message


@dataclass(frozen=True)
class Link:
    """An edge of the network between two roles.

    What a link can carry is its alphabet: sending anything else over it makes the model ill-formed. What it must
    never carry is judged by properties, so that a faulty variant can try. `section` names the communicating
    section of a party that the link belongs to, where a claim speaks of sections.
    """

    name: str
    ends: tuple[str, str]
    carries: tuple[type[Message], ...]
    never: tuple[type, ...] = ()
    section: str = ""
    claims: tuple[int, ...] = ()

    def joins(self, one: str, other: str) -> bool:
        """Whether the link lies between these two roles, in either direction."""
        return self.ends in {(one, other), (other, one)}


def role_of(party: str) -> str:
    """The role of a party: `wallet-1` plays `wallet`."""
    return party.rpartition("-")[0] or party


def link_between(links: Iterable[Link], one: str, other: str) -> Link | None:
    """The link between two parties, or None if there is none."""
    return next((link for link in links if link.joins(role_of(one), role_of(other))), None)
