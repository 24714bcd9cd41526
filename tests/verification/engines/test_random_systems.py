"""Systems made at random: the reference, the table and the fast engine see the same whole graph of each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.verification.random_systems import pairs

from payrelay.classics.random_systems import INPUTS, KINDS, LINK, STATES, Case, Go, Red, doing, is_small, main
from payrelay.language.configurations import Channel, Configuration
from payrelay.language.role import Local, RoleTable, Row
from payrelay.language.systems import Instance, System
from payrelay.verification.engines import fast
from payrelay.verification.engines.exploration import Graph, Limits
from payrelay.verification.engines.graphs import whole_graph
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow

MOST_STATES = 400
"""Larger systems are passed over: they would cost time, and show nothing more."""
EACH = 40
"""Examples of each kind in the quick run."""
DETERMINED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def packed(case: Case) -> TableEngine:
    """The case, packed."""
    return TableEngine(Tabulation(case.system), case.properties)


def is_searched(case: Case) -> bool:
    """Whether the case is small enough, and at most two words wide."""
    engine = packed(case)
    return engine.words <= 2 and engine.explore(Limits(states=MOST_STATES)).states < MOST_STATES


def of_every(kind: str, examples: int, look: Callable[[Case], None]) -> None:
    """Look at some random cases of a kind."""
    settings(DETERMINED, max_examples=examples)(given(pairs(kind).filter(is_searched))(look))()


def compare(case: Case, told: System | None = None) -> None:
    """Search with all three, and compare everything. `told` is what the reference engine is given instead."""
    engine, graph, fast_graph = packed(case), Graph(), Graph()
    found = replace(engine.explore(graph=graph), seconds=0)
    assert replace(fast.explore(engine, graph=fast_graph), seconds=0) == found
    assert vars(fast_graph) == vars(graph)
    assert replace(fast.explore(engine), seconds=0) == found
    reference = ReferenceEngine(told or case.system, case.properties).explore()
    table = whole_graph(engine)
    assert table.states == reference.states
    assert table.edges == reference.edges
    assert (table.violated, table.bound) == (reference.violated, reference.bound)


@pytest.mark.parametrize("kind", KINDS)
def test_the_engines_agree_on_random_systems(kind: str) -> None:
    of_every(kind, EACH, lambda case: compare(case))


@pytest.mark.parametrize("kind", KINDS)
def test_the_engines_agree_on_many_random_systems(kind: str) -> None:
    of_every(kind, 250, lambda case: compare(case))


class Wide(TableEngine):
    """A system whose states are of several words, however small it is: each party has words of its own."""

    spare = 40


def compare_wide(case: Case) -> None:
    """Search with two, where contents are numbered and looked up in lists, and compare everything."""
    engine, graph, fast_graph = Wide(Tabulation(case.system), case.properties), Graph(), Graph()
    assert engine.words > 1
    found = replace(engine.explore(graph=graph), seconds=0)
    assert replace(fast.explore(engine, graph=fast_graph), seconds=0) == found
    assert vars(fast_graph) == vars(graph)
    assert replace(fast.explore(engine), seconds=0) == found  # here, lists leave out what can show nothing new


@pytest.mark.parametrize("kind", KINDS)
def test_the_engines_agree_on_wide_random_systems(kind: str) -> None:
    of_every(kind, 100, compare_wide)


def redirected(system: System) -> System:
    """The first row of the first machine goes elsewhere."""
    first, *others = system.instances
    row = first.table.rows[0]
    wrong = replace(row, target="two" if row.target == "one" else "one")
    table = replace(first.table, rows=(wrong, *first.table.rows[1:]))
    return replace(system, instances=(replace(first, table=table), *others))


def with_bag(system: System) -> System:
    """The channel is another one."""
    return replace(system, configuration=replace(system.configuration, channel="bag", capacity=0))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [*((kind, redirected) for kind in KINDS), *((kind, with_bag) for kind in ("dupset", "set", "fifo"))],
)
def test_a_wrong_table_and_a_wrong_channel_are_seen(kind: str, wrong: Callable[[System], System]) -> None:
    with pytest.raises(AssertionError):
        of_every(kind, EACH, lambda case: compare(case, wrong(case.system)))


def test_an_early_time_out_beyond_a_boundary_costs_nothing() -> None:
    """It is not done, so that its budget is not spent; random systems found this once."""
    rows = (
        Row("one", "wait", (), doing("count", 1), "one"),
        Row("one", "go", (), doing("talk", 0, ((Red, False),)), "two"),
        Row("two", "never", (), None, "one"),
    )
    table = RoleTable("role", "one", STATES, frozenset(), INPUTS, ("wait", "never"), rows, (), None)
    left = Instance("left", "main", table, (Local("one", (0, "right")),), stimuli=(Go(),), boundary=is_small)
    right = Instance("right", "main", table, (Local("one", (0, "left")),), stimuli=(Go(),))
    channels: dict[Channel, int] = {"bag": 0, "dupset": 0, "set": 0, "fifo": 1}
    for channel, capacity in channels.items():
        configuration = Configuration(
            name="early", says="", channel=channel, capacity=capacity, early_timeouts=1, timers=("wait",)
        )
        compare(Case(System(configuration, (left, right), (LINK,), main), ()))


def sorts(case: Case) -> set[str]:
    """The kinds of steps that happen in a system, and what comes of them."""
    engine = packed(case)
    found = engine.explore()
    fired = [engine.labels[label] for label in found.fired]
    seen = {label.kind for label in fired} | {"early" for label in fired if label.early}
    seen |= {"merged" for label in fired if label.merges} | {"passed over" for label in fired if label.rewrite is None}
    seen |= {"violated"} if found.violations else set()
    return seen | {"large" if found.states > 50 else "small", "whole" if found.bound is None else "bounded"}


EVERYWHERE = {"deliver", "user", "timeout", "crash", "beyond", "violated", "large", "small", "whole", "bounded"}
SORTS = {
    "unbounded": EVERYWHERE,
    "dupset": EVERYWHERE | {"lose", "early"},
    "bag": EVERYWHERE | {"lose", "early", "duplicate"},
    "set": EVERYWHERE | {"lose", "early", "duplicate", "merged"},
    "fifo": EVERYWHERE | {"lose", "early", "duplicate"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_random_systems_are_of_every_sort(kind: str) -> None:
    seen: Counter[str] = Counter()
    of_every(kind, EACH, lambda case: seen.update(sorts(case)))
    assert set(seen) >= SORTS[kind]
