"""Addresses: where each party takes the messages of each link, by configuration alone (W-DISC-04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from payrelay.wire.endpoints import endpoint_at


@dataclass(frozen=True)
class Addresses:
    """The base URL of each party for each link; without a link, for all of its links that are not named."""

    of_party: Mapping[str, str] = field(default_factory=dict)
    of_link: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By party and link."""

    def base(self, party: str, link: str) -> str | None:
        """The URL before the paths of a link's endpoints, without a slash at its end; None if it is not known."""
        return self.of_link.get((party, link)) or self.of_party.get(party)

    def every_base(self) -> frozenset[str]:
        """Every URL that it knows."""
        return frozenset([*self.of_party.values(), *self.of_link.values()])

    def url(self, party: str, target: str) -> str | None:
        """The URL of an endpoint; None if it is not known."""
        endpoint = endpoint_at(target)
        base = self.base(party, endpoint.link) if endpoint else None
        return None if base is None else base + target
