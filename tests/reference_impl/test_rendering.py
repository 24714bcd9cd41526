"""Every word of every page is there in every language, and nothing else is."""

from __future__ import annotations

import re
from importlib import resources
from io import BytesIO
from typing import Any

import pytest
from babel.messages.checkers import checkers
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from starlette.requests import Request as Incoming

from payrelay.model.conversion import MINOR_UNITS, Amount
from payrelay.model.data import OUTCOMES
from payrelay.model.roles.relay_procedure import REFUSALS, SHOP_REASONS, WALLET_REASONS
from payrelay.reference_impl.rendering import PACKAGE, attributes, in_words, language_for, languages, rendered
from payrelay.reference_impl.sentences import ERRORS, SENTENCES, sentence
from payrelay.reference_impl.sentences import OUTCOMES as SAID

TRANSLATED = languages()[1:]


def said() -> set[str]:
    """All that the pages say, in English."""
    options = {"**.html": {"trimmed": "true", "silent": "false"}}
    folder = str(resources.files(PACKAGE) / "templates")
    found = extract_from_dir(folder, [("**.html", "jinja2.ext:babel_extract")], options)
    return {str(message) for _, _, message, _, _ in found} | {
        one for named in SENTENCES.values() for one in named.values()
    }


def test_there_are_other_languages() -> None:
    assert TRANSLATED == ("de", "ja")


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_every_word_and_no_other(language: str) -> None:
    catalog = read_po(BytesIO((resources.files(PACKAGE) / "words" / f"{language}.po").read_bytes()), locale=language)
    messages = [message for message in catalog if message.id]
    assert {str(message.id) for message in messages} == said()
    for message in messages:
        assert message.string
        assert not message.fuzzy
        for check in checkers:
            check(catalog, message)


def test_every_code_that_a_user_is_told_has_a_sentence() -> None:
    assert {*SHOP_REASONS, *WALLET_REASONS} <= set(ERRORS)
    assert {*OUTCOMES, *REFUSALS} <= set(SAID)
    assert sentence("code", "SOMETHING_NEW") == "It does not go on here. Try again, or ask the shop."


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH, en;q=0.5", "de"),
        ("en;q=0.5, de;q=0.7", "de"),
        ("ja;q=0, fr", "en"),
        ("fr, ja;q=0.1", "ja"),
        ("*;q=x, de;q=nan", "en"),
        (",;=;,", "en"),
    ],
)
def test_a_browser_is_told_in_the_language_that_it_wants_most(wanted: str, language: str) -> None:
    headers = [(b"accept-language", wanted.encode())]
    assert language_for(Incoming({"type": "http", "headers": headers})) == language


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("currency", MINOR_UNITS)
def test_every_currency_has_a_name(language: str, currency: str) -> None:
    named = in_words(Amount(123456, currency), language)
    assert currency not in named
    assert "123" in named.replace(".", "").replace(",", "")


def test_an_amount_that_is_none_is_not_named() -> None:
    assert in_words("many EUR", "en") == ""


def test_attributes_are_those_with_a_value() -> None:
    assert attributes({"required": "yes", "maxlength": "", "id": '"<'}) == ' required id="&#34;&lt;"'


def test_a_browser_at_a_hardened_system_is_told_what_can_pay() -> None:
    contents: dict[str, Any] = {
        "title": "Shop",
        "cart": "A pen",
        "total": Amount(1, "JPY"),
        "shop": "shop",
        "order": "order",
        "pay": "/pay",
    }
    assert "<code>payrelay pay --order shop/order</code>" in rendered("order.html", is_hardened=True, **contents)
    assert "/pay" not in rendered("order.html", is_hardened=True, **contents)
    assert "payrelay pay" not in rendered("order.html", is_hardened=False, **contents)


def luminance(colour: str) -> float:
    """How bright a colour is (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize(
    ("letters", "ground"),
    [
        ("text", "card"),
        ("quiet", "card"),
        ("first", "card"),
        ("good", "card"),
        ("bad", "card"),
        ("on-first", "first"),
        ("text", "note"),
    ],
)
def test_letters_stand_out_from_their_ground(letters: str, ground: str, is_dark: bool) -> None:
    by_day, _, by_night = rendered("style.css").partition("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", by_night if is_dark else by_day))
    bright, dark = sorted((luminance(colours[letters]), luminance(colours[ground])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5
