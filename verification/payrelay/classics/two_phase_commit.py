"""Two-phase commit: resource managers that commit or abort together.

As it stands in Gray and Lamport, *Consensus on Transaction Commit*, 2006. As in the published
models of it, messages stay readable for ever, and nothing is lost or crashes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from payrelay.language.configurations import Configuration
from payrelay.language.links import Link
from payrelay.language.messages import Message, Send, Stimulus
from payrelay.language.properties import Entered, Excludes, Possible, Property
from payrelay.language.role import Effect, Local, Role, State, ignore, role_table, stay
from payrelay.language.systems import Instance, System


@dataclass(frozen=True, kw_only=True)
class Prepared(Message):
    """A resource manager is ready to commit."""


@dataclass(frozen=True, kw_only=True)
class Commit(Message):
    """The transaction manager has decided to commit."""


@dataclass(frozen=True, kw_only=True)
class Abort(Message):
    """The transaction manager has decided to abort."""


@dataclass(frozen=True, kw_only=True)
class FinishWork(Stimulus):
    """A resource manager finishes its part."""


@dataclass(frozen=True, kw_only=True)
class GiveUp(Stimulus):
    """A manager decides to abort."""


@dataclass(frozen=True, kw_only=True)
class Decide(Stimulus):
    """The transaction manager decides to commit."""


@dataclass(frozen=True)
class Managers:
    """What the transaction manager knows: the resource managers, and those it has heard prepared from."""

    everyone: tuple[str, ...]
    prepared: frozenset[str] = frozenset()


def announce(data: str, message: FinishWork) -> Effect:
    """Tell the transaction manager."""
    return data, (Send("manager", Prepared()),)


def remember(data: Managers, message: Prepared) -> Effect:
    """Note who is prepared."""
    return replace(data, prepared=data.prepared | {message.sender}), ()


def is_unanimous(data: Managers, message: Any) -> bool:
    """Everyone is prepared."""
    return len(data.prepared) == len(data.everyone)


def commit_all(data: Managers, message: Decide) -> Effect:
    """Tell everyone to commit."""
    return data, tuple(Send(one, Commit()) for one in data.everyone)


def abort_all(data: Managers, message: GiveUp) -> Effect:
    """Tell everyone to abort."""
    return data, tuple(Send(one, Abort()) for one in data.everyone)


class ResourceManager(Role):
    """Prepares, or gives up; then does as it is told."""

    working = State(initial=True)
    prepared = State()
    committed = State()
    aborted = State()

    finish_work = working.to(prepared, on=announce)
    give_up = working.to(aborted)
    commit = working.to(committed) | prepared.to(committed) | stay(committed) | aborted.to(committed)
    abort = working.to(aborted) | prepared.to(aborted) | committed.to(aborted) | stay(aborted)

    inputs = (FinishWork, GiveUp, Commit, Abort)


class TransactionManager(Role):
    """Commits once everyone is prepared; may abort before."""

    init = State(initial=True)
    committed = State()
    aborted = State()

    prepared = stay(init, on=remember)
    decide = init.to(committed, cond=is_unanimous, on=commit_all)
    give_up = init.to(aborted, on=abort_all)

    inputs = (Prepared, Decide, GiveUp)
    ignored = (ignore(Prepared, reason="the decision is made"),)


LINKS = (Link("transaction", ("manager", "resource"), carries=(Prepared, Commit, Abort)),)

consistent = Property(
    name="no_manager_commits_while_another_aborts",
    label="consistency",
    says="No resource manager is aborted while another is committed.",
    conjuncts=(Excludes(Entered("resource", states=("committed",)), Entered("resource", states=("aborted",))),),
    source="Gray and Lamport",
)
commit_is_possible = Property(
    name="commit_is_possible",
    label="commit",
    says="Some run ends in a commit.",
    conjuncts=(Possible(Entered("resource", states=("committed",))),),
    source="Gray and Lamport",
)
PROPERTIES = (consistent, commit_is_possible)


def system(managers: int, *, alike: bool = False) -> System:
    """Two-phase commit with so many resource managers; if they are `alike`, one order of them is enough."""
    names = tuple(f"resource-{number}" for number in range(1, managers + 1))
    configuration = Configuration(
        name=f"two_phase_commit managers={managers}",
        says="Two-phase commit; messages stay readable for ever.",
        semantics="unbounded",
    )
    resource, manager = role_table(ResourceManager), role_table(TransactionManager)
    return System(
        configuration=configuration,
        instances=(
            Instance("manager", "transaction", manager, (Local("init", Managers(names)),), None, (Decide(), GiveUp())),
            *(
                Instance(name, "resource", resource, (Local("working", name),), None, (FinishWork(), GiveUp()))
                for name in names
            ),
        ),
        links=LINKS,
        dispatch=lambda message: "transaction" if message.receiver == "manager" else "resource",
        alike=(tuple({one: other, other: one} for one, other in pairwise(names)),) if alike else (),
    )
