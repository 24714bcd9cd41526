"""The checks of pure functions and of the network can fail, each in every way that it names."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Send
from payrelay.language.terms import Symbol
from payrelay.model.configurations import HAPPY
from payrelay.model.conversion import CAPABILITIES, Capabilities, convert
from payrelay.model.messages.purchase import CancelAck
from payrelay.model.properties import pages
from payrelay.model.properties.result import sections_mixed
from payrelay.model.protocol import build
from payrelay.model.sections import SECOND
from payrelay.model.variants.purchase import _other_amount

SYSTEM = build(HAPPY)


def test_every_capability_can_show_a_confirmation() -> None:
    assert pages.is_oversized(SYSTEM) is None


@pytest.mark.parametrize(
    ("name", "instead", "why"),
    [
        ("CAPABILITIES", {"tiny": Capabilities("text/plain", 10, 4, 1, "utf-8", 1)}, "tiny cannot show a confirmation"),
        ("render", lambda _page: "x" * 100_000, "html is sent more bytes than it can take"),
        ("template_for", lambda *_of: SimpleNamespace(template_id="other"), "html is sent a page of another template"),
    ],
)
def test_a_confirmation_that_does_not_fit_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, instead: Any, why: str
) -> None:
    monkeypatch.setattr(pages, name, instead)
    assert str(pages.is_oversized(SYSTEM)).startswith(why)


def test_a_confirmation_that_hides_what_must_be_shown_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "convert", lambda *of: replace(convert(*of), slots=()))  # type: ignore[arg-type]
    monkeypatch.setattr(pages, "CAPABILITIES", {"html": CAPABILITIES["html"]})
    assert pages.is_oversized(SYSTEM) == "html is not shown what must be shown"


def test_what_is_no_page_is_not_out_of_place() -> None:
    assert not pages.is_out_of_place(None)


def test_a_second_section_that_reaches_too_few_is_found() -> None:
    links = tuple(link for link in SYSTEM.links if link.section != SECOND)
    found = sections_mixed(replace(SYSTEM, links=links))
    assert found == "the second communicating section does not reach every kind of server"


def test_the_variant_alters_payment_information_alone() -> None:
    output = Send("wallet-1", CancelAck(relay_txn=Symbol("relay_txn", "1")))
    assert _other_amount(None, output) == (output,)  # type: ignore[arg-type]
