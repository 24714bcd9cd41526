"""A page read by its slots is the summary that it was made from, whoever wrote it (claims 4-7)."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    CapabilityError,
    ConfirmInformation,
    Information,
    Kind,
    ProgressInformation,
    Summary,
    convert,
)
from payrelay.wire.pages import page_in, page_of
from payrelay.wire.problem_documents import Problem

PAGES = {name: terminal for name, terminal in CAPABILITIES.items() if name != "json"}
each_class = pytest.mark.parametrize("terminal", PAGES.values(), ids=PAGES)
CONFIRM = ConfirmInformation(Amount(1250, "EUR"), "abc123", "Fish & Chips", instrument_label="card 1")


def confirmation(capability: str) -> Summary:
    summary = convert(Kind.CONFIRM, CONFIRM, CAPABILITIES[capability])
    assert isinstance(summary, Summary)
    return summary


def slots(page: bytes, media: str, charset: str = "utf-8") -> Summary | Problem:
    """The summary that a page shows."""
    found = page_in(page, media, charset)
    return found if isinstance(found, Problem) else found.summary


def why(found: object) -> str:
    assert isinstance(found, Problem)
    assert found.name == "malformed"
    return found.detail


@given(data=st.data())
@settings(deadline=None)
@each_class
def test_the_slots_of_a_page_are_those_it_was_made_of(
    terminal: object, some: SimpleNamespace, data: st.DataObject
) -> None:
    information: Information = data.draw(some.information)
    summary = convert(information.kind, information, terminal)  # type: ignore[arg-type]
    if isinstance(summary, CapabilityError):
        return
    charset: str = terminal.charset  # type: ignore[attr-defined]
    envelope = data.draw(st.text("abcXYZ019-_", max_size=40))
    page = page_of(summary, charset, envelope)
    assert slots(page, summary.media, charset) == summary
    assert page_in(page, summary.media, charset) == page_in(page, summary.media.lower(), charset)
    if summary.media != "text/plain" and envelope:
        found = page_in(page, summary.media, charset)
        assert not isinstance(found, Problem)
        assert found.envelope == envelope


def test_an_invalid_declaration_makes_no_page() -> None:
    assert slots(b"<![DOCTYPE html>", "text/html") == Problem("malformed", "the page is no HTML")


@given(data=st.data())
@settings(deadline=None)
@each_class
def test_no_bytes_whatever_make_the_reader_stumble(
    terminal: object, some: SimpleNamespace, data: st.DataObject
) -> None:
    media: str = terminal.media  # type: ignore[attr-defined]
    information: Information = data.draw(some.information)
    made = convert(information.kind, information, terminal)  # type: ignore[arg-type]
    page = data.draw(st.binary(max_size=60)) if isinstance(made, CapabilityError) else bytearray(page_of(made))
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, max(0, len(page) - 1)))
        page = page[:place] + data.draw(st.binary(max_size=3)) + page[place + data.draw(st.integers(0, 2)) :]
    assert isinstance(slots(bytes(page), media), Summary | Problem)


def test_the_layout_of_html_is_the_writer_s_own() -> None:
    summary = confirmation("html")
    other = """<html><head><style>b { color: red }</style></head><body data-payrelay-template="confirm.html">
    <nav><a href="/">Home</a></nav><form method="post"><table>
    <tr><td>You pay</td><td><span class="big" data-payrelay-slot="amount">12.50&nbsp;EUR</span></td></tr>
    <tr><td data-payrelay-slot="identifier">abc123</td></tr>
    <tr><td data-payrelay-slot="payee_name">Fish &amp; Chips</td></tr>
    <tr><td data-payrelay-slot="instrument_label">card 1</td></tr></table>
    <button name="action" value="confirm">Pay now</button><button name="action" value="cancel">No</button>
    </form></body></html>"""
    assert why(slots(other.encode(), "text/html")) == "slot amount: its contents cannot stand there"
    assert slots(other.replace("&nbsp;", " ").encode(), "text/html") == summary


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("confirm.html", "confirm.text", "the page names no template that there is"),
        ("confirm.html", "confirm.plain_text", "the template confirm.plain_text is not of text/html"),
        ('slot="amount"', 'slot="sum"', "slot sum: the template has none such"),
        ('slot="payee_name"', 'slot="amount"', "slot amount: its contents cannot stand there"),
        ('slot="identifier"', 'slot="payee_name"', "the slots are not in the order of the template, each once"),
        ("12.50 EUR", "12.5 EUR", "slot amount: its contents cannot stand there"),
        ("12.50 EUR", "<i>12.50 EUR</i>", "slot amount: there is markup in it"),
        ("12.50 EUR", "12.50 EUR\u202e", "slot amount: its contents cannot stand there"),
        ('data-payrelay-slot="identifier"', "", "slot identifier: it is missing"),
        ('value="cancel"', 'value="retry"', "the page offers an action that its template has not"),
    ],
)
def test_invalid_html_is_refused(old: str, new: str, reason: str) -> None:
    page = page_of(confirmation("html")).decode()
    assert old in page
    assert why(slots(page.replace(old, new).encode(), "text/html")) == reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[cancel] Cancel\n", "[cancel] Cancel"),
        ("Amount: 12.50 EUR", "Amount: 12.5 EUR"),
        ("Amount: 12.50 EUR\n", ""),
        ("[confirm] Confirm\n", "[confirm] Confirm\n[confirm] Confirm\n"),
        ("Payee:", "Payer:"),
    ],
)
def test_invalid_plain_text_is_refused(old: str, new: str) -> None:
    page = page_of(confirmation("plain_text")).decode()
    assert old in page
    assert why(slots(page.replace(old, new).encode(), "text/plain")) == (
        "the page is not as its template confirm.plain_text has it"
    )


def test_invalid_charsets_and_media_are_refused() -> None:
    page = page_of(confirmation("html"))
    assert slots(page, "text/rtf") == Problem("unsupported-media-type", "no pages of text/rtf")
    assert why(slots(page, "text/html", "utf\0")).startswith("expected one of the charsets iso-8859-1, ")
    assert why(slots(b"\xff", "text/plain")) == "the page is not in the charset utf-8"


def test_a_hidden_slot_is_read_from_its_value() -> None:
    summary = convert(Kind.PROGRESS, ProgressInformation(10, "token", "abc123"), CAPABILITIES["html"])
    assert isinstance(summary, Summary)
    assert {name: text for name, _, text in summary.slots}["inquiry_token"] == "token"
    assert slots(page_of(summary), "text/html") == replace(summary, bound=None)
