"""The checks of pure functions and of the network can fail, each in every way that it names."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Send
from payrelay.language.terms import Symbol
from payrelay.model.configurations import ATTEMPTS, DEVICES, HAPPY, REGISTRATION
from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    Capabilities,
    ConfirmInformation,
    Information,
    Kind,
    Summary,
    convert,
)
from payrelay.model.messages.purchase import CancelAck
from payrelay.model.properties import conversion, pages, terminal
from payrelay.model.properties.result import sections_mixed
from payrelay.model.protocol import build
from payrelay.model.sections import SECOND
from payrelay.model.variants.transfer import other_amount

SYSTEM = build(HAPPY)


def test_every_capability_can_show_a_confirmation() -> None:
    assert conversion.is_oversized(SYSTEM) is None


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
    monkeypatch.setattr(conversion, name, instead)
    assert str(conversion.is_oversized(SYSTEM)).startswith(why)


def test_a_confirmation_that_hides_what_must_be_shown_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "convert", lambda *of: replace(convert(*of), slots=()))  # type: ignore[arg-type]
    monkeypatch.setattr(conversion, "CAPABILITIES", {"html": CAPABILITIES["html"]})
    assert conversion.is_oversized(SYSTEM) == "html is not shown what must be shown"


def test_no_larger_terminal_is_shown_less() -> None:
    assert conversion.shows_less(SYSTEM) is None


def test_the_sizes_of_terminals_make_a_difference_for_every_kind() -> None:
    """For every kind there are terminals that can show nothing, and such as can show all."""
    sizes = list(product(*conversion.SIZES.values()))
    for name, information in product(CAPABILITIES, conversion.SAMPLES):
        made = [convert(information.kind, information, conversion._sized(name, size)) for size in sizes]
        assert not isinstance(made[0], Summary)
        assert isinstance(made[-1], Summary)
    assert {sample.kind for sample in conversion.SAMPLES} == set(Kind)


def _greedy(kind: Kind, information: Information, terminal: Capabilities) -> Any:
    """Leaves something out for those that have many rows."""
    page = convert(kind, information, terminal)
    return replace(page, slots=page.slots[1:]) if isinstance(page, Summary) and terminal.rows > 16 else page


def _refusing(kind: Kind, information: Information, terminal: Capabilities) -> Any:
    """Has no page for those that have many rows."""
    return None if terminal.rows > 16 else convert(kind, information, terminal)


def _redressing(kind: Kind, information: Information, terminal: Capabilities) -> Any:
    """Takes another template for those that have many rows."""
    page = convert(kind, information, terminal)
    return replace(page, template_id="other") if isinstance(page, Summary) and terminal.rows > 16 else page


@pytest.mark.parametrize("faulty", [_greedy, _refusing, _redressing])
def test_a_larger_terminal_that_is_shown_less_is_found(monkeypatch: pytest.MonkeyPatch, faulty: Any) -> None:
    monkeypatch.setattr(conversion, "convert", faulty)
    monkeypatch.setattr(conversion, "CAPABILITIES", {"json": CAPABILITIES["json"]})
    monkeypatch.setattr(conversion, "SAMPLES", conversion.SAMPLES[1:2])
    assert conversion.shows_less(SYSTEM) == (
        "json with 240 max_bytes, 24 rows, 8 columns is shown less of a confirm "
        "than with 240 max_bytes, 16 rows, 8 columns"
    )


@pytest.mark.parametrize("configuration", [HAPPY, ATTEMPTS, DEVICES, REGISTRATION], ids=lambda one: one.name)
def test_no_two_procedures_are_shown_under_one_identifier(configuration: Any) -> None:
    assert conversion.identifiers_collide(build(configuration)) is None


def with_data(system: Any, table: str, **changes: Any) -> Any:
    """The system with other data in all machines of a role."""
    instances = tuple(
        replace(
            instance,
            initial=tuple(local._replace(data=replace(local.data, **changes)) for local in instance.initial),
        )
        if instance.table.name == table
        else instance
        for instance in system.instances
    )
    return replace(system, instances=instances)


def test_two_procedures_under_one_identifier_are_found() -> None:
    system = build(DEVICES)
    attempts = [one.initial[0].data.identity for one in system.instances if one.table.name == "shop_attempt"]
    found = conversion.identifiers_collide(with_data(system, "shop_attempt", identity=attempts[0]))
    assert found == "of the procedures 1, 1 text/plain shows 1, 1"


def test_a_registration_under_the_identifier_of_a_purchase_is_found() -> None:
    system = build(DEVICES.derived({"procedures": "1", "registrations": "1"}))
    (identity,) = (
        one.initial[0].data.identity for one in system.instances if one.table.name == "registration_authority"
    )
    faulty = with_data(system, "registration_authority", identity=replace(identity, reg_id=Symbol("reg_id", "1")))
    assert conversion.identifiers_collide(system) is None
    assert conversion.identifiers_collide(faulty) == "of the procedures 1, 1 text/plain shows 1, 1"


def test_a_procedure_that_a_terminal_cannot_name_is_found() -> None:
    tiny = Capabilities("text/plain", 10, 4, 1, "utf-8", 1)
    found = conversion.identifiers_collide(with_data(SYSTEM, "terminal", capabilities=tiny))
    assert found == "of the procedures 1 text/plain shows None"


def test_two_identifiers_that_are_shortened_to_the_same_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "displayed_identifiers", lambda live, _least: {one: one[:3] for one in live})
    found = str(conversion.identifiers_collide(SYSTEM))
    assert found.startswith("of a, b, aa, ab, ba,")
    assert found.endswith(" two are shortened to the same")


def test_what_is_no_page_has_nothing_wrong_with_it() -> None:
    assert not pages.is_out_of_place(None)
    assert not pages.is_too_large(None)
    assert not terminal.offers("wallet-1")(None)
    assert not terminal.shows_its_options(None)


def test_a_page_with_characters_that_its_terminal_has_not_is_too_large() -> None:
    information = ConfirmInformation(Amount(2, "JPY"), "1", "Bookshop")
    page = convert(Kind.CONFIRM, information, CAPABILITIES["compact_html"])
    assert isinstance(page, Summary)
    other = replace(page, slots=tuple((slot, place, text.replace("B", "\u1f66")) for slot, place, text in page.slots))
    assert [pages.is_too_large(one) for one in (page, other)] == [False, True]


def test_a_page_that_is_bound_to_no_wallets_offers_those_it_shows() -> None:
    page = Summary(Kind.SELECT, "", "", (("wallet_id_1", 1, "wallet-1"),), (), bound=None)
    assert terminal.offers("wallet-1")(page)
    assert not terminal.offers("wallet-2")(page)
    assert not terminal.shows_its_options(page)


def test_a_second_section_that_reaches_too_few_is_found() -> None:
    links = tuple(link for link in SYSTEM.links if link.section != SECOND)
    found = sections_mixed(replace(SYSTEM, links=links))
    assert found == "the second communicating section does not reach every kind of server"


def test_the_variant_alters_payment_information_alone() -> None:
    output = Send("wallet-1", CancelAck(relay_txn=Symbol("relay_txn", "1")))
    assert other_amount(None, output) == (output,)  # type: ignore[arg-type]
