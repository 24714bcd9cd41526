"""Terms as text: every message and every state of the model comes back as it was, bytes of the wire and all."""

import pickle
import re
from typing import Any

import pytest
from hypothesis import given, settings
from tests.host.storage_contract import TERMS, exact

from payrelay.language.messages import Input
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount, Kind
from payrelay.model.protocol import ROLES
from payrelay.reference_impl import stored_terms
from payrelay.reference_impl.stored_terms import StoredTermError, forms_digest, term_in, text_of
from payrelay.wire import terms as wire


@given(TERMS)
@settings(deadline=None)
def test_a_term_comes_back_as_it_was(term: Any) -> None:
    text = text_of(term)
    assert exact(term_in(text)) == exact(term)
    assert text_of(term_in(text)) == text
    assert text.isascii()


def test_every_input_of_every_role_can_be_stored() -> None:
    classes: set[type[Input]] = {kind for role in ROLES for kind in role.inputs}
    assert {kind.__name__ for kind in classes - set(stored_terms._forms())} == set()


def test_the_text_says_what_each_thing_is() -> None:
    term = (
        Symbol("handle", "h"),
        frozenset({2, 1}),
        Kind.SELECT,
        b"\x00",
        wire.Signed("shop", Amount(1, "JPY"), "a.b.c"),
    )
    assert text_of(term) == (
        '[{"Symbol":["handle","h"]},{"frozenset":[1,2]},{"Kind":"select"},{"bytes":"AA=="},'
        '{"wire.Signed":["shop",{"Amount":[1,"JPY"]},"a.b.c"]}]'
    )


@pytest.mark.parametrize("term", [{1}, [1], {"a": 1}, object(), float("nan"), 1j, pickle.dumps])
def test_invalid_term_is_not_stored(term: object) -> None:
    with pytest.raises(StoredTermError, match="cannot be stored: use the classes of the model"):
        text_of(term)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "the stored text is no term"),
        ('{"Symbl":["a","b"]}', "no class 'Symbl' is stored; did you mean 'Symbol'?"),
        ('{"Symbol":["a"]}', "a Symbol has 2 fields here, and the stored one has not"),
        ('{"Symbol":"ab"}', "a Symbol has 2 fields here"),
        ('{"a":1,"b":2}', "an object has one member, which says what it is, and this has 2"),
        ('{"Kind":"nothing"}', "the stored text is no term: 'nothing' is not a valid Kind"),
        ('{"Amount":[-1,"JPY"]}', "the stored text is no term: not a whole amount"),
        ('{"bytes":"?"}', "the stored text is no term"),
        ('{"frozenset":1}', "the stored text is no term"),
        ("[" * 100_000, "the stored text is no term"),
    ],
)
def test_invalid_text_is_no_term(text: str, said: str) -> None:
    with pytest.raises(StoredTermError, match=re.escape(said)) as caught:
        term_in(text)
    assert len(str(caught.value)) < 300


def test_another_form_has_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = forms_digest()
    forms = dict(stored_terms._forms())
    forms[Symbol] = stored_terms._Form("Symbol", Symbol, ("name", "kind"))
    monkeypatch.setattr(stored_terms, "_forms", lambda: forms)
    assert forms_digest.__wrapped__() != before
