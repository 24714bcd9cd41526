"""Escapes are undone by their inverse, and by nothing less (§ 1.8 rule 4)."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.model.conversion import CAPABILITIES
from payrelay.model.conversion.markup import MARKUPS, Markup


def check_escapes(escape: Callable[[str], str], markup: Markup, contents: str) -> None:
    escaped = escape(contents)
    assert markup.unescape(escaped) == contents
    assert len(re.findall(markup.character, escaped)) == len(contents)
    assert re.fullmatch(f"{markup.character}*", escaped)


@settings(deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(CAPABILITIES)))
def test_escapes_are_undone(some: SimpleNamespace, data: st.DataObject, name: str) -> None:
    check_escapes(MARKUPS[name].escape, MARKUPS[name], data.draw(some.texts(30)))


@pytest.mark.parametrize("name", ["html", "compact_html", "json"])
def test_no_escape_or_two_are_noticed(name: str) -> None:
    markup = MARKUPS[name]
    for broken in (str, lambda contents: markup.escape(markup.escape(contents))):
        with pytest.raises(AssertionError):
            check_escapes(broken, markup, '"&\\')


def test_every_capability_class_has_a_markup() -> None:
    assert MARKUPS.keys() == CAPABILITIES.keys()
