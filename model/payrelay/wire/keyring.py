"""Keyrings: all that a party needs in order to read and to write, as a value that it is given."""

from __future__ import annotations

from dataclasses import dataclass

from payrelay.language.links import role_of


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """Who a party is, at which level of security it speaks, and its keys."""

    party: str
    security: str = "hardened"

    @property
    def role(self) -> str:
        """The role of the party."""
        return role_of(self.party)
