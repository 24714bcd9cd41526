"""Terms that came over the wire equal those of the language, and keep their bytes."""

import pickle
from typing import Any

import pytest

from payrelay.language import terms
from payrelay.language.terms import Symbol, analz, parts
from payrelay.language.traces import plain
from payrelay.wire.digests import digest_of
from payrelay.wire.terms import Hash, Sealed, Signed, Unverified

CONTENT = (Symbol("order_description", "a book"), Symbol("order_salt", "A" * 22))
DIGEST = digest_of(CONTENT)
assert DIGEST is not None
PAIRS: list[tuple[Any, Any]] = [
    (terms.Signed("shop", CONTENT), Signed("shop", CONTENT, "a.b.c")),
    (terms.Unverified(CONTENT), Unverified(CONTENT, "a.b.c", "its signature is wrong")),
    (terms.Sealed("wallet-1", CONTENT), Sealed("wallet-1", CONTENT, "a.b.c.d.e")),
    (terms.Hash(CONTENT[:1]), Hash(digest_of(CONTENT[:1]) or "")),
]


@pytest.mark.parametrize(("ours", "came"), PAIRS, ids=lambda one: type(one).__name__)
def test_a_term_equals_the_one_that_says_the_same(ours: Any, came: Any) -> None:
    assert ours == came
    assert came == ours
    assert came == pickle.loads(pickle.dumps(came))
    assert type(came).__name__ == type(ours).__name__


@pytest.mark.parametrize(("ours", "came"), PAIRS[:3], ids=lambda one: type(one).__name__)
def test_a_term_is_seen_through_as_the_one_that_says_the_same(ours: Any, came: Any) -> None:
    assert hash(ours) == hash(came)
    assert plain(ours) == plain(came)
    assert list(parts(ours)) == list(parts(came))
    assert list(analz(ours, "wallet-1")) == list(analz(came, "wallet-1"))
    assert pickle.loads(pickle.dumps(came)).token == came.token


@pytest.mark.parametrize("came", [came for _, came in PAIRS], ids=lambda one: type(one).__name__)
def test_invalid_comparisons_are_no(came: Any) -> None:
    for other in (CONTENT, None, "a.b.c", *(ours for ours, same in PAIRS if same is not came)):
        assert came != other
        assert other != came


def test_what_nobody_signed_or_sealed_here_has_no_digest() -> None:
    assert digest_of(terms.Signed("shop", CONTENT)) is None
    assert digest_of(terms.Sealed("shop", OSError)) is None
    assert Hash(DIGEST or "") != terms.Hash(terms.Signed("shop", CONTENT))


def test_a_digest_is_of_the_bytes_that_came() -> None:
    one, other = Signed("shop", CONTENT, "a.b.c"), Signed("shop", CONTENT, "a.b.d")
    assert one == other
    assert digest_of(one) != digest_of(other)
    assert digest_of(terms.Unverified(CONTENT)) == DIGEST
