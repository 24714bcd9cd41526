"""Who answers the questions of a graph: it never changes the answer."""

import pytest

from payrelay.classics import request_answer
from payrelay.verification.engines.choice import has_fast_engine
from payrelay.verification.engines.exploration import Graph
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.liveness import choice
from payrelay.verification.liveness.decisions import Liveness
from payrelay.verification.tables.tabulation import Tabulation


def test_a_small_graph_is_asked_in_python_and_a_large_one_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, graph = TableEngine(Tabulation(request_answer.system(request_answer.FAULTY))), Graph()
    found = engine.explore(graph=graph)
    assert type(choice.liveness_of(engine, graph)) is Liveness
    monkeypatch.setattr(choice, "SMALL", found.states - 1)
    monkeypatch.setattr(choice, "has_fast_engine", lambda: False)
    assert type(choice.liveness_of(engine, graph)) is Liveness
    monkeypatch.undo()
    if has_fast_engine():
        monkeypatch.setattr(choice, "SMALL", found.states - 1)
        assert type(choice.liveness_of(engine, graph)).__name__ == "FastLiveness"
