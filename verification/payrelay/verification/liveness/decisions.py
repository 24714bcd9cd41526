"""Liveness: possibility, resettability, and response under named fairness, on the whole graph of a system."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace

from payrelay.language.messages import Stimulus, Timeout
from payrelay.language.properties import Atom, Fairness, Possible, Resettable, Responds, Variable
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness.fairness import FairActions, Lasso, Search
from payrelay.verification.tables.channels import Field
from payrelay.verification.tables.facts import Binding, Fact, facts_before, match
from payrelay.verification.tables.packing import Label

SORTS = {"delivery": ("deliver", "duplicate"), "timers": ("timeout",), "stimuli": ("user",)}
"""The kinds of steps that each sort of fairness speaks of."""
ONE_ORDER = "of states that differ only in the order of procedures one was kept, and what one procedure does is lost"


def is_possible(engine: TableEngine, fired: Iterable[int], conjunct: Possible) -> bool:
    """Whether some step that was taken is the event."""
    return any(match(conjunct.event, fact) is not None for label in fired for fact in _facts(engine.labels[label]))


class Liveness:
    """A finished graph and the questions that can be asked of it.

    Raises ValueError for a graph in which procedures changed places: a run there is not one procedure's.
    """

    def __init__(self, engine: TableEngine, graph: Graph) -> None:
        if not engine.has_every_order:
            raise ValueError(f"neither response nor resettability can be asked of this graph: {ONE_ORDER}")
        self.engine = engine
        self.graph = graph
        self._actions: dict[Fairness, dict[int, object]] = {}
        self._labels: dict[Fact, set[int]] = {}
        """For everything that can happen, the labels of the steps in which it does."""
        for label, step in enumerate(engine.labels):
            for fact in _facts(step):
                self._labels.setdefault(fact, set()).add(label)

    def stuck(self, conjunct: Resettable) -> Lasso | None:
        """The shortest run to a state from which no run resets the system; None if there is none."""
        may_reset = self.graph.fitting(self._resets(conjunct))
        self._go_back(may_reset)
        number = may_reset.find(0)
        return None if number < 0 else Lasso(self.graph.root(number), self.graph.path(number), [])

    def _go_back(self, reached: bytearray) -> None:
        """Mark all states from which a run leads to one that is marked."""
        first, sources = _reversed(self.graph)
        waiting = [number for number, is_reached in enumerate(reached) if is_reached]
        for number in waiting:
            for place in range(first[number], first[number + 1]):
                source = sources[place]
                if not reached[source]:
                    reached[source] = 1
                    waiting.append(source)

    def _resets(self, conjunct: Resettable) -> Iterator[tuple[Field, bytearray]]:
        """The machines that a predicate speaks of, and for each of their local states whether it holds in it."""
        for wanted in conjunct.states:
            for machine, instance in enumerate(self.engine.system.instances):
                if instance.table.name == wanted.table:
                    place, numbers = self.engine.locals_in(machine)
                    locals_ = self.engine.tabulation.locals[machine]
                    yield place, bytearray(locals_[number].control in wanted.states for number in numbers)

    def lasso(self, conjunct: Responds) -> Lasso | None:
        """A fair run in which a trigger is never answered; None if every trigger is."""
        fair = self._fair_actions(conjunct.under)
        for triggers, responses, at_first in self._obligations(conjunct):
            starts = array("q", range(-len(self.engine.initial), 0) if at_first else ())
            starts += self.graph.places(triggers - responses)
            if starts and (lasso := self._search(responses, fair).run(starts)) is not None:
                return lasso
        return None

    def _search(self, responses: Set[int], fair: FairActions) -> Search:
        return Search(self.graph, responses, fair)

    def necessary(self, conjunct: Responds) -> list[tuple[Fairness, Lasso | None]]:
        """For each fairness assumption the run that appears without it; None if it is not needed."""
        assumptions = conjunct.under
        return [(one, self.lasso(replace(conjunct, under=_without(assumptions, one)))) for one in assumptions]

    def _obligations(self, conjunct: Responds) -> list[tuple[set[int], set[int], bool]]:
        """For each binding of the trigger: the labels of triggers and responses, and whether it was there at first."""
        shared = _variables(conjunct.trigger)
        triggers: dict[Binding, set[int]] = {}
        answers: dict[Binding, set[int]] = {}
        for fact, labels in self._labels.items():
            if (binding := match(conjunct.trigger, fact)) is not None:
                triggers.setdefault(binding, set()).update(labels)
            for response in conjunct.response:
                if (found := match(response, fact)) is not None:
                    kept = tuple(pair for pair in found if pair[0] in shared)
                    answers.setdefault(kept, set()).update(labels)
        at_first = self._open_at_first(conjunct, shared)
        return [
            (
                triggers.get(binding, set()),
                {label for answer, labels in answers.items() if set(answer) <= set(binding) for label in labels},
                binding in at_first,
            )
            for binding in dict.fromkeys([*triggers, *at_first])
        ]

    def _open_at_first(self, conjunct: Responds, shared: frozenset[str]) -> list[Binding]:
        """The triggers that happened before the search begins, and were not answered."""
        pending: list[Binding] = []
        for fact in facts_before(self.engine.system):
            for found in (match(response, fact) for response in conjunct.response):
                if found is not None:
                    answer = {pair for pair in found if pair[0] in shared}
                    pending = [binding for binding in pending if not answer <= set(binding)]
            if (binding := match(conjunct.trigger, fact)) is not None:
                pending.append(binding)
        return pending

    def _fair_actions(self, under: tuple[Fairness, ...]) -> FairActions:
        keys_of = [self._actions_of(one) for one in under]
        numbers: dict[tuple[int, object], int] = {}
        taken: list[tuple[int, ...]] = [()] * len(self.engine.labels)
        for label in sorted(set().union(*keys_of)):
            keys = [(n, keys[label]) for n, keys in enumerate(keys_of) if label in keys]
            taken[label] = tuple(numbers.setdefault(key, len(numbers)) for key in keys)
        possible = (() if label.early else taken[n] for n, label in enumerate(self.engine.labels))
        return FairActions(tuple(under[n].strong for n, _ in numbers), tuple(taken), tuple(possible))

    def _actions_of(self, fairness: Fairness) -> dict[int, object]:
        """The labels that a fairness assumption speaks of, each with its action."""
        if fairness not in self._actions:
            actions = ((n, self._action(fairness, label)) for n, label in enumerate(self.engine.labels))
            self._actions[fairness] = {n: action for n, action in actions if action is not None}
        return self._actions[fairness]

    def _action(self, fairness: Fairness, label: Label) -> object:
        """The action that a step is, as far as a fairness assumption distinguishes them; None if it is none of them."""
        if label.kind not in SORTS[fairness.of]:
            return None
        if label.rewrite is None:
            received = self.engine.tabulation.messages[label.message or 0]
            return None if fairness.only and received.event not in fairness.only else label.message
        event = label.rewrite.received.event
        if fairness.only and event not in fairness.only:
            return None
        given = label.rewrite.received
        return (label.rewrite.machine, event) if isinstance(given, Timeout | Stimulus) else label.message


def _without(assumptions: tuple[Fairness, ...], one: Fairness) -> tuple[Fairness, ...]:
    return tuple(fairness for fairness in assumptions if fairness is not one)


def _facts(label: Label) -> tuple[Fact, ...]:
    return label.rewrite.facts if label.rewrite else ()


def _variables(atom: Atom) -> frozenset[str]:
    return frozenset(value.name for value in dict(atom.where).values() if isinstance(value, Variable))


def _reversed(graph: Graph) -> tuple[list[int], list[int]]:
    """The graph with its steps turned round: the sources of the steps to state n, from first[n] to first[n + 1]."""
    states = len(graph.states)
    first = [0] * (states + 1)
    for target in graph.targets:
        first[target + 1] += 1
    for number in range(states):
        first[number + 1] += first[number]
    free = list(first)
    sources = [0] * len(graph.targets)
    for number in range(states):
        for place in range(graph.offsets[number], graph.offsets[number + 1]):
            target = graph.targets[place]
            sources[free[target]] = number
            free[target] += 1
    return first, sources
