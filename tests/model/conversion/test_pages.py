"""Pages and the way back from them (claim 6, P18-P20, SP18)."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    Capabilities,
    CapabilityError,
    ConfirmInformation,
    Information,
    Kind,
    Summary,
    convert,
    read,
    render,
    template_for,
    template_named,
)

Render = Callable[[Summary], str]
CONFIRM = ConfirmInformation(Amount(1250, "EUR"), "abc123", "Fish & Chips", instrument_label='<b>"日本"</b>')
each_class = pytest.mark.parametrize("terminal", CAPABILITIES.values(), ids=CAPABILITIES)


def confirmation(terminal: Capabilities, information: ConfirmInformation = CONFIRM) -> Summary:
    summary = convert(Kind.CONFIRM, information, terminal)
    assert isinstance(summary, Summary)
    return summary


def summaries(some: SimpleNamespace, data: st.DataObject) -> tuple[Summary, Capabilities] | None:
    """A summary of whatever a dishonest party may send, where there is one."""
    information: Information = data.draw(some.trouble | some.information)
    terminal: Capabilities = data.draw(some.capabilities | some.classes)
    summary = convert(
        information.kind, information, terminal, security=data.draw(st.sampled_from(["plain", "hardened"]))
    )
    return None if isinstance(summary, CapabilityError) else (summary, terminal)


def test_a_plain_page() -> None:
    assert render(confirmation(CAPABILITIES["plain_text"])) == (
        "Confirm payment [confirm.plain_text]\n"
        "Amount: 12.50 EUR\n"
        "Payment: abc123\n"
        "Payee: Fish & Chips\n"
        'Pays with: <b>"日本"</b>\n'
        "[confirm] Confirm\n"
        "[cancel] Cancel\n"
    )


def test_a_json_page() -> None:
    assert json.loads(render(confirmation(CAPABILITIES["json"]))) == {
        "template_id": "confirm.json",
        "slots": {
            "amount": "12.50 EUR",
            "identifier": "abc123",
            "payee_name": "Fish & Chips",
            "check_code": "",
            "instrument_label": '<b>"日本"</b>',
            "order_description": "",
        },
        "actions": {"confirm": True, "cancel": True},
    }


def test_a_compact_page() -> None:
    page = render(confirmation(CAPABILITIES["compact_html"]))
    assert 'Amount: <font data-payrelay-slot="amount">12.50 EUR</font><br>\n' in page
    assert '<input type="submit" name="confirm" value="Confirm"><br>\n' in page


def check_read_back(render: Render, summary: Summary) -> None:
    assert read(render(summary), template_named(summary.template_id)) == summary.slots


@settings(deadline=None)
@given(data=st.data())
def test_what_is_read_is_what_was_shown(some: SimpleNamespace, data: st.DataObject) -> None:
    if found := summaries(some, data):
        check_read_back(render, found[0])


@each_class
@pytest.mark.parametrize(
    ("before", "after"), [("12.50", "1.50"), ("Payment", "payment"), ("abc123", "abc123 "), ("Fish ", "")]
)
def test_a_page_that_says_something_else_is_noticed(terminal: Capabilities, before: str, after: str) -> None:
    summary = confirmation(terminal)
    check_read_back(render, summary)
    with pytest.raises(AssertionError):
        check_read_back(lambda summary: re.sub(before, after, render(summary)).replace('abc123"', 'abc12"'), summary)


def check_size(render: Render, summary: Summary, terminal: Capabilities) -> None:
    encoded = render(summary).encode(terminal.charset)
    assert len(encoded) <= terminal.max_bytes
    assert encoded.decode(terminal.charset) == render(summary)


@settings(deadline=None)
@given(data=st.data())
def test_no_page_is_larger_than_the_terminal_takes(some: SimpleNamespace, data: st.DataObject) -> None:
    if found := summaries(some, data):
        check_size(render, *found)


@each_class
def test_the_size_is_counted_to_the_byte(terminal: Capabilities) -> None:
    summary = confirmation(terminal)
    size = len(render(summary).encode(terminal.charset))
    exact = replace(terminal, max_bytes=size)
    assert confirmation(exact) == summary
    assert confirmation(replace(exact, max_bytes=size - 1)) != summary
    with pytest.raises(AssertionError):
        check_size(lambda summary: render(summary) + " ", summary, exact)


def check_escaped_once(render: Render, summary: Summary) -> None:
    """By the standard library's own rules: every slot appears escaped, and unescaping it once gives the contents."""
    page = render(summary)
    for name, _, contents in summary.slots:
        if summary.media == "application/json":
            assert json.loads(page)["slots"][name] == contents
        elif summary.media == "text/plain":
            assert contents in page
        else:
            escaped = escape(contents).replace("&#x27;", "&#39;")
            assert escaped in page
            assert unescape(escaped) == contents
            assert not set("<>") & set(contents) or contents not in page


@settings(deadline=None)
@given(data=st.data())
def test_contents_are_escaped_exactly_once(some: SimpleNamespace, data: st.DataObject) -> None:
    if found := summaries(some, data):
        check_escaped_once(render, found[0])


@pytest.mark.parametrize("name", ["html", "compact_html", "json"])
def test_escaping_twice_or_never_is_noticed(name: str) -> None:
    summary = confirmation(CAPABILITIES[name])
    markup = template_named(summary.template_id).markup
    check_escaped_once(render, summary)

    def twice(summary: Summary) -> str:
        return render(replace(summary, slots=tuple((n, p, markup.escape(c)) for n, p, c in summary.slots)))

    def never(summary: Summary) -> str:
        return markup.unescape(render(summary))

    for broken in (twice, never):
        with pytest.raises((AssertionError, json.JSONDecodeError)):
            check_escaped_once(broken, summary)


def check_no_invention(render: Render, summary: Summary) -> None:
    """Without its contents the page is the template's own text, the same for all contents."""
    template = template_named(summary.template_id)
    page, rest = render(summary), ""
    for part in template.parts:
        contents = {name: c for name, _, c in summary.slots}.get(getattr(part, "name", ""))
        if isinstance(part, str):
            rest = part
        elif contents is not None:
            rest = part.before + template.markup.escape(contents) + part.after  # type: ignore[union-attr]
        else:
            rest = part.shown if part.name in summary.actions else part.blank  # type: ignore[union-attr]
        assert page.startswith(rest)
        page = page.removeprefix(rest)
    assert page == ""


@settings(deadline=None)
@given(data=st.data())
def test_nothing_is_on_the_page_but_template_and_contents(some: SimpleNamespace, data: st.DataObject) -> None:
    if found := summaries(some, data):
        check_no_invention(render, found[0])


@each_class
@pytest.mark.parametrize("extra", ["\n", "<!-- -->", "Amount: 1.00 EUR\n"])
def test_an_invention_is_noticed(terminal: Capabilities, extra: str) -> None:
    summary = confirmation(terminal)
    with pytest.raises(AssertionError):
        check_no_invention(lambda summary: render(summary) + extra, summary)
    assert read(render(summary) + extra, template_named(summary.template_id)) is None


class Slots(HTMLParser):
    """A foreign reader of pages: what a browser finds in the marked elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        name = fields.get("data-payrelay-slot")
        if name:
            value = fields.get("value") or fields.get("href") or (fields.get("name") or "").removeprefix("answer.")
            self.found[name] = value
            self.open = name if tag in ("b", "font") else None

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[self.open] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.open = None


def check_foreign_reader(render: Render, summary: Summary) -> None:
    reader = Slots()
    reader.feed(render(summary))
    reader.close()
    assert reader.found == {name: contents for name, _, contents in summary.slots}


@settings(deadline=None)
@given(data=st.data())
def test_a_browser_finds_the_same_slots(some: SimpleNamespace, data: st.DataObject) -> None:
    found = summaries(some, data)
    if found and "html" in found[0].template_id:
        check_foreign_reader(render, found[0])


def test_a_slot_that_a_browser_does_not_find_is_noticed() -> None:
    summary = confirmation(CAPABILITIES["html"])
    with pytest.raises(AssertionError):
        check_foreign_reader(lambda summary: render(summary).replace("&lt;", "<"), summary)


ATTACKS = {
    "markup": '</b></p><p>Amount: <b data-payrelay-slot="amount">1.00 EUR',
    "an attribute": '"><b data-payrelay-slot="amount">1.00 EUR</b>',
    "an entity": "&lt;b&gt; &amp;#49;",
    "a member": '","amount":"1.00 EUR',
    "a backslash": "\\",
    "a line": "Shop\nAmount: 1.00 EUR",
    "a return": "Shop\rAmount: 1.00 EUR",
    "a line separator": "Shop\u2028Amount: 1.00 EUR",
    "a direction": "Shop \u202e00.1",
    "full-width digits": "Shop \uff11\uff0e\uff10\uff10",
    "zero width": "Shop\u200b",
    "a pushing length": "Shop" + "\u00a0" * 400 + "1.00 EUR",
    "many spaces": "Shop" + " " * 400 + "1.00 EUR",
    "a combining mark": "\u0338 Shop",
}


def check_attack(render: Render, terminal: Capabilities, security: str, payee_name: str) -> None:
    """Whatever the shop calls itself, the amount is read as it is, and the name as it is or not at all."""
    information = replace(CONFIRM, payee_name=payee_name, instrument_label=None)
    summary = convert(Kind.CONFIRM, information, terminal, security=security)
    if isinstance(summary, CapabilityError):
        assert summary.slot == "payee_name"
        return
    slots = read(render(summary), template_for(Kind.CONFIRM, terminal))
    assert slots is not None
    contents = {name: c for name, _, c in slots}
    assert contents["amount"] == "12.50 EUR"
    assert contents["identifier"] == "abc123"
    assert contents.get("payee_name", payee_name) == payee_name


@each_class
@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize("payee_name", ATTACKS.values(), ids=ATTACKS)
def test_a_name_cannot_change_what_is_read(terminal: Capabilities, security: str, payee_name: str) -> None:
    check_attack(render, terminal, security, payee_name)


@settings(deadline=None)
@given(data=st.data())
def test_no_name_can_change_what_is_read(some: SimpleNamespace, data: st.DataObject) -> None:
    check_attack(render, data.draw(some.classes), "hardened", data.draw(some.raw_texts(60)))


@pytest.mark.parametrize("name", ["html", "compact_html", "json"])
def test_a_name_that_changes_what_is_read_is_noticed(name: str) -> None:
    def careless(summary: Summary) -> str:
        return template_named(summary.template_id).markup.unescape(render(summary))

    with pytest.raises(AssertionError):
        check_attack(careless, CAPABILITIES[name], "hardened", 'A "<&> Shop')


@each_class
@pytest.mark.parametrize(
    "payee_name",
    [v for k, v in ATTACKS.items() if k not in ("markup", "an attribute", "an entity", "a member", "a backslash")],
)
def test_invalid_page(terminal: Capabilities, payee_name: str) -> None:
    """A page with contents that no conversion would show is refused, though the template's text is all there."""
    summary = confirmation(terminal)
    slots: tuple[Any, ...] = tuple((n, p, payee_name if n == "payee_name" else c) for n, p, c in summary.slots)
    assert read(render(replace(summary, slots=slots)), template_named(summary.template_id)) is None
    slots = tuple((n, p, "1.5 EUR" if n == "amount" else c) for n, p, c in summary.slots)
    assert read(render(replace(summary, slots=slots)), template_named(summary.template_id)) is None
    slots = tuple(slot for slot in summary.slots if slot[0] != "amount")
    assert read(render(replace(summary, slots=slots)), template_named(summary.template_id)) is None


@each_class
@pytest.mark.parametrize("kind", Kind)
def test_invalid_template(terminal: Capabilities, kind: Kind) -> None:
    for other in CAPABILITIES.values():
        same = kind is Kind.CONFIRM and other is terminal
        assert (read(render(confirmation(terminal)), template_for(kind, other)) is not None) is same
