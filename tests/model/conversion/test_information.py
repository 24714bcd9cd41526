"""The information of each kind, and what the user may answer (§ 1.8)."""

from copy import deepcopy
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import (
    Amount,
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
    WalletOption,
)

EURO = Amount(100, "EUR")
OPTIONS = tuple(WalletOption(f"wallet-{n}", f"Wallet {n}") for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("information", "kind", "actions"),
    [
        (SelectInformation(OPTIONS), "select", ("choose_1", "choose_2", "choose_3", "cancel")),
        (ConfirmInformation(EURO, "a"), "confirm", ("confirm", "cancel")),
        (ResultInformation("approved", EURO, "a"), "result", ()),
        (ResultInformation("declined", EURO, "a"), "result", ("retry",)),
        (FormInformation(()), "form", ("answer", "cancel")),
        (RegistrationInformation("ok"), "reg_result", ()),
        (RegistrationInformation("rejected"), "reg_result", ("retry",)),
        (ProgressInformation(5, "token"), "progress", ("inquire",)),
        (ErrorInformation("NO_WALLET"), "error", ("retry",)),
    ],
)
def test_actions_by_kind(information: Information, kind: str, actions: tuple[str, ...]) -> None:
    assert information.kind == kind
    assert information.actions == actions


def test_every_kind_has_information() -> None:
    assert {information.kind for information in Information.__subclasses__()} == set(Kind)
    assert Information().items == Information().actions == ()


def test_more_options_than_places() -> None:
    information = SelectInformation(OPTIONS)
    assert information.limited(3) is information
    assert information.limited(2) == SelectInformation(OPTIONS[:2], more=True)


def test_a_secret_answer_has_another_entry() -> None:
    field = FormField("pin", "PIN", sensitive=True)
    assert (field.entry, field.secret) == (None, "pin")
    field = FormField("pin", "PIN")
    assert (field.entry, field.secret) == ("pin", None)


@settings(deadline=None)
@given(data=st.data())
def test_information_is_a_value(some: SimpleNamespace, data: st.DataObject) -> None:
    information = data.draw(some.information)
    assert information == deepcopy(information)
    assert hash(information) == hash(deepcopy(information))
