"""HTML: a page that needs nothing else. The picture, and beside it what a step changed and what each party knows.

The page runs one script of its own, and its policy allows nothing to be fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from payrelay.diagrams.drawing import Drawing
from payrelay.diagrams.escaping import xml
from payrelay.diagrams.sequence.knowledge import at_first, learnt
from payrelay.diagrams.sequence.picture import in_order
from payrelay.diagrams.svg import svg_element
from payrelay.diagrams.texts import cleaned
from payrelay.language.traces import Plain, Trace, canonical, in_words_of_step, short

LONGEST_VALUE = 90

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 Helvetica, Arial, 'Liberation Sans', sans-serif; color: #1f2937; background: #fff;
  display: grid; grid-template-columns: minmax(0, 1fr) minmax(20rem, 27rem); height: 100vh; }
#picture { overflow: auto; outline: none; }
#picture:focus-visible { box-shadow: inset 0 0 0 2px #2456c9; }
#picture svg { display: block; margin: 0 auto; }
g[data-step] { cursor: pointer; }
g.chosen rect.hit { fill: #2456c9; fill-opacity: 0.09; }
g.chosen:not(.bad) :is(.name, .field, .remark) { stroke: #ebeff9; }
aside { overflow: auto; border-left: 1px solid #cbd5e1; padding: 1.1rem 1.25rem 3rem; background: #f8fafc; }
h1 { font-size: 1.05rem; margin: 0 0 0.35rem; overflow-wrap: anywhere; }
h2 { font-size: 0.82rem; margin: 1.3rem 0 0.35rem; color: #57606a; }
p { margin: 0.2rem 0; }
.hint { color: #57606a; font-size: 0.85rem; }
kbd { border: 1px solid #cbd5e1; border-radius: 3px; padding: 0 0.3em; background: #fff; font-size: 0.85em; }
ul { margin: 0; padding-left: 1.1rem; }
li { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 0.86rem; }
td { padding: 0.16rem 0.5rem 0.16rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { color: #57606a; width: 34%; }
.old { color: #8a94a3; text-decoration: line-through; text-decoration-thickness: 1px; }
.new { font-weight: bold; }
details { border-top: 1px solid #e2e8f0; padding: 0.28rem 0; font-size: 0.86rem; }
summary { cursor: pointer; }
details p { overflow-wrap: anywhere; color: #475569; padding-left: 1.1rem; }
details .new { color: #0f5132; }
button { font: inherit; border: 1px solid #94a3b8; border-radius: 4px; background: #fff; padding: 0.15rem 0.7rem; }
@media (max-width: 60rem) { body { display: block; height: auto; } aside { border: 0; border-top: 1px solid #cbd5e1; } }
@media print { body { display: block; height: auto; } aside { display: none; } #picture { overflow: visible; } }
"""

SCRIPT = """
'use strict';
const runs = JSON.parse(document.getElementById('steps').textContent);
const picture = document.getElementById('picture'), panel = document.getElementById('panel');
const order = [];
for (const group of picture.querySelectorAll('g[data-step]')) {
  const key = group.dataset.run + '.' + group.dataset.step;
  if (!order.includes(key)) order.push(key);
}
let chosen = -1;
function element(name, text, style) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (style) made.className = style;
  return made;
}
function changes(machine) {
  const table = element('table');
  for (const [name, before, after] of machine.changes) {
    const row = table.appendChild(element('tr'));
    row.appendChild(element('td', name));
    const cell = row.appendChild(element('td'));
    if (before !== '') cell.append(element('span', before, 'old'), ' ');
    cell.append(element('span', after === '' ? 'nothing' : after, 'new'));
  }
  return table;
}
function known(run, until) {
  const all = {};
  for (const [party, items] of Object.entries(run.known)) all[party] = items.map(item => [item, false]);
  for (const step of run.steps) {
    if (step.n > until) break;
    for (const [party, items] of Object.entries(step.learns)) {
      all[party] = (all[party] || []).concat(items.map(item => [item, step.n === until]));
    }
  }
  return all;
}
function show(place) {
  if (place < 0 || place >= order.length) return;
  chosen = place;
  const [of, n] = order[place].split('.').map(Number), run = runs[of];
  const step = run.steps.find(one => one.n === n);
  for (const group of picture.querySelectorAll('g[data-step]')) {
    const is = group.dataset.run + '.' + group.dataset.step === order[place];
    group.classList.toggle('chosen', is);
    if (is && group.querySelector('rect.hit')) group.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }
  panel.replaceChildren(element('h1', step.says));
  if (step.notes.length) {
    const list = panel.appendChild(element('ul'));
    for (const note of step.notes) list.appendChild(element('li', note));
  }
  panel.appendChild(element('h2', 'What changed'));
  if (!step.machines.length) panel.appendChild(element('p', 'Nothing.'));
  for (const machine of step.machines) {
    panel.appendChild(element('p', machine.name));
    panel.appendChild(changes(machine));
  }
  panel.appendChild(element('h2', 'What each party knows now'));
  for (const [party, items] of Object.entries(known(run, n))) {
    const fresh = items.filter(([, is]) => is).length, details = panel.appendChild(element('details'));
    details.open = fresh > 0;
    details.appendChild(element('summary', party + ': ' + items.length + (fresh ? ', of them ' + fresh + ' new' : '')));
    const line = details.appendChild(element('p'));
    items.slice().sort((one, other) => other[1] - one[1]).forEach(([item, is], at) => {
      if (at) line.append(' · ');
      line.append(element('span', item, is ? 'new' : ''));
    });
    if (!items.length) line.append('nothing');
  }
}
picture.addEventListener('click', event => {
  const group = event.target.closest('g[data-step]');
  if (group) show(order.indexOf(group.dataset.run + '.' + group.dataset.step));
});
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('summary, button')) return;
  const to = {ArrowDown: chosen + 1, j: chosen + 1, ArrowUp: chosen - 1, k: chosen - 1, Home: 0,
    End: order.length - 1}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(to);
});
"""


def html(drawing: Drawing, traces: Sequence[Trace]) -> str:
    """The page of a picture of these traces."""
    data = json.dumps([_run(cleaned(trace)) for trace in traces], ensure_ascii=False, separators=(",", ":"))
    inert = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
            "script-src 'unsafe-inline'\">",
            f"<title>{xml(drawing.title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            '<main id="picture" tabindex="0" aria-label="The picture. Up and down go from step to step.">',
            svg_element(drawing),
            "</main>",
            '<aside id="panel" aria-live="polite">',
            f"<h1>{xml(drawing.title)}</h1>",
            f"<p>{xml(drawing.says)}</p>",
            '<p class="hint">Click a step, or go from one to the next with <kbd>↓</kbd> <kbd>↑</kbd>, '
            "<kbd>Home</kbd> and <kbd>End</kbd>: what it changed, and what each party knows then.</p>",
            "</aside>",
            f'<script type="application/json" id="steps">{inert}</script>',
            f"<script>{SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def _run(trace: Trace) -> dict[str, Any]:
    steps = []
    for step, learns in zip(trace.steps, learnt(trace), strict=True):
        says, *notes = in_words_of_step(step)
        machines = [{"name": name, "changes": rows} for name, rows in _machines(step.before, step.after) if rows]
        steps.append({"n": step.n, "says": f"{step.n}. {says}", "notes": notes, "machines": machines, "learns": learns})
    known = at_first(trace)
    return {"known": {party: known[party] for party in in_order(known)}, "steps": steps}


def _machines(before: dict[str, Plain], after: dict[str, Plain]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    for name, local in before.items():
        then = after.get(name) or local
        state = [("state", local["state"], then["state"])] if local["state"] != then["state"] else []
        yield name, state + list(_differences("", local.get("data"), then.get("data")))


def _differences(name: str, before: Plain, after: Plain) -> Iterator[tuple[str, str, str]]:
    """What is different, field by field as far as both have the same fields."""
    if before == after:
        return
    if (
        isinstance(before, dict)
        and isinstance(after, dict)
        and list(before) == list(after)
        and len(name) < LONGEST_VALUE
    ):
        for key in before:
            yield from _differences(f"{name}.{key}".lstrip("."), before[key], after[key])
    else:
        yield name or "data", _said(before), _said(after)


def _said(value: Plain) -> str:
    """A value in a few words."""
    if value is None or value in ("", [], {}):
        return ""
    if words := short(value):
        return words
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        inner = ", ".join(filter(None, (_said(part) for name, part in value.items() if name != "type")))
        return _cut(f"{value['type']}({inner})")
    if isinstance(value, list):
        return _cut(", ".join(filter(None, map(_said, value))))
    return _cut(value if isinstance(value, str) else canonical(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
