"""The conversion: what is shown, what may be left out, and what never (claims 4-7, § 1.8)."""

from collections.abc import Callable
from dataclasses import replace
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
    FormField,
    FormInformation,
    Information,
    Kind,
    ResultInformation,
    SelectInformation,
    Summary,
    WalletOption,
    convert,
    template_for,
)

Convert = Callable[..., Summary | CapabilityError]
EURO = Amount(1250, "EUR")
HTML, COMPACT = CAPABILITIES["html"], CAPABILITIES["compact_html"]
CONFIRM = ConfirmInformation(EURO, "abc123", "Shop", "XY12", "**** 1234", "Two books")
securities = st.sampled_from(["plain", "channel", "hardened"])


def shown(outcome: Summary | CapabilityError) -> Summary:
    assert isinstance(outcome, Summary)
    return outcome


def confirm(information: ConfirmInformation = CONFIRM, terminal: Capabilities = HTML, **more: Any) -> Any:
    return convert(Kind.CONFIRM, information, terminal, **more)


def changed(**changes: Any) -> Convert:
    """A conversion that is wrong in one way: it changes its summary."""
    return lambda *args, **more: replace(shown(convert(*args, **more)), **changes)


def test_a_confirmation() -> None:
    assert confirm(bound=("proc", EURO)) == Summary(
        Kind.CONFIRM,
        "confirm.html",
        "text/html",
        (
            ("amount", 0, "12.50 EUR"),
            ("identifier", 1, "abc123"),
            ("payee_name", 2, "Shop"),
            ("check_code", 3, "XY12"),
            ("instrument_label", 4, "**** 1234"),
            ("order_description", 5, "Two books"),
        ),
        ("confirm", "cancel"),
        ("proc", EURO),
    )


def check_deterministic(convert: Convert, information: Information, terminal: Capabilities) -> None:
    one, other = (convert(information.kind, replace(information), replace(terminal)) for _ in "ab")
    assert one == other
    assert hash(one) == hash(other)


@settings(deadline=None)
@given(data=st.data())
def test_the_same_information_gives_the_same_summary(some: SimpleNamespace, data: st.DataObject) -> None:
    check_deterministic(convert, data.draw(some.information), data.draw(some.capabilities))


def test_a_summary_that_depends_on_the_past_is_noticed() -> None:
    calls: list[object] = []

    def counting(*args: Any) -> Summary | CapabilityError:
        calls.append(args)
        return convert(*args, bound=len(calls))

    with pytest.raises(AssertionError):
        check_deterministic(counting, CONFIRM, HTML)


def check_projection(convert: Convert, information: Information, terminal: Capabilities) -> None:
    """Each slot is the field of its name, written; in the place of the template; and none is there twice."""
    outcome = convert(information.kind, information, terminal)
    if isinstance(outcome, CapabilityError):
        return
    template = template_for(information.kind, terminal)
    if isinstance(information, SelectInformation):
        information = information.limited(template.count)
    places = {slot.position: slot for slot in template.slots}
    assert [position for _, position, _ in outcome.slots] == sorted({position for _, position, _ in outcome.slots})
    for name, position, contents in outcome.slots:
        assert places[position].name == name
        assert places[position].contents(information) == contents
    assert set(outcome.actions) <= set(information.actions) & {action.name for action in template.actions}
    assert (outcome.kind, outcome.media) == (information.kind, terminal.media)


@settings(deadline=None)
@given(data=st.data())
def test_a_summary_says_what_the_information_says(some: SimpleNamespace, data: st.DataObject) -> None:
    check_projection(convert, data.draw(some.information | some.trouble), data.draw(some.capabilities | some.classes))


@pytest.mark.parametrize(
    "changes",
    [
        {"slots": (("amount", 0, "13 EUR"),)},
        {"slots": (("amount", 1, "12.50 EUR"),)},
        {"slots": (("identifier", 1, "abc123"), ("amount", 0, "12.50 EUR"))},
        {"slots": (("payee_name", 2, "shop"),)},
        {"actions": ("retry",)},
        {"media": "text/plain"},
    ],
    ids=["rounded", "moved", "reordered", "altered", "another action", "another medium"],
)
def test_a_summary_that_says_something_else_is_noticed(changes: dict[str, Any]) -> None:
    check_projection(convert, CONFIRM, HTML)
    with pytest.raises(AssertionError):
        check_projection(changed(**changes), CONFIRM, HTML)


def check_mandatory(convert: Convert, information: Information, terminal: Capabilities, security: str) -> None:
    """All mandatory contents are there in full, or the answer is an error that names one of them."""
    outcome = convert(information.kind, information, terminal, security=security)
    template = template_for(information.kind, terminal)
    if isinstance(information, SelectInformation):
        information = information.limited(template.count)
    mandatory = {
        slot.name: slot.contents(information)
        for slot in template.slots
        if slot.is_mandatory(security) and slot.contents(information) is not None
    }
    if isinstance(outcome, CapabilityError):
        assert outcome.slot in {slot.name for slot in template.slots} or outcome.limit == "max_options"
    else:
        assert mandatory.items() <= {name: contents for name, _, contents in outcome.slots}.items()


@settings(deadline=None)
@given(data=st.data(), security=securities)
def test_what_is_mandatory_is_shown_in_full_or_nothing_is(
    some: SimpleNamespace, data: st.DataObject, security: str
) -> None:
    check_mandatory(
        convert, data.draw(some.information | some.trouble), data.draw(some.capabilities | some.classes), security
    )


@pytest.mark.parametrize("contents", ["12 EUR", "13.00 EUR", "12.5"])
def test_truncated_or_rounded_contents_are_noticed(contents: str) -> None:
    rounded = changed(slots=(("amount", 0, contents), ("identifier", 1, "abc123"), ("payee_name", 2, "Shop")))
    with pytest.raises(AssertionError):
        check_mandatory(rounded, CONFIRM, HTML, "hardened")
    with pytest.raises(AssertionError):
        check_mandatory(lambda *_, **__: CapabilityError("shoe_size", "rows"), CONFIRM, HTML, "hardened")


def mandatory_of(summary: Summary, terminal: Capabilities) -> set[object]:
    template = template_for(summary.kind, terminal)
    return {slot for slot in summary.slots if template.slots[slot[1]].is_mandatory("hardened")}


def check_injective(
    convert: Convert, one: ConfirmInformation, other: ConfirmInformation, terminal: Capabilities
) -> None:
    outcomes = [convert(Kind.CONFIRM, information, terminal) for information in (one, other)]
    summaries = [outcome for outcome in outcomes if isinstance(outcome, Summary)]
    if len(summaries) == 2:
        alike = [(info.amount, info.identifier, info.payee_name) for info in (one, other)]
        same = mandatory_of(summaries[0], terminal) == mandatory_of(summaries[1], terminal)
        assert same == (alike[0] == alike[1])


@settings(deadline=None)
@given(data=st.data())
def test_different_payments_look_different(some: SimpleNamespace, data: st.DataObject) -> None:
    one = data.draw(some.of_kind["confirm"])
    other = data.draw(some.of_kind["confirm"] | st.builds(replace, st.just(one), amount=some.amounts))
    check_injective(convert, one, other, data.draw(some.classes))


def test_different_payments_that_look_the_same_are_noticed() -> None:
    with pytest.raises(AssertionError):
        check_injective(changed(slots=()), CONFIRM, replace(CONFIRM, amount=Amount(1251, "EUR")), HTML)


def check_monotone(convert: Convert, information: Information, small: Capabilities, large: Capabilities) -> None:
    less, more = (convert(information.kind, information, terminal) for terminal in (small, large))
    if isinstance(less, Summary):
        assert isinstance(more, Summary)
        assert more.template_id == less.template_id
        assert set(more.slots) >= set(less.slots)


@settings(deadline=None)
@given(data=st.data(), growth=st.tuples(*[st.integers(0, 60)] * 3))
def test_a_larger_terminal_shows_no_less(
    some: SimpleNamespace, data: st.DataObject, growth: tuple[int, int, int]
) -> None:
    small = data.draw(some.capabilities)
    large = replace(
        small,
        max_bytes=small.max_bytes + growth[0],
        rows=small.rows + growth[1],
        columns=small.columns + growth[2],
    )
    check_monotone(convert, data.draw(some.information), small, large)


def test_a_larger_terminal_that_shows_less_is_noticed() -> None:
    def greedy(kind: Kind, information: Information, terminal: Capabilities) -> Summary:
        summary = shown(convert(kind, information, terminal))
        return replace(summary, slots=summary.slots[:3]) if terminal.rows > HTML.rows else summary

    with pytest.raises(AssertionError):
        check_monotone(greedy, CONFIRM, HTML, replace(HTML, rows=HTML.rows + 1))


def test_optional_slots_are_left_out_from_the_last() -> None:
    """And never one in the middle: what fits after one that does not is left out as well."""
    names = ["amount", "identifier", "payee_name", "check_code", "instrument_label", "order_description"]
    seen = set()
    for max_bytes in range(1, 700):
        outcome = confirm(terminal=replace(HTML, max_bytes=max_bytes))
        if isinstance(outcome, Summary):
            kept = [name for name, _, _ in outcome.slots]
            assert kept == names[: len(kept)]
            seen.add(len(kept))
        else:
            assert outcome.limit == "max_bytes"
    assert seen == {3, 4, 5, 6}
    kept = [name for name, _, _ in confirm(replace(CONFIRM, instrument_label="x" * 41)).slots]
    assert kept == names[:4]
    kept = [name for name, _, _ in confirm(replace(CONFIRM, check_code=None)).slots]
    assert kept == [*names[:3], *names[4:]]


def test_no_size_leaves_out_a_wallet_for_the_instruments_of_another() -> None:
    """Of all sizes: too small, or every wallet with its number, and then the instruments of the first ones."""
    select = SelectInformation(tuple(WalletOption(f"w{n}", f"Wallet {n}", ("Visa",)) for n in (1, 2, 3)))
    seen = set()
    for max_bytes in range(1, 1500):
        terminal = replace(HTML, max_bytes=max_bytes)
        check_mandatory(convert, select, terminal, "plain")
        check_projection(convert, select, terminal)
        outcome = convert(Kind.SELECT, select, terminal)
        if isinstance(outcome, Summary):
            seen.add(tuple(name for name, _, _ in outcome.slots if name.startswith("instruments")))
    assert seen == {
        (),
        ("instruments_1",),
        ("instruments_1", "instruments_2"),
        tuple(f"instruments_{n}" for n in (1, 2, 3)),
    }


@pytest.mark.parametrize(
    ("information", "terminal", "error"),
    [
        (CONFIRM, replace(HTML, max_bytes=100), CapabilityError("amount", "max_bytes")),
        (CONFIRM, replace(HTML, rows=1), CapabilityError("amount", "rows")),
        (CONFIRM, replace(HTML, rows=4), CapabilityError("identifier", "rows")),
        (CONFIRM, replace(HTML, rows=5), CapabilityError("payee_name", "rows")),
        (replace(CONFIRM, payee_name="x" * 41), HTML, CapabilityError("payee_name", "contents")),
        (replace(CONFIRM, payee_name=None), HTML, CapabilityError("payee_name", "contents")),
        (replace(CONFIRM, payee_name=""), HTML, CapabilityError("payee_name", "contents")),
        (replace(CONFIRM, payee_name="a\nAmount: 1"), HTML, CapabilityError("payee_name", "contents")),
        (replace(CONFIRM, payee_name="ὦ"), COMPACT, CapabilityError("payee_name", "charset")),
        (replace(CONFIRM, identifier="a b"), HTML, CapabilityError("identifier", "contents")),
    ],
)
def test_invalid_confirmation(information: ConfirmInformation, terminal: Capabilities, error: CapabilityError) -> None:
    assert confirm(information, terminal) == error


@pytest.mark.parametrize("payee_name", [None, "", "a\u202eb", "x" * 41])
def test_the_payee_is_mandatory_in_hardened_security_only(payee_name: str | None) -> None:
    information = replace(CONFIRM, payee_name=payee_name)
    assert confirm(information) == CapabilityError("payee_name", "contents")
    assert confirm(information, security="an unknown one") == CapabilityError("payee_name", "contents")
    for security in ("plain", "channel"):
        names = [name for name, _, _ in shown(confirm(information, security=security)).slots]
        assert names[:2] == ["amount", "identifier"]
        assert "payee_name" not in names


def test_japanese_survives() -> None:
    information = replace(CONFIRM, payee_name="日本の商店 (株)", instrument_label=None)
    for terminal in CAPABILITIES.values():
        assert ("payee_name", 2, "日本の商店 (株)") in shown(confirm(information, terminal)).slots


def test_more_wallets_than_the_terminal_can_show() -> None:
    select = SelectInformation(tuple(WalletOption(f"w{n}", f"Wallet {n}", ("Visa", "JCB")) for n in range(9)))
    few = shown(convert(Kind.SELECT, select, COMPACT))
    assert few.actions == (*(f"choose_{n}" for n in range(1, 7)), "cancel")
    assert few.slots[0] == ("more", 0, "yes")
    assert [contents for name, _, contents in few.slots if name.startswith("wallet_id")] == [f"w{n}" for n in range(6)]
    all_of_them = shown(convert(Kind.SELECT, select, HTML))
    assert "more" not in {name for name, _, _ in all_of_them.slots}
    assert ("instruments_9", 27, "Visa | JCB") in all_of_them.slots


def test_invalid_number_of_fields() -> None:
    form = FormInformation(tuple(FormField(f"f{n}", f"Field {n}") for n in range(7)))
    assert convert(Kind.FORM, form, COMPACT) == CapabilityError("label_7", "max_options")


def test_invalid_kind() -> None:
    with pytest.raises(TypeError, match="ResultInformation is no information for confirm"):
        convert(Kind.CONFIRM, ResultInformation("approved", EURO, "a"), HTML)
