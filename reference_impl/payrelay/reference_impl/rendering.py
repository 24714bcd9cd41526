"""Pages for people: templates and a style, and every word in the language that the browser asks for.

A template says all in English. What it says in another language stands in `words/LANGUAGE.po`, as gettext has it; whom
none of these languages is for reads English. A page loads nothing but its style, and that from where it is itself.
"""

from __future__ import annotations

import gettext
import io
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from markupsafe import Markup, escape
from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing
from starlette.routing import BaseRoute, Route

from payrelay.model.conversion import Amount
from payrelay.reference_impl.sentences import sentence
from payrelay.wire.binding import PAGE_HEADERS

PACKAGE = "payrelay.reference_impl"
OWN_LANGUAGE = "en"
"""What the templates are written in."""
STYLE = "/style.css"


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are words in."""
    found = (resources.files(PACKAGE) / "words").iterdir()
    return (OWN_LANGUAGE, *sorted(one.name.removesuffix(".po") for one in found if one.name.endswith(".po")))


def language_for(incoming: Incoming) -> str:
    """The language that a browser asks for before all others that there are words in."""
    wanted: list[tuple[float, str]] = []
    for entry in incoming.headers.get("accept-language", "").split(",")[:16]:
        name, _, weight = entry.partition(";")
        try:
            weighs = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if 0 < weighs <= 1:
            wanted.append((-weighs, name.strip().partition("-")[0].lower()))
    wanted.sort(key=lambda one: one[0])  # which leaves two that are wanted alike in their order
    return next((name for _, name in wanted if name in languages()), OWN_LANGUAGE)


@cache
def environment(language: str = OWN_LANGUAGE) -> jinja2.Environment:
    """The templates in a language."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(PACKAGE, "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = _words(language)
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "language": language,
        "charset": "utf-8",
        "attributes": attributes,
        "in_words": lambda amount: in_words(amount, language),
        "said": lambda about, name: words.gettext(sentence(about, name)),
    }
    return made


@cache
def _words(language: str) -> gettext.NullTranslations:
    if language == OWN_LANGUAGE:
        return gettext.NullTranslations()
    written = (resources.files(PACKAGE) / "words" / f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(written), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def in_words(amount: Amount | str, language: str) -> str:
    """An amount with the name of its currency, as the language has it: to be read beside the amount, which counts."""
    found = Amount.parse(amount) if isinstance(amount, str) else amount
    if found is None:
        return ""
    number = Decimal(str(found).partition(" ")[0])
    return format_currency(number, found.currency, format_type="name", locale=Locale.parse(language))


def attributes(named: dict[str, Any]) -> Markup:
    """Attributes of an element: those that have a value; True, or the `yes` of a page, stands for one without."""
    written = (
        Markup(" {}").format(name)
        if value is True or value == "yes"
        else Markup(' {}="{}"').format(name, escape(value))
        for name, value in named.items()
        if value
    )
    return Markup().join(written)


def rendered(template: str, language: str = OWN_LANGUAGE, **contents: Any) -> str:
    """A page, or a part of one."""
    return environment(language).get_template(template).render(**contents)


def page(incoming: Incoming, template: str, *headers: tuple[str, str], status: int = 200, **contents: Any) -> Outgoing:
    """A page for a browser, in its language."""
    made = Outgoing(rendered(template, language_for(incoming), **contents), status, media_type="text/html")
    for name, value in (*PAGE_HEADERS, *headers):
        made.headers.append(name, value)
    return made


async def _style(_incoming: Incoming) -> Outgoing:
    headers = {"x-content-type-options": "nosniff", "cache-control": "max-age=600"}
    return Outgoing(rendered("style.css"), media_type="text/css", headers=headers)


def style_route() -> BaseRoute:
    """Where every page has its style from."""
    return Route(STYLE, _style, methods=["GET"])
