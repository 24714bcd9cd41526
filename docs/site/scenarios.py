"""Scenarios: a page for each run that has a name, with its picture, its log, and what of the claims it exhibits."""

from __future__ import annotations

import json
from collections.abc import Iterator

from docs.site.drawings import LOGS, PICTURES, STEPPERS, TRACES, drawn, figure, link_to_file, toctree
from docs.site.material import Material, Shown, Story
from docs.tables import table
from payrelay.cli.runs import Runs, runs_of
from payrelay.diagrams.sequence.branching import Run

WRONG = {"lose": "a loss", "duplicate": "a duplicate", "crash": "a crash", "timeout": "a time-out"}
"""The kinds of steps in which something does not go as it should."""


def pages(material: Material) -> Iterator[tuple[str, str]]:
    """The pages, by file."""
    yield "scenarios/index.md", _index(material)
    for story in material.stories:
        yield f"scenarios/{story.name}.md", _page(material, story)


def files(material: Material) -> Iterator[tuple[str, str]]:
    """Pictures, pictures to click through, traces and logs, by file."""
    for story in material.stories:
        runs = runs_of(story.scenario, story.trace)
        yield f"{PICTURES}/{story.name}.svg", drawn(runs)
        yield f"{STEPPERS}/{story.name}.html", drawn(runs, format="html")
        yield f"{TRACES}/{story.name}.json", json.dumps(story.trace.to_json(), indent=2) + "\n"
        yield f"{LOGS}/{story.name}.ndjson", story.log
    for family in _families(material):
        yield f"{PICTURES}/{family.title}.svg", drawn(family)


def _families(material: Material) -> Iterator[Runs]:
    stories = {one.name: one for one in material.stories}
    for family in material.catalogue.families:
        if set(family.scenarios) <= set(stories):
            runs = tuple(Run(name, stories[name].trace) for name in family.scenarios)
            yield Runs(runs, family.name, family.says)


def _index(material: Material) -> str:
    rows = (
        (
            f"[{one.name}]({one.name}.md)",
            one.scenario.says,
            ", ".join(words for kind, words in WRONG.items() if any(step.kind == kind for step in one.trace.steps)),
            str(len(one.trace.steps)),
        )
        for one in material.stories
    )
    text = (
        "# Scenarios\n\nRuns with a name. What is decided in them, and what goes wrong, is written down; all else is "
    )
    text += f"found in the model.\n\n{table(('scenario', 'what happens', 'with', 'steps'), rows)}\n"
    for family in _families(material):
        text += f"## {family.title}\n\n{family.says}\n\n{figure(family.title, family.says)}\n"
    return text + toctree([one.name for one in material.stories])


def _page(material: Material, story: Story) -> str:
    name = story.name
    links = (
        link_to_file(STEPPERS, f"{name}.html", "click through it, step by step"),
        link_to_file(TRACES, f"{name}.json", "its trace"),
        link_to_file(LOGS, f"{name}.ndjson", "its log"),
    )
    return (
        f"# {name}\n\n{story.scenario.says}\n\n{' · '.join(links)}\n\n"
        f"{figure(name, story.scenario.says)}\n"
        f"It is a run of the configuration `{story.scenario.configuration}`. In a terminal: "
        f"`payrelay draw sequence {name}`.\n\n"
        f"## Step by step\n\n```text\n{story.told}\n```\n\n"
        f"## What it exhibits\n\n{_exhibits(material, story)}"
    )


def _exhibits(material: Material, story: Story) -> str:
    rows = [
        (f"[{claim.number}](../claims/claim-{claim.number}.md)", element.text, in_words_of(shown))
        for claim in material.catalogue.claims
        for element, shown in zip(claim.elements, story.shown[claim.number], strict=True)
        if shown.step is not None
    ]
    said = f"Held against the model, its log of {len(story.events)} events is explained"
    command = f'`payrelay check-trace {story.name}.ndjson --configuration "{story.scenario.configuration}"`'
    if not rows:
        return f"{said}, and exhibits no element of a claim: {command}.\n"
    return f"{said}, and exhibits ({command}):\n\n{table(('claim', 'element', 'by'), rows)}"


def in_words_of(shown: Shown) -> str:
    """The event by which something is exhibited."""
    if shown.event is None or shown.event.message is None:
        return ""
    sender, receiver, name = shown.event.sender, shown.event.receiver, shown.event.message["message"]
    what = f"`{name}`, {shown.event.direction} in step {shown.step}, {sender} to {receiver}"
    return what if shown.verdict == "exhibited" else f"in part: {what}"
