"""What the messages carry, and what object security makes of it."""

from typing import Any

import pytest

from payrelay.language.terms import Sealed, Signed, Symbol, Unverified
from payrelay.model.data import SECURITIES, is_signed, opened, sealed, signed, user_ref

CONTENT = Symbol("nonce", "1")


@pytest.mark.parametrize("security", SECURITIES)
def test_what_is_signed_is_verified_where_objects_are(security: str) -> None:
    term = signed("shop", CONTENT, security)
    assert term == (Signed("shop", CONTENT) if security == "hardened" else Unverified(CONTENT))
    assert is_signed(term, "shop", security)
    assert opened(term) == CONTENT


@pytest.mark.parametrize(
    ("term", "passes"),
    [
        (Signed("shop", CONTENT), {"plain", "channel", "hardened"}),
        (Signed("eve", CONTENT), {"plain", "channel"}),
        (Unverified(CONTENT), {"plain", "channel"}),
        (Sealed("shop", CONTENT), set()),
        (CONTENT, set()),
    ],
    ids=["signed", "by another", "unverified", "sealed", "bare"],
)
def test_only_what_the_right_party_signed_passes_where_objects_are(term: Any, passes: set[str]) -> None:
    assert {security for security in SECURITIES if is_signed(term, "shop", security)} == passes


@pytest.mark.parametrize("security", SECURITIES)
def test_what_is_sealed_travels_in_clear_where_objects_do_not(security: str) -> None:
    term = sealed("payment", CONTENT, security)
    assert term == (Sealed("payment", CONTENT) if security == "hardened" else CONTENT)
    assert opened(term) == CONTENT


def test_no_two_peers_of_the_relay_know_a_user_by_the_same_name() -> None:
    assert user_ref("user", "wallet-1") == user_ref("user", "wallet-1")
    assert len({user_ref("user", "wallet-1"), user_ref("user", "wallet-2"), user_ref("other", "wallet-1")}) == 3
