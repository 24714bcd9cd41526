"""Networks: the parties of systems and the links between them, as what there is to draw.

A message goes to every role that has a machine which lists it among its inputs; what a link can carry is otherwise
nobody's here, and is told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from payrelay.language.links import Link, role_of
from payrelay.language.messages import Message
from payrelay.language.systems import System


class Carried(NamedTuple):
    """The messages that go over a link to a role."""

    sender: str
    receiver: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Joint:
    """A link between the parties of its two roles."""

    name: str
    ends: tuple[tuple[str, ...], tuple[str, ...]]
    """The parties at either end."""
    carried: tuple[Carried, ...]
    """What goes either way; no message at all, where the link is there and carries none."""
    untaken: tuple[str, ...]
    """What it can carry, but nobody here takes."""
    never: tuple[str, ...]
    """What it must never carry."""
    section: str
    claims: tuple[int, ...]

    @property
    def says_claims(self) -> str:
        """The claims in words: `claims 1, 8`."""
        return f"claim{'' if len(self.claims) == 1 else 's'} {', '.join(map(str, self.claims))}" if self.claims else ""


@dataclass(frozen=True)
class Network:
    """Parties, and the links between them."""

    parties: tuple[str, ...]
    joints: tuple[Joint, ...]
    delivered: frozenset[str] | None = None
    """The messages that a search saw delivered, if one is shown."""
    remark: str = ""

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that links belong to, in their order."""
        return tuple(dict.fromkeys(joint.section for joint in self.joints if joint.section))

    def is_missing(self, message: str) -> bool:
        """Whether a search never saw this message delivered."""
        return self.delivered is not None and message not in self.delivered


def network(systems: Sequence[System], delivered: Collection[str] | None = None, searched: str = "") -> Network:
    """The network of one or several systems; with the names of the messages that a search of them saw delivered."""
    links: dict[str, Link] = {}
    for link in (link for system in systems for link in system.links):
        known = links.setdefault(link.name, link)
        links[link.name] = replace(known, carries=tuple(dict.fromkeys((*known.carries, *link.carries))))
    roles = list(dict.fromkeys(end for link in links.values() for end in link.ends))
    present = dict.fromkeys(party for system in systems for party in system.machines_of)
    parties = tuple(sorted(present, key=lambda party: (_place(roles, role_of(party)), party)))
    joints = [_joint(systems, link, parties) for link in links.values()]
    joints = [joint for joint in joints if all(joint.ends)]
    if delivered is None:
        return Network(parties, tuple(joints))
    every = {message for joint in joints for carried in joint.carried for message in carried.messages}
    seen = len(every & set(delivered))
    remark = f"{seen} of {len(every)} messages were seen delivered in {searched}, {len(every) - seen} never"
    return Network(parties, tuple(joints), frozenset(delivered), remark)


def _place(roles: list[str], role: str) -> int:
    return roles.index(role) if role in roles else len(roles)


def _joint(systems: Sequence[System], link: Link, parties: Sequence[str]) -> Joint:
    one, other = (tuple(party for party in parties if role_of(party) == end) for end in link.ends)
    ways = dict.fromkeys([link.ends, (link.ends[1], link.ends[0])])
    carried = [
        Carried(sender, receiver, tuple(kind.__name__ for kind in link.carries if is_taken(systems, kind, receiver)))
        for sender, receiver in ways
    ]
    taken = {message for way in carried for message in way.messages}
    return Joint(
        name=link.name,
        ends=(one, other),
        carried=tuple(carried),
        untaken=tuple(kind.__name__ for kind in link.carries if kind.__name__ not in taken),
        never=tuple(kind.__name__ for kind in link.never),
        section=link.section,
        claims=link.claims,
    )


def is_taken(systems: Sequence[System], kind: type[Message], role: str) -> bool:
    """Whether a message can go to a role: one of its machines lists it among its inputs."""
    machines = (one for system in systems for one in system.instances if role_of(one.party) == role)
    return any(kind in one.table.inputs for one in machines)
