"""Unexplained: the event at which a log leaves the model stands in red after the run, and is kept beside a trace."""

import json
from dataclasses import replace

import pytest
from tests.diagrams.faults import leaving, meetings
from tests.diagrams.labels import STRANGE
from tests.diagrams.random_traces import message, random_trace, step, trace

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.layout import layout
from payrelay.diagrams.sequence.picture import Event, Verdict
from payrelay.diagrams.sequence.unexplained import KEY, Unexplained, unexplained_in
from payrelay.language.traces import TraceError

ASK = message("Ask", "relay", "shop", text="it")
TOLD = trace(step(1, "deliver", "shop", ASK, section="second section"), parties=("relay", "shop"))
FOUND = Unexplained(
    line=7, message={**ASK, "message": "Answer"}, is_received=True, reasons=("nobody asked", "violates")
)


def test_it_stands_in_red_at_its_place_with_its_line() -> None:
    picture = sequence([Run("", TOLD, unexplained=FOUND)], "", "")
    first, strange, verdict = picture.items
    assert isinstance(first, Event)
    assert isinstance(strange, Event)
    assert (first.is_violating, strange.is_violating, strange.number) == (False, True, None)
    assert strange.message is not None
    assert (strange.message.name, strange.message.fields) == ("Answer", ("text it",))
    assert strange.message.remarks == ("line 7, not explained",)
    assert strange.message.section == "second section"
    assert verdict == Verdict(lines=("line 7 is not explained: nobody asked", "violates"))


def test_what_was_only_sent_is_under_way() -> None:
    picture = sequence([Run("", TOLD, unexplained=replace(FOUND, is_received=False))], "", "")
    sent = picture.events[-1].message
    assert sent is not None
    assert sent.fate == "under way"


def test_strangers_have_a_lifeline() -> None:
    strange = replace(FOUND, message={**ASK, "from": "somebody"})
    assert sequence([Run("", TOLD, unexplained=strange)], "", "").lifelines == ("relay", "shop", "somebody")


@pytest.mark.parametrize("strange", STRANGE)
def test_whatever_it_says(strange: str) -> None:
    found = Unexplained(line=9, message=message(strange, strange, "relay", a=[{"b": strange}]), is_received=True,
                        reasons=(strange * 20,))  # fmt: skip
    drawing = layout(sequence([Run(strange, random_trace(6, 5, 1), unexplained=found)], strange, strange))
    assert meetings(drawing) == leaving(drawing) == []


def test_it_is_kept_beside_a_trace() -> None:
    document = TOLD.to_json()
    assert unexplained_in(json.dumps(document)) is None
    document[KEY] = FOUND.to_json()
    assert unexplained_in(json.dumps(document)) == FOUND


@pytest.mark.parametrize("key", FOUND.to_json())
def test_invalid_document(key: str) -> None:
    with pytest.raises(TraceError, match="unexplained: it needs line, is_received, message and reasons"):
        unexplained_in(json.dumps({KEY: {**FOUND.to_json(), key: None}}))
