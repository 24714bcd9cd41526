"""Open values: amounts as text and back, and that what is named is there."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from payrelay.language.messages import Message
from payrelay.language.terms import Sealed, Symbol
from payrelay.language.traces import plain
from payrelay.model.configurations import FAULTS, REGISTRATION
from payrelay.model.conversion import Amount
from payrelay.model.open_values import OPEN_VALUES
from payrelay.model.protocol import build
from payrelay.observation.naming import SEALED
from payrelay.verification.tables.tabulation import Tabulation


@pytest.mark.parametrize("amount", [Amount(0, "JPY"), Amount(1200, "JPY"), Amount(5, "USD"), Amount(123456, "KWD")])
def test_an_amount_is_written_as_pages_have_it(amount: Amount) -> None:
    of = OPEN_VALUES.written["Amount"]
    assert of.write(plain(amount)) == str(amount)
    assert of.read(str(amount)) == plain(amount)


def test_invalid_amount_is_written_as_it_stands() -> None:
    of = OPEN_VALUES.written["Amount"]
    assert of.write({"type": "Amount", "value": -1, "currency": "JPY"}) == "-1 JPY"
    assert of.write({"type": "Amount", "value": "many"}) == "many None"
    assert of.write({"type": "Amount"}) == "None None"
    assert of.read("many yen") is None


def test_some_amounts_are_made_and_all_differ() -> None:
    of = OPEN_VALUES.written["Amount"]
    made = [of.make(number) for number in range(20)]
    assert len({of.write(one) for one in made}) == 20
    assert all(of.read(of.write(one)) == one for one in made)


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return [message for one in (FAULTS, REGISTRATION) for message in Tabulation(build(one)).messages]


def _parts(term: Any) -> list[tuple[str, Any]]:
    if is_dataclass(term) and not isinstance(term, type):
        named = [(one.name, getattr(term, one.name)) for one in fields(term)]
        return [*named, ("", term), *(part for _, value in named for part in _parts(value))]
    if isinstance(term, tuple):
        return [part for item in term for part in _parts(item)]
    return [("", term)]


def test_whatever_is_named_is_in_some_message(messages: list[Message]) -> None:
    parts = [part for message in messages for part in _parts(message)]
    names = {name for name, _ in parts}
    kinds = {value.kind for _, value in parts if isinstance(value, Symbol)}
    types = {type(value).__name__ for _, value in parts}
    slots = {slot[0].rstrip("_0123456789") for message in messages for slot in _slots(message)}
    assert names >= OPEN_VALUES.texts
    assert set(OPEN_VALUES.written) <= types
    sealed = {f"{SEALED}{name}" for name, value in parts if isinstance(value, Sealed)}
    assert set(OPEN_VALUES.renewed) <= kinds | sealed
    assert OPEN_VALUES.shared <= kinds
    assert set(OPEN_VALUES.rendered) <= slots
    assert {of for classes in OPEN_VALUES.rendered.values() for of in classes} <= kinds | names | types | {"party"}


def _slots(message: Message) -> tuple[Any, ...]:
    summary = getattr(message, "summary", None)
    return () if summary is None else tuple(summary.slots)
