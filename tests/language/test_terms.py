"""Terms: what is in them, and what a party can read of it."""

from dataclasses import dataclass

import pytest

from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified, analz, parts

NONCE = Symbol("nonce", "1")


@dataclass(frozen=True)
class Letter:
    text: object
    postscript: object = None


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (NONCE, "nonce 1"),
        (Signed("bob", NONCE), "signed by bob: nonce 1"),
        (Unverified(NONCE), "unverified: nonce 1"),
        (Sealed("bob", NONCE), "sealed for bob"),
        (Hash(NONCE), "digest"),
    ],
)
def test_a_term_in_words(term: object, words: str) -> None:
    assert str(term) == words


def test_the_kind_is_the_provenance() -> None:
    assert Symbol("nonce", "1") != Symbol("handle", "1")
    assert len({Signed("bob", NONCE), Signed("eve", NONCE), Unverified(NONCE)}) == 3
    assert Hash(NONCE) == Hash(Symbol("nonce", "1"))


@pytest.mark.parametrize(
    "term",
    [
        NONCE,
        Signed("bob", NONCE),
        Unverified(NONCE),
        Sealed("bob", NONCE),
        (1, (2, NONCE)),
        frozenset({NONCE}),
        Letter("hello", NONCE),
        Letter(Signed("bob", (Sealed("carol", Letter(NONCE)),))),
    ],
    ids=str,
)
def test_parts_go_through_everything_but_digests(term: object) -> None:
    found = list(parts(term))
    assert found[0] == term
    assert NONCE in found
    assert list(parts(Hash(term))) == [Hash(term)]


def test_what_is_sealed_is_read_by_its_addressee_alone() -> None:
    term = Letter(Sealed("bob", NONCE), "hello")
    assert NONCE in list(parts(term))
    assert NONCE in list(analz(term, "bob"))
    assert list(analz(term, "carol")) == [term, Sealed("bob", NONCE), "hello"]


def test_what_is_sealed_twice_takes_two_to_read() -> None:
    term = Sealed("bob", Sealed("carol", NONCE))
    assert NONCE not in list(analz(term, "bob"))
    assert NONCE not in list(analz(term, "carol"))
    assert list(analz(term, "bob")) == [term, Sealed("carol", NONCE)]
