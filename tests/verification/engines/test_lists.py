"""Lists: what they leave out, and what they keep of other columns, shows in nothing that a search finds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from payrelay.classics.random_systems import INPUTS, LINK, STATES, Go, Red, doing, main
from payrelay.language.configurations import Configuration
from payrelay.language.properties import Entered, Never, Property, Received
from payrelay.language.role import Local, RoleTable, Row
from payrelay.language.systems import Instance, System
from payrelay.verification.engines import fast
from payrelay.verification.engines.exploration import Exploration
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow


class Wide(TableEngine):
    """A system whose states are of several words: each party has a column."""

    spare = 40


def is_odd(data: Any, _message: Any) -> bool:
    """A guard."""
    return bool(data[0])


def role(name: str, rows: Sequence[Row]) -> RoleTable:
    """A role; the library asks that every state be reached by rows alone, and by one that never is taken, it is."""
    never = (Row("one", "never", (), None, "two"), Row("two", "never", (), None, "one"))
    return RoleTable(name, "one", STATES, frozenset(), INPUTS, ("wait", "never"), (*rows, *never), (), None)


def searched(right: Sequence[Row], conjunct: Never) -> tuple[Exploration, Exploration]:
    """What the table engine finds, and what the fast one does: the left one talks, counts, and comes into two."""
    left = (
        Row("one", "go", (), doing("talk", 0, ((Red, False),)), "one"),
        Row("one", "wait", ((is_odd, False),), doing("count", 1), "one"),
        Row("one", "wait", ((is_odd, True),), None, "two"),
    )
    configuration = Configuration(name="lists", says="", semantics="unbounded", timers=("wait",))
    instances = (
        Instance("left", "main", role("left", left), (Local("one", (0, "right")),), stimuli=(Go(),)),
        Instance("right", "main", role("right", right), (Local("one", (0, "left")),)),
    )
    engine = Wide(
        Tabulation(System(configuration, instances, (LINK,), main)), (Property("p", "p", "", conjuncts=(conjunct,)),)
    )
    assert engine.words > 1
    return replace(engine.explore(), seconds=0), replace(fast.explore(engine), seconds=0)


def test_a_delivery_that_changes_nothing_is_looked_at_again_where_its_check_might_fail() -> None:
    """It was taken, and then passed over, in states in which the check could only pass."""
    right = (Row("one", "red", (), None, "one"), Row("two", "red", (), None, "two"))
    one, other = searched(right, Never(Received("right", message=Red), after=Entered("left", states=("two",))))
    assert one == other
    ((*_, last),) = other.violations.values()
    assert len(other.violations[0]) == 4  # go, wait, wait, and what was taken twice before
    assert last in other.fired


def test_what_sets_a_mark_of_another_party_sets_it_each_time() -> None:
    """The mark stands with the party that is seen first to set it; each sets it in several states of the other."""
    right = (
        Row("one", "red", ((is_odd, False),), doing("count", 1), "one"),
        Row("one", "red", ((is_odd, True),), None, "two"),
    )
    one, other = searched(right, Never(Received("right", message=Red), after=Entered("", states=("two",))))
    assert one == other
    assert (other.states, len(other.violations)) == (12, 1)
