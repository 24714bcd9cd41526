"""Properties as data: what is claimed of every run, over events that an outsider could name.

An atom matches events; a variable in it stands for a value, the same in all atoms of one conjunct. A conjunct is
one formula; a property is a named sentence, the claims it comes from, and the conjuncts that make it up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from payrelay.language.messages import Message, Occurrence


@dataclass(frozen=True)
class Variable:
    """Stands for one value throughout a conjunct."""

    name: str


Where = Mapping[str, Any]
"""Field paths (`payment_info.amount`; signatures are looked through) to a constant, a Variable, or a predicate.

`procedure` is the number of the procedure of the machine at which the event happens, as text; `party` its party.
"""


@dataclass(frozen=True, eq=False)
class Atom:
    """Matches events at machines of a role (empty: any)."""

    role: str = ""
    where: Where = ()  # type: ignore[assignment]

    def words(self) -> str:
        """The atom in words."""
        return self.role


@dataclass(frozen=True, eq=False)
class Sent(Atom):
    """A message of this kind (None: any) left a machine of `role`, for a party of role `to`."""

    message: type[Message] | None = None
    to: str = ""
    by: str | None = None
    """The part of the party that sent it."""
    carrying: Callable[[object], bool] | None = None
    """Holds of some part of the message, whether or not its receiver can read it (Paulson's *parts*)."""


@dataclass(frozen=True, eq=False)
class Received(Atom):
    """A message of this kind (None: any) from a party of role `sender` was delivered to a machine of `role`."""

    message: type[Message] | None = None
    sender: str = ""
    carrying: Callable[[object], bool] | None = None
    readable: Callable[[object], bool] | None = None
    """Holds of something that the receiver can read in the message (Paulson's *analz*): it now knows it."""


@dataclass(frozen=True, eq=False)
class Accepted(Atom):
    """A machine of `role` took an input of this kind by a row that leaves one of these states for one of those."""

    message: type | None = None
    leaving: tuple[str, ...] = ()
    entering: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Occurred(Atom):
    """An occurrence of this kind was declared by a machine of `role`."""

    occurrence: type[Occurrence] = Occurrence


@dataclass(frozen=True, eq=False)
class Entered(Atom):
    """A machine of `role` came into one of these states from another one. `where` speaks of its data."""

    states: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Failed(Atom):
    """A machine of `role` met an input that has no place in its state."""


@dataclass(frozen=True)
class In:
    """A state predicate: every machine of this role (of its table's name) is in one of these states."""

    table: str
    states: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Never:
    """The event does not happen at all; or, with `after`, not once that other event has happened."""

    event: Atom
    after: Atom | None = None


@dataclass(frozen=True, eq=False)
class AtMostOnce:
    """The event happens at most once for each value of its variables."""

    event: Atom


@dataclass(frozen=True, eq=False)
class Excludes:
    """No run has both events, in whichever order."""

    one: Atom
    other: Atom


@dataclass(frozen=True, eq=False)
class Precedes:
    """Whenever `then` happens, one of `first` has happened before, or earlier in the same step."""

    then: Atom
    first: tuple[Atom, ...]


@dataclass(frozen=True)
class Fairness:
    """A named assumption about what does not go on being possible for ever without happening.

    Weak: what stays possible happens. Strong: what is possible again and again happens.
    """

    name: str
    of: Literal["delivery", "timers", "stimuli"]
    strong: bool = False
    only: tuple[str, ...] = ()
    """The inputs meant, by event name; empty for all of that sort."""


@dataclass(frozen=True, eq=False)
class Responds:
    """Every `trigger` is followed by one of `response`, under these fairness assumptions."""

    trigger: Atom
    response: tuple[Atom, ...]
    under: tuple[Fairness, ...] = ()


@dataclass(frozen=True, eq=False)
class Possible:
    """Some run has the event."""

    event: Atom


@dataclass(frozen=True, eq=False)
class Resettable:
    """From every reachable state some run reaches a state in which all of these hold."""

    states: tuple[In, ...]


@dataclass(frozen=True, eq=False)
class Indistinguishable:
    """Whatever values the symbols of these kinds have, a party of `role` sees the same."""

    role: str
    kinds: tuple[str, ...]


Conjunct = Never | AtMostOnce | Excludes | Precedes | Responds | Possible | Resettable | Indistinguishable

SAFETY = (Never, AtMostOnce, Excludes, Precedes)
"""Conjuncts that a single finite run can violate."""

Level = Literal["searched", "structural", "function", "wire"]
"""How a property is established: by search, on the network graph, of a pure function, or only on a wire."""


@dataclass(frozen=True, eq=False)
class Property:
    """A claim about every run, in one sentence.

    `name` is that sentence in snake_case, `label` its short handle; both name it. `variant` names the one-edit
    variant of the model that violates it, which shows that the check can fail.
    """

    name: str
    label: str
    says: str
    claims: tuple[int, ...] = ()
    conjuncts: tuple[Conjunct, ...] = ()
    level: Level = "searched"
    check: Callable[[Any], str | None] | None = None
    """For a structural or function property: a system to the sentence that says how it fails, or None."""
    variant: str = ""
    source: str = ""
    """Where it comes from, if not from a claim."""
    absent: Callable[[Any], str | None] | None = None
    """A system to what it lacks for the property to speak of it (`no purchase`), or None if it lacks nothing."""

    def lacking(self, system: Any) -> str | None:
        """What a system lacks for the property to speak of it; None if nothing."""
        return None if self.absent is None else self.absent(system)

    def is_searched_in(self, system: Any) -> bool:
        """Whether it speaks of the runs of a system."""
        return self.level == "searched" and self.lacking(system) is None


def conjunct_name(conjunct: Conjunct) -> str:
    """A short name of a conjunct, for traces and messages."""
    kind = type(conjunct).__name__
    names = ("event", "then", "trigger", "one", "other")
    atoms = [getattr(conjunct, name) for name in names if hasattr(conjunct, name)]
    return f"{kind}({', '.join(map(atom_name, atoms))})"


def atom_name(atom: Atom) -> str:
    """A short name of an atom."""
    subject = getattr(atom, "message", None) or getattr(atom, "occurrence", None)
    named = subject.__name__ if subject else ",".join(getattr(atom, "states", ()))
    values = dict(atom.where).values()
    constants = [str(value) for value in values if not isinstance(value, Variable) and not callable(value)]
    return " ".join(filter(None, [type(atom).__name__.lower(), atom.role, named, *constants]))
