"""The compiled decision against the plain one: the same verdicts and the same runs."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.verification.liveness.random_graphs import LABELS, graphs, starts_of

from payrelay.classics import alternating_bit, request_answer
from payrelay.language.properties import Fairness, Property, Resettable, Responds
from payrelay.language.systems import System
from payrelay.model.configurations import CLAIM_8_LITERALLY, FAULT_STORIES, REGISTRATION_STORIES
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build
from payrelay.verification.engines.choice import explore_whole
from payrelay.verification.engines.exploration import Graph, Limits
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness import kernel
from payrelay.verification.liveness.decisions import Liveness
from payrelay.verification.liveness.fairness import FairActions, Lasso, Search
from payrelay.verification.liveness.fast import FastLiveness, FastSearch
from payrelay.verification.tables.tabulation import Tabulation

pytestmark = pytest.mark.slow

EXAMPLES = settings(deadline=None, derandomize=True, database=None, phases=[Phase.generate])
QUESTIONS = st.tuples(
    graphs(most_states=9, most_steps=30),
    st.booleans(),
    st.sets(st.integers(1, LABELS - 1), min_size=1, max_size=2),
)
"""A graph; whether the trigger has happened before the search begins; which labels are responses."""


def compare(question: tuple[tuple[Graph, FairActions], bool, set[int]]) -> Lasso | None:
    """The run that both find."""
    (graph, fair), at_first, responses = question
    starts = array("q", [-1] * at_first) + starts_of(graph)
    plain = Search(graph, responses, fair).run(starts)
    assert FastSearch(graph, responses, fair).run(starts) == plain
    return plain


def go_back_alike(graph: Graph) -> None:
    for marked in range(len(graph.states)):
        plain = bytearray(number == marked for number in range(len(graph.states)))
        fast = bytearray(plain)
        Liveness(NOTHING, graph)._go_back(plain)
        FastLiveness(NOTHING, graph)._go_back(fast)
        assert fast == plain


NOTHING = TableEngine(Tabulation(request_answer.system(request_answer.FRIENDLY)))
"""A system of which nothing is asked."""


def of_many(examples: int, look: Callable[[Any], object]) -> None:
    def ask(question: Any) -> None:
        look(question)

    settings(EXAMPLES, max_examples=examples)(given(QUESTIONS)(ask))()


def test_they_agree_on_random_graphs() -> None:
    found: list[Lasso | None] = []
    of_many(3000, lambda question: found.append(compare(question)))
    kinds = Counter("none" if run is None else "loop" if run.loop else "stop" for run in found)
    assert min(kinds[kind] for kind in ("none", "loop", "stop")) > 100


def test_they_go_back_alike_on_random_graphs() -> None:
    of_many(300, lambda question: go_back_alike(question[0][0]))


@pytest.mark.parametrize(
    ("name", "position", "wrong"),
    [
        ("reach", 3, lambda is_response: 0 * is_response),
        ("first_stop", 3, lambda is_response: 0 * is_response),
        ("first_stop", 9, lambda order: order[::-1].copy()),
        ("fair_part", 3, lambda is_response: 0 * is_response),
        ("fair_part", 8, lambda strong: ~strong),
        ("fair_part", 9, lambda order: order[::-1].copy()),
    ],
)
def test_a_wrong_kernel_is_seen(
    name: str, position: int, wrong: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told something else than the plain search is."""
    right = getattr(kernel, name)
    monkeypatch.setattr(
        kernel, name, lambda *given: right(*given[:position], wrong(given[position]), *given[position + 1 :])
    )
    with pytest.raises(AssertionError):
        of_many(3000, compare)


def test_a_kernel_that_never_goes_back_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "go_back", lambda *_: None)
    with pytest.raises(AssertionError):
        of_many(300, lambda question: go_back_alike(question[0][0]))


SYSTEMS: dict[str, tuple[System, tuple[Property, ...]]] = {
    "alternating bit": (alternating_bit.system(), alternating_bit.PROPERTIES),
    "request and answer": (request_answer.system(request_answer.FAULTY, moody=True), request_answer.PROPERTIES),
    **{
        one.name: (build(one), PROPERTIES)
        for one in (
            CLAIM_8_LITERALLY,
            REGISTRATION_STORIES,
            replace(FAULT_STORIES, name="fault_stories of one wallet", wallets=1),
        )
    },
}


def questions(properties: tuple[Property, ...]) -> Iterator[Responds | Resettable]:
    """What the properties ask, and the same without each assumption, and with each turned from strong to weak."""
    for conjunct in chain.from_iterable(one.conjuncts for one in properties):
        if isinstance(conjunct, Resettable):
            yield conjunct
            yield from (Resettable((one,)) for one in conjunct.states)
        if isinstance(conjunct, Responds):
            yield conjunct
            for one in conjunct.under:
                others: tuple[Fairness, ...] = tuple(of for of in conjunct.under if of is not one)
                yield replace(conjunct, under=others)
                yield replace(conjunct, under=(replace(one, strong=not one.strong), *others))


def answered(live: Liveness, question: Responds | Resettable) -> Lasso | None:
    return live.lasso(question) if isinstance(question, Responds) else live.stuck(question)


@pytest.mark.parametrize("name", SYSTEMS)
def test_they_agree_on_every_question_of_the_protocols(name: str) -> None:
    system, properties = SYSTEMS[name]
    engine = TableEngine(Tabulation(system), properties)
    explored, graph = explore_whole(engine, Limits(), None, True, is_large=True)
    assert graph is not None
    assert explored.bound is None
    plain, fast = Liveness(engine, graph), FastLiveness(engine, graph)
    asked = list(questions(properties))
    answers = [answered(fast, question) for question in asked]
    assert answers == [answered(plain, question) for question in asked]
    assert None in answers
    assert any(answers)
