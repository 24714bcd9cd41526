"""The page of the HTML report: how it looks, and the little that it does. It fetches nothing."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6675; --line: #d9dfe7; --paper: #fff; --ground: #f5f7fa;
  --accent: #2456c9; --fail: #b91c1c; --fail-bg: #fdf0ef; --pass: #17713f; --pass-bg: #ebf6ef; --maybe: #92560a;
  --maybe-bg: #fdf5e6; --none: #64707f; --none-bg: #eef1f5; --code: #f2f5f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9ba7b6; --line: #2d3744; --paper: #171d26;
  --ground: #10151c; --accent: #86aaff; --fail: #ff8d85; --fail-bg: #3a1d1f; --pass: #75d39a; --pass-bg: #15301f;
  --maybe: #f0b862; --maybe-bg: #35280f; --none: #9ba7b6; --none-bg: #222b36; --code: #10151c; }
  .picture svg { filter: invert(0.9) hue-rotate(180deg); } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  color: var(--ink); background: var(--ground); }
main, header > div { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-bottom: 5rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
header { background: var(--paper); border-bottom: 1px solid var(--line); border-top: 5px solid var(--tone);
  padding: 1.6rem 0 1.4rem; }
.tone-fail { --tone: var(--fail); --tone-bg: var(--fail-bg); }
.tone-pass { --tone: var(--pass); --tone-bg: var(--pass-bg); }
.tone-maybe { --tone: var(--maybe); --tone-bg: var(--maybe-bg); }
.tone-none { --tone: var(--none); --tone-bg: var(--none-bg); }
.kicker { margin: 0; color: var(--soft); font-size: 0.86rem; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; margin: 0.15rem 0 0.5rem; letter-spacing: -0.01em; }
h1 em { font-style: normal; color: var(--tone); }
h2 { font-size: 1.15rem; margin: 2.4rem 0 0.7rem; }
h3 { font-size: 0.92rem; margin: 1.2rem 0 0.4rem; color: var(--soft); font-weight: 600; }
p { margin: 0.3rem 0; }
.soft { color: var(--soft); } .small { font-size: 0.86rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.15rem 1.4rem; margin: 0.9rem 0 0; padding: 0; font-size: 0.86rem; }
.facts div { display: flex; gap: 0.4rem; } .facts dt { color: var(--soft); } .facts dd { margin: 0; }
.bar { display: flex; height: 10px; border-radius: 5px; overflow: hidden; margin: 1rem 0 0.6rem; gap: 2px; }
.bar i { background: var(--tone); min-width: 4px; } .bar .tone-none { background: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; font-size: 0.86rem; margin: 0; padding: 0;
  list-style: none; }
.legend li::before { content: ''; display: inline-block; width: 0.65em; height: 0.65em; border-radius: 2px;
  background: var(--tone); margin-right: 0.4em; } .legend .tone-none::before { background: var(--line); }
.pill { display: inline-block; font-size: 0.76rem; font-weight: 600; line-height: 1.35; padding: 0.1rem 0.5rem;
  border-radius: 99px; color: var(--tone); background: var(--tone-bg); white-space: nowrap; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
.check { margin: 0.7rem 0; border-left: 4px solid var(--tone); }
.check > summary { padding: 0.75rem 1rem; cursor: pointer; display: grid; gap: 0.1rem 0.7rem; align-items: baseline;
  grid-template-columns: auto minmax(0, 1fr); }
.check > summary::-webkit-details-marker { display: none; } .check > summary { list-style: none; }
.check > summary strong { font-weight: 600; overflow-wrap: anywhere; }
.check > summary .small { grid-column: 2; overflow-wrap: anywhere; }
.check:target, tr:target { box-shadow: 0 0 0 2px var(--accent); }
.inside { padding: 0 1rem 1.1rem; border-top: 1px solid var(--line); }
.picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; background: #fff; }
@media (prefers-color-scheme: dark) { .picture { background: #1a1a1a; } }
.picture svg { display: block; margin: 0 auto; max-width: none; flex: none; }
.picture.ends { display: flex; flex-direction: column-reverse; max-height: 38rem; overflow: auto; }
.scroll { overflow-x: auto; }
.coverage .bad, .coverage text.bad { fill: #b45309; } .coverage .bad .arrow { stroke: #d39a5b; stroke-width: 1.25; }
.coverage .bad .point { fill: #d39a5b; }
ul.plain { margin: 0.2rem 0; padding: 0; list-style: none; } ul.plain li { margin: 0.25rem 0; overflow-wrap: anywhere; }
code, pre, .mono { font-family: ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'Liberation Mono', monospace;
  font-size: 0.84em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.75rem;
  margin: 0.35rem 0;
  overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; }
.command { position: relative; } .command pre { padding-right: 4.6rem; }
.copy { position: absolute; top: 0.4rem; right: 0.4rem; font: inherit; font-size: 0.76rem; padding: 0.1rem 0.55rem;
  border: 1px solid var(--line); border-radius: 4px; background: var(--paper); color: var(--ink); cursor: pointer; }
.message { border-top: 1px solid var(--line); } .message > summary { cursor: pointer; padding: 0.35rem 0;
  font-size: 0.9rem;
  overflow-wrap: anywhere; }
.message.bad > summary { color: var(--fail); font-weight: 600; }
.pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.tools { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.6rem 0; align-items: center; }
.tools input { font: inherit; padding: 0.35rem 0.7rem; border: 1px solid var(--line); border-radius: 6px;
  flex: 1 1 14rem;
  min-width: 0; background: var(--paper); color: inherit; }
.tools button { font: inherit; font-size: 0.86rem; padding: 0.3rem 0.75rem; border: 1px solid var(--line);
  color: inherit; border-radius: 99px; background: var(--paper); cursor: pointer; }
.tools button[aria-pressed=true] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
table { border-collapse: collapse; width: 100%; } .card table { font-size: 0.92rem; }
th { text-align: left; font-size: 0.8rem; color: var(--soft); font-weight: 600; padding: 0.55rem 0.9rem; }
td { padding: 0.5rem 0.9rem; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child, .nowrap { white-space: nowrap; }
td.source { min-width: 9.5rem; overflow-wrap: break-word; } td.checks { min-width: 7rem; }
.more { margin: 0.7rem 0 0.7rem 1.2rem; } .more > summary { cursor: pointer; color: var(--accent); font-size: 0.92rem; }
td .mono { display: block; font-weight: 600; }
.meter { height: 6px; border-radius: 3px; background: var(--line); margin-top: 0.3rem; min-width: 6rem; }
.meter i { display: block; height: 100%; border-radius: 3px; background: var(--accent); }
[hidden] { display: none !important; }
@media (max-width: 44rem) { .wide { display: none; } th, td { padding-left: 0.6rem; padding-right: 0.6rem; }
  main, header > div { padding-left: 0.8rem; padding-right: 0.8rem; } .card tr.row { display: block; }
  .card tr.row td { display: block; border: 0; padding-top: 0.1rem; padding-bottom: 0.1rem; white-space: normal; }
  .card tr.row td.wide { display: none; }
  .card tr.row { border-top: 1px solid var(--line); padding: 0.5rem 0; } .requirements thead { display: none; } }
@media print { .tools, .copy { display: none; } body { background: #fff; } .check { break-inside: avoid; } }
"""

SCRIPT = """
'use strict';
const rows = [...document.querySelectorAll('tr.row')], find = document.getElementById('find');
const buttons = [...document.querySelectorAll('.tools button')], none = document.getElementById('none');
let wanted = '';
function filter() {
  const text = find.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = (!wanted || row.dataset.word === wanted) && row.textContent.toLowerCase().includes(text);
    row.hidden = !fits;
    shown += fits;
  }
  none.hidden = shown > 0;
}
if (find) {
  find.addEventListener('input', filter);
  for (const button of buttons) button.addEventListener('click', () => {
    wanted = button.dataset.word;
    for (const one of buttons) one.setAttribute('aria-pressed', one === button);
    filter();
  });
}
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === 'DETAILS') one.open = true;
  if (target.tagName === 'TR') { wanted = ''; find.value = ''; filter(); }
  target.scrollIntoView();
}
addEventListener('hashchange', open);
open();
document.addEventListener('click', event => {
  const button = event.target.closest('.copy');
  if (!button) return;
  const text = button.parentElement.querySelector('pre').textContent;
  const said = () => { button.textContent = 'copied'; setTimeout(() => { button.textContent = 'copy'; }, 1500); };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(said, () => select(button));
  else select(button);
});
function select(button) {
  getSelection().selectAllChildren(button.parentElement.querySelector('pre'));
  document.execCommand('copy');
}
"""
