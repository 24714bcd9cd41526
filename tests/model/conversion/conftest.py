"""Contents and capabilities of every kind, for the tests of the conversion."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from payrelay.model.conversion import (
    CAPABILITIES,
    MINOR_UNITS,
    Amount,
    Capabilities,
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    ProgressInformation,
    RegistrationInformation,
    ResultInformation,
    SelectInformation,
    WalletOption,
    is_text,
)

TROUBLE = "&<>\"'\\|{}[]:,$%\0\n\r\u2028\u202e\u200b\ufeff ab1\uff11日本ﾊﾟé\u0301¥~"
"""Characters that mean something to some medium, look like others, or are not seen at all."""


def raw_texts(length: int) -> st.SearchStrategy[str]:
    """Whatever a dishonest party may send."""
    return st.text(st.one_of(st.sampled_from(TROUBLE), st.characters()), max_size=length)


def texts(length: int) -> st.SearchStrategy[str]:
    return st.text(
        st.one_of(st.sampled_from("&<>\"'\\| ab1日本é:;"), st.characters(exclude_categories=("C", "Z"))),
        max_size=length,
    ).filter(lambda value: is_text(value, length))


def tokens(length: int) -> st.SearchStrategy[str]:
    return st.text("abcXYZ019-_.:", min_size=1, max_size=length)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


amounts = st.builds(Amount, st.integers(0, 10**15 - 1), st.sampled_from(sorted(MINOR_UNITS)))

lists = st.lists(texts(10).map(lambda value: value.replace("|", "/")), max_size=3).map(tuple)

fields = st.builds(
    FormField,
    name=tokens(10),
    label=texts(20),
    type=tokens(6),
    required=st.booleans(),
    max_length=maybe(st.integers(1, 999)),
    options=lists,
    sensitive=st.booleans(),
    error=maybe(texts(20)),
)


def informations(words: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[Information]]:
    """Information of each kind, with the given strategy wherever another party chooses the words."""
    options = st.builds(WalletOption, wallet_id=tokens(10), display_name=words, instruments=lists)
    return {
        "select": st.builds(SelectInformation, st.lists(options, min_size=1, max_size=14).map(tuple)),
        "confirm": st.builds(
            ConfirmInformation,
            amount=amounts,
            identifier=tokens(22),
            payee_name=words,
            check_code=maybe(tokens(8)),
            instrument_label=maybe(words),
            order_description=maybe(words),
        ),
        "result": st.builds(
            ResultInformation,
            outcome=st.sampled_from(["approved", "declined", "cancelled", "failed"]),
            amount=amounts,
            identifier=tokens(22),
            reason=maybe(tokens(20)),
            payee_name=maybe(words),
        ),
        "form": st.builds(
            FormInformation, st.lists(fields, max_size=4).map(tuple), maybe(st.just("https://a.example/?a&b='"))
        ),
        "reg_result": st.builds(
            RegistrationInformation, st.sampled_from(["ok", "failed"]), maybe(tokens(22)), maybe(tokens(20))
        ),
        "progress": st.builds(
            ProgressInformation, st.integers(0, 9999), tokens(43), maybe(tokens(22)), st.booleans(), maybe(tokens(16))
        ),
        "error": st.builds(ErrorInformation, tokens(32), maybe(tokens(22)), maybe(st.just("https://a.example/"))),
    }


capabilities = st.builds(
    Capabilities,
    media=st.sampled_from([terminal.media for terminal in CAPABILITIES.values()]),
    max_bytes=st.integers(1, 6000),
    columns=st.integers(1, 80),
    rows=st.integers(1, 120),
    charset=st.sampled_from(["utf-8", "us-ascii", "iso-8859-1", "shift_jis"]),
    max_options=st.integers(1, 14),
)


@pytest.fixture(scope="session")
def some() -> SimpleNamespace:
    """Strategies: `some.information` honest, `some.trouble` not, `some.capabilities` of every size, `some.texts`."""
    honest, dishonest = informations(texts(24)), informations(raw_texts(24))
    return SimpleNamespace(
        of_kind=honest,
        information=st.one_of(*honest.values()),
        trouble=st.one_of(*dishonest.values()),
        capabilities=capabilities,
        classes=st.sampled_from(sorted(CAPABILITIES.values(), key=lambda terminal: terminal.media)),
        amounts=amounts,
        fields=fields,
        texts=texts,
        raw_texts=raw_texts,
        tokens=tokens,
    )
