"""HTML: a page of its own, which tells what a step changed and what each party knows, by pointer and by keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import message, random_trace, step, trace
from tests.diagrams.tools import shown, tell

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.html import html
from payrelay.diagrams.sequence.layout import layout
from payrelay.language.traces import Trace

KEY = {"kind": "key", "name": "<script>alert(1)</script>"}


def contents(n: int, x: str | None) -> dict[str, Any]:
    return {"type": "D", "n": n, "same": [1], "page": {"type": "P", "x": x}}


def told() -> Trace:
    return trace(
        step(
            1, "timeout", "relay", sends=[message("Ask", "relay", "shop", key=KEY)],
            before={"relay/machine": {"state": "idle", "data": contents(1, None)}},
            after={"relay/machine": {"state": "busy", "data": contents(2, "it")}},
        ),
        step(2, "deliver", "shop", message("Ask", "relay", "shop", key=KEY)),
        parties=("relay", "shop"),
    )  # fmt: skip


def page(*traces: Trace) -> str:
    runs = [Run(f"run {n}", one) for n, one in enumerate(traces)]
    return html(layout(sequence(runs, "A title", "It says.")), traces)


def data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="steps">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_it_has_what_every_step_changed() -> None:
    (run,) = data(page(told()))
    first, second = run["steps"]
    assert run["known"] == {"relay": [], "shop": []}
    assert first["machines"] == [
        {"name": "relay/machine", "changes": [["state", "idle", "busy"], ["n", "1", "2"], ["page.x", "", "it"]]}
    ]
    assert (first["learns"], second["learns"]) == ({"relay": [f"key {KEY['name']}"]}, {"shop": [f"key {KEY['name']}"]})
    assert second["says"].startswith("2. relay -> shop: Ask")


@pytest.mark.parametrize("odd", [*ODD, "</script><script>alert(1)</script>", "<!--", "\u2028"])
def test_nothing_gets_out_of_its_place(odd: str) -> None:
    text = page(trace(step(1, "deliver", "shop", message("Ask", "relay", "shop", text=odd, long=odd * 60))))
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert data(text)


def test_nothing_is_fetched() -> None:
    text = page(told())
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "src=" not in text


def test_it_is_the_same_every_time() -> None:
    assert page(random_trace(8, 50, 1)) == page(random_trace(8, 50, 1))


def test_every_run_has_its_steps() -> None:
    runs = data(page(random_trace(6, 20, 1), random_trace(6, 30, 2)))
    assert [len(run["steps"]) for run in runs] == [
        len(random_trace(6, n, seed).steps) for n, seed in ((20, 1), (30, 2))
    ]


@pytest.mark.slow
def test_it_is_used_by_pointer_and_by_keyboard(tmp_path: Path) -> None:
    script = """
    const seen = [], look = () => seen.push([panel.querySelector('h1').textContent,
      [...new Set([...picture.querySelectorAll('g.chosen')].map(one => one.dataset.step))],
      [...panel.querySelectorAll('td, details')].map(one => one.textContent)]);
    const press = key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    look();
    picture.querySelector('g[data-step="1"] text').dispatchEvent(new MouseEvent('click', {bubbles: true}));
    look();
    for (const key of ['ArrowDown', 'ArrowDown', 'k', 'End', 'Home', 'x']) { press(key); look(); }
    """
    text = page(told()).replace("</script>\n</body>", f"{script}{tell('seen')}</script>\n</body>")
    found = shown(text, tmp_path)
    assert [chosen for _, chosen, _ in found] == [[], ["1"], ["2"], ["2"], ["1"], ["2"], ["1"], ["1"]]
    assert found[0][0] == "A title"
    assert found[1][0] == "1. relay: time-out "
    assert found[1][2] == [
        "state", "idle busy", "n", "1 2", "page.x", "it", f"relay: 1, of them 1 newkey {KEY['name']}", "shop: 0nothing",
    ]  # fmt: skip
    assert found[2][2] == [f"relay: 1key {KEY['name']}", f"shop: 1, of them 1 newkey {KEY['name']}"]
