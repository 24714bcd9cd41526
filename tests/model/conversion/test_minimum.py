"""What a terminal must be able to show (R1, § 1.8)."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import (
    CAPABILITIES,
    Capabilities,
    ErrorInformation,
    Information,
    Kind,
    Summary,
    convert,
    minimal_page_fits,
    minimum,
    template_for,
)
from payrelay.model.conversion.minimum import WIDEST

HTML = CAPABILITIES["html"]
AFTER_NO_RETURN = ("result", "reg_result", "progress", "error")
"""Kinds shown when nothing may fail to fit any more."""

Fits = Callable[[Capabilities, str], bool]


@pytest.mark.parametrize("security", ["plain", "channel", "hardened"])
@pytest.mark.parametrize("terminal", CAPABILITIES.values(), ids=CAPABILITIES)
def test_the_four_classes_can_show_every_kind(terminal: Capabilities, security: str) -> None:
    assert minimal_page_fits(terminal, security)


@pytest.mark.parametrize("terminal", CAPABILITIES.values(), ids=CAPABILITIES)
@pytest.mark.parametrize(
    "change",
    [{"max_bytes": 300}, {"rows": 4}, {"max_options": 1}, {"columns": 1, "rows": 64}],
    ids=lambda change: next(iter(change)),
)
def test_invalid_terminal(terminal: Capabilities, change: dict[str, Any]) -> None:
    assert not minimal_page_fits(replace(terminal, **change))


def test_security_decides_whether_the_payee_must_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the larger pages out of the way; today's form is larger than any confirmation."""
    monkeypatch.setattr(minimum, "WIDEST", [information for information in WIDEST if information.kind is Kind.CONFIRM])
    sizes = {
        security: next(n for n in range(1, 3000) if minimal_page_fits(replace(HTML, max_bytes=n), security))
        for security in ("plain", "channel", "hardened")
    }
    assert sizes["plain"] == sizes["channel"] < sizes["hardened"]


def check_never_fails(fits: Fits, information: Information, terminal: Capabilities, security: str) -> None:
    if fits(terminal, security):
        assert isinstance(convert(information.kind, information, terminal, security=security), Summary)


@settings(deadline=None)
@given(data=st.data(), security=st.sampled_from(["plain", "hardened"]))
def test_after_the_point_of_no_return_nothing_fails_to_fit(
    some: SimpleNamespace, data: st.DataObject, security: str
) -> None:
    information = data.draw(st.one_of(*(some.of_kind[kind] for kind in AFTER_NO_RETURN)))
    terminal = data.draw(some.classes)
    smaller = replace(
        terminal,
        max_bytes=data.draw(st.integers(300, 2000)),
        columns=data.draw(st.integers(4, 40)),
        rows=data.draw(st.integers(10, 80)),
    )
    check_never_fails(minimal_page_fits, information, smaller, security)


def test_a_terminal_taken_too_lightly_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_never_fails(lambda *_: True, ErrorInformation("x" * 32), replace(HTML, max_bytes=300), "hardened")


def check_widest(widest: tuple[Information, ...]) -> None:
    """Every mandatory slot of every kind is filled to its width by one of them, and none that is optional."""
    filled: set[tuple[str, str]] = set()
    for information in widest:
        for slot in template_for(information.kind, HTML).slots:
            contents = slot.contents(information)
            assert contents is None or slot.is_mandatory("hardened")
            if contents is not None and len(contents) == slot.width:
                filled.add((information.kind, slot.field))
    assert filled == {
        (kind, slot.field) for kind in Kind for slot in template_for(kind, HTML).slots if slot.is_mandatory("hardened")
    }


def test_the_widest_contents_are_the_widest() -> None:
    check_widest(WIDEST)


def test_contents_that_are_not_the_widest_are_noticed() -> None:
    with pytest.raises(AssertionError):
        check_widest((*WIDEST[:-1], ErrorInformation("x" * 31, "x" * 32)))
    with pytest.raises(AssertionError):
        check_widest((*WIDEST, ErrorInformation("x", registration_link="https://a.example")))
