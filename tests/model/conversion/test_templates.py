"""Templates are data, and depend on kind and capability only (claims 6, 7; Q18)."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

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
    SelectInformation,
    Slot,
    Template,
    WalletOption,
    convert,
    template_for,
    template_named,
)
from payrelay.model.conversion.templates import FORMATS, MOST_OPTIONS

EVERY = [template_for(kind, terminal) for kind in Kind for terminal in CAPABILITIES.values()]
CONFIRM = ConfirmInformation(Amount(100, "EUR"), "a", "Shop")
Used = Callable[[Kind, Information, Capabilities], str | None]

each_template = pytest.mark.parametrize("template", EVERY, ids=lambda template: str(template.template_id))


def with_slots(template: Template, *slots: Slot) -> Template:
    """The same page with other slots, as a careless author might write it."""
    literals = [part for part in template.parts if not isinstance(part, Slot)]
    return replace(template, parts=(literals[0], *slots, *literals[1:]))


def test_one_template_for_each_kind_and_class() -> None:
    assert len({template.template_id for template in EVERY}) == len(Kind) * len(CAPABILITIES)
    assert template_for(Kind.CONFIRM, CAPABILITIES["html"]).template_id == "confirm.html"
    assert template_for(Kind.SELECT, CAPABILITIES["json"]).template_id == "select.json.12"
    assert {template.media for template in EVERY} == {terminal.media for terminal in CAPABILITIES.values()}


def template_used(kind: Kind, information: Information, terminal: Capabilities) -> str | None:
    summary = convert(kind, information, terminal)
    return None if isinstance(summary, CapabilityError) else summary.template_id


def check_independent_of_contents(used: Used, information: Information, terminal: Capabilities) -> None:
    kind = information.kind
    assert used(kind, information, terminal) in (None, template_for(kind, terminal).template_id)


@settings(deadline=None)
@given(data=st.data())
def test_the_contents_do_not_choose_the_template(some: SimpleNamespace, data: st.DataObject) -> None:
    check_independent_of_contents(template_used, data.draw(some.trouble), data.draw(some.capabilities))


def test_a_template_chosen_by_the_contents_is_noticed() -> None:
    def curious(kind: Kind, information: Information, terminal: Capabilities) -> str:
        return "error.html" if information == CONFIRM else f"{kind}.{terminal.capability_class}"

    check_independent_of_contents(curious, replace(CONFIRM, identifier="b"), CAPABILITIES["html"])
    with pytest.raises(AssertionError):
        check_independent_of_contents(curious, CONFIRM, CAPABILITIES["html"])


@each_template
def test_a_template_is_found_by_its_name(template: Template) -> None:
    assert template_named(template.template_id) is template


@pytest.mark.parametrize(
    "name", ["", "confirm", "confirm.wml", "pay.html", "confirm.html.5", "select.html.x", "select.html.-3",
             f"select.html.{MOST_OPTIONS + 1}", "select.html.12.1.", "select.html.\u0663"],
)  # fmt: skip
def test_invalid_name(name: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        template_named(name)


def test_a_terminal_cannot_ask_for_an_endless_template() -> None:
    greedy = replace(CAPABILITIES["html"], max_options=10**9)
    assert template_for(Kind.SELECT, greedy).count == MOST_OPTIONS
    assert template_for(Kind.CONFIRM, greedy).count == 0


def check_places(template: Template) -> None:
    assert [slot.position for slot in template.slots] == list(range(len(template.slots)))
    assert len({slot.name for slot in template.slots}) == len(template.slots)
    assert {slot.format for slot in template.slots} <= FORMATS.keys()
    assert all(slot.width > 0 for slot in template.slots)


@each_template
def test_every_slot_has_one_place(template: Template) -> None:
    check_places(template)


def test_a_place_taken_twice_is_noticed() -> None:
    first = EVERY[0].slots[0]
    with pytest.raises(AssertionError):
        check_places(with_slots(EVERY[0], first, first))


def check_recognisable(template: Template) -> None:
    for slot in template.slots:
        mark = {"json": f'"{slot.name}":', "plain_text": f"{slot.label}: "}.get(
            template.capability_class, f'data-payrelay-slot="{slot.name}"'
        )
        assert mark in slot.before


@each_template
def test_every_slot_is_recognised_in_the_page(template: Template) -> None:
    check_recognisable(template)


def test_a_slot_without_a_mark_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_recognisable(with_slots(EVERY[0], replace(EVERY[0].slots[0], before="<p>")))


def check_unambiguous(template: Template) -> None:
    """No slot can be taken for another or for what follows: the way back is one way."""
    marks = [slot.before for slot in template.slots] + [action.shown for action in template.actions]
    assert not any(one.startswith(other) for one, other in permutations(marks, 2))
    assert all(slot.after for slot in template.slots)


@each_template
def test_no_slot_is_taken_for_another(template: Template) -> None:
    check_unambiguous(template)


def test_a_slot_that_begins_like_another_is_noticed() -> None:
    first, second = EVERY[4].slots[:2]
    with pytest.raises(AssertionError):
        check_unambiguous(with_slots(EVERY[4], first, replace(second, before=first.before)))


def check_ascii(template: Template) -> None:
    """So that every charset carries it and its size is its length."""
    literals = [part for part in template.parts if isinstance(part, str)]
    dressed = [slot.before + slot.after + slot.blank for slot in template.slots]
    assert "".join([*literals, *dressed, *(action.shown + action.blank for action in template.actions)]).isascii()


@each_template
def test_a_template_is_ascii(template: Template) -> None:
    check_ascii(template)


def test_a_template_that_is_not_ascii_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_ascii(with_slots(EVERY[0], replace(EVERY[0].slots[0], before="\u65e5\u672c: ")))


@pytest.mark.parametrize("security", ["plain", "channel", "hardened", "an unknown one"])
def test_what_is_mandatory(security: str) -> None:
    strict = security not in ("plain", "channel")
    slots = {slot.name: slot for slot in template_for(Kind.CONFIRM, CAPABILITIES["html"]).slots}
    assert [name for name, slot in slots.items() if slot.is_mandatory(security)] == [
        "amount",
        "identifier",
        *(["payee_name"] if strict else []),
    ]
    assert slots["amount"].is_needed(security)
    assert slots["payee_name"].is_needed(security) is strict
    identifier = template_for(Kind.ERROR, CAPABILITIES["html"]).slots[1]
    assert identifier.is_mandatory(security)
    assert not identifier.is_needed(security)


@pytest.mark.parametrize(
    ("format", "good", "bad"),
    [
        ("text", "日本 <1>", "a\nb"),
        ("token", "NO_WALLET-1.a:b", "a b"),
        ("number", "120", "012"),
        ("amount", "1.00 EUR", "1,00 EUR"),
        ("flag", "yes", "no"),
        ("list", "a | b c", "a|b"),
        ("link", "https://a.example/?q", "javascript:alert(1)"),
    ],
)
def test_what_a_slot_accepts(format: str, good: str, bad: str) -> None:
    slot = Slot("field", "Label", format, 40)
    assert slot.accepts(good)
    assert not slot.accepts(bad)
    assert not slot.accepts("")
    assert not replace(slot, width=len(good) - 1).accepts(good)


def test_contents_are_the_fields() -> None:
    assert Slot("amount", "", "amount", 20).contents(CONFIRM) == "1.00 EUR"
    assert Slot("payee_name", "", "text", 20).contents(CONFIRM) == "Shop"
    assert Slot("check_code", "", "text", 20).contents(CONFIRM) is None
    select = SelectInformation((WalletOption("w", "W", ("Visa", "JCB")), WalletOption("x", "X", ("a|b",))), more=True)
    instruments = Slot("instruments", "", "list", 20)
    assert [replace(instruments, index=i).contents(select) for i in (1, 2, 3)] == ["Visa | JCB", "", None]
    assert Slot("more", "", "flag", 3).contents(select) == "yes"
    assert Slot("more", "", "flag", 3).contents(replace(select, more=False)) is None
    form = FormInformation((FormField("f", "F"),), page=0)
    assert Slot("page", "", "number", 3).contents(form) == "0"
    assert Slot("options", "", "list", 20, index=1).contents(form) is None
