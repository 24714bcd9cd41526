"""The largest page of every template travels, and so does its envelope."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    Capabilities,
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    Kind,
    ProgressInformation,
    RegistrationInformation,
    ResultInformation,
    SelectInformation,
    Summary,
    WalletOption,
    template_for,
)
from payrelay.model.conversion.templates import MOST_OPTIONS
from payrelay.model.messages.registration import FormPage
from payrelay.model.sections import summarize
from payrelay.wire import MESSAGES, read, write
from payrelay.wire.envelopes import envelope_of, opened
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.messages import schema_of
from payrelay.wire.samples import NOW, Samples

WIDE = "\U00020000"
"""A character of four bytes and two columns, as wide as they get."""
AMOUNT, TOKEN, NAME, LINK = Amount(10**15 - 1, "EUR"), "x" * 32, WIDE * 40, "https://" + "x" * 88
QUESTIONS = tuple(
    FormField(f"{n:032}", NAME, "x" * 16, True, 9999, (WIDE * 120,), n % 2 == 0, NAME) for n in range(MOST_OPTIONS)
)
WIDEST: dict[Kind, Information] = {
    Kind.SELECT: SelectInformation((WalletOption(TOKEN, NAME, (WIDE * 80,)),) * MOST_OPTIONS, more=True),
    Kind.CONFIRM: ConfirmInformation(AMOUNT, TOKEN, NAME, "x" * 8, NAME, WIDE * 80),
    Kind.RESULT: ResultInformation("x" * 16, AMOUNT, TOKEN, TOKEN, NAME),
    Kind.FORM: FormInformation(QUESTIONS, LINK, "x" * 64, page=999, pages=999),
    Kind.REG_RESULT: RegistrationInformation("x" * 16, TOKEN, TOKEN),
    Kind.PROGRESS: ProgressInformation(9999, "x" * 64, TOKEN, True, "x" * 16),
    Kind.ERROR: ErrorInformation(TOKEN, TOKEN, LINK),
}
BOUND: dict[Kind, Any] = {
    Kind.SELECT: tuple(f"wallet-{n:057}" for n in range(MOST_OPTIONS)),
    Kind.FORM: FormPage(Symbol("reg_id", TOKEN), 1, 999, 999, False, tuple(replace(q, error=None) for q in QUESTIONS)),
}
"""What pages are bound to that grows with what they show; the others are bound to what the samples are."""
SAMPLES = Samples("hardened")
OPENING = json.loads(write(SAMPLES.message(MESSAGES["RegistrationRequest"]), SAMPLES.rings["terminal-1"]))
"""What `retry` of such a page would ask."""


def roomy(name: str) -> Capabilities:
    """A terminal that can show whatever its medium can."""
    room = {"max_bytes": 10**9, "columns": 10**6, "rows": 10**6, "max_options": MOST_OPTIONS, "charset": "utf-8"}
    return replace(CAPABILITIES[name], **room)  # type: ignore[arg-type]


def largest(kind: Kind, name: str) -> Any:
    """The answer with the widest page of a template."""
    answers: list[Any] = [one for one in MESSAGES.values() if getattr(one, "kind", None) is kind]
    sample: Any = SAMPLES.message(answers[0])
    bound = BOUND.get(kind, sample.summary.bound)
    summary = summarize(WIDEST[kind], roomy(name), "hardened", bound)
    assert isinstance(summary, Summary)
    return replace(sample, summary=summary)


@pytest.mark.parametrize("name", CAPABILITIES)
@pytest.mark.parametrize("kind", Kind)
def test_the_largest_page_of_every_template_travels(kind: Kind, name: str) -> None:
    message = largest(kind, name)
    never = MOST_OPTIONS if kind is Kind.FORM else 0  # an answer is secret, or it is not
    assert len(message.summary.slots) == len(template_for(kind, roomy(name)).slots) - never
    data = write(message, SAMPLES.rings["relay"])
    assert len(data) <= MOST_BYTES
    found: Any = read(data, SAMPLES.rings[message.receiver], NOW)
    assert found.summary == message.summary
    body = json.loads(data)
    assert isinstance(opened(envelope_of(body, "A" * 24, OPENING)), dict)


def test_one_slot_more_than_the_longest_template_has_is_refused() -> None:
    kind = MESSAGES["FormSummary"]
    message = SAMPLES.message(kind)
    most = schema_of(kind, "hardened")["properties"]["summary"]["properties"]["slots"]["maxItems"]
    assert most == len(template_for(Kind.FORM, roomy("json")).slots)
    body = json.loads(write(message, SAMPLES.rings["relay"]))
    body["summary"]["slots"] = [["page", 0, "1"]] * (most + 1)
    found: Any = read(json.dumps(body).encode(), SAMPLES.rings[message.receiver], NOW)
    assert (found.reason, found.pointer) == ("not_a_value", "/summary/slots")
