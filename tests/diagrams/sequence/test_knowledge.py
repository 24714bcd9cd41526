"""Knowledge: what a party can read in a trace is what it can read in the terms that the trace was made of."""

from __future__ import annotations

import pytest
from tests.diagrams.random_traces import message, step, trace

from payrelay.diagrams.sequence.knowledge import at_first, learnt, readable
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified, analz
from payrelay.language.traces import plain

SECRET = Symbol("secret", "1")
TERMS = (
    SECRET,
    Sealed("shop", SECRET),
    Sealed("relay", (SECRET, Hash(SECRET))),
    Signed("wallet", Sealed("shop", Signed("relay", SECRET))),
    (Unverified(SECRET), frozenset({Symbol("nonce", "2")}), None, "text", True),
    Hash((SECRET, Signed("shop", SECRET))),
    (Sealed("shop", SECRET), Sealed("payment", Symbol("account", "3"))),
)


@pytest.mark.parametrize("party", ["shop", "relay", "nobody"])
@pytest.mark.parametrize("term", TERMS, ids=repr)
def test_it_is_what_can_be_read_in_the_terms(term: object, party: str) -> None:
    wanted = {repr(plain(part)) for part in analz(term, party) if isinstance(part, Symbol | Sealed | Hash | Signed)}
    found = {repr(part) for part in readable(plain(term), party) if isinstance(part, dict)}
    assert {part for part in found if "'type': 'Unverified'" not in part[:24]} >= wanted
    symbols = {part for part in found if "'kind'" in part[:8]}
    assert symbols == {part for part in wanted if "'kind'" in part[:8]}


def test_what_is_learnt_is_told_once() -> None:
    sealed = message("Ask", "relay", "shop", secret=plain(Sealed("shop", SECRET)), to=plain(Sealed("bank", SECRET)))
    told = trace(
        step(1, "timeout", "relay", sends=[message("Ask", "relay", "shop", nonce=plain(Symbol("nonce", "2")))]),
        step(2, "deliver", "shop", sealed),
        step(3, "duplicate", "shop", sealed),
        step(4, "lose", "bank", sealed),
    )
    assert list(learnt(told)) == [
        {"relay": ["nonce 2"]},
        {"shop": ["secret 1", "something sealed for bank"]},
        {},
        {},
    ]


def test_what_a_party_has_at_first() -> None:
    data = {
        "type": "RelayData",
        "key": {"kind": "key", "name": "1"},
        "info": {"type": "PaymentInfo", "digest": plain(Hash(1))},
    }
    told = trace(parties=("shop",))
    told.initial["relay/procedure"] = {"state": "idle", "data": data}
    assert at_first(told) == {"shop": [], "relay": ["key 1", "PaymentInfo", "a digest"]}
