"""Traces are JSON that comes back as it was, is told in words, and is refused in one line if it is none."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrelay.language.messages import Message, Occurrence, Stimulus
from payrelay.language.role import Local
from payrelay.language.terms import Sealed, Signed, Symbol
from payrelay.language.traces import (
    Trace,
    TraceError,
    TraceStep,
    essentials,
    from_json,
    from_text,
    in_words,
    in_words_of_step,
    plain,
    plain_input,
    plain_local,
    plain_occurrence,
)


@dataclass(frozen=True)
class Price:
    amount: Symbol
    type: str


@dataclass(frozen=True, kw_only=True)
class Bill(Message):
    procedure: int
    price: Signed
    paid: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Chosen(Message):
    shown: ClassVar[tuple[str, ...]] = ("price.amount",)

    price: Signed
    other: int


@dataclass(frozen=True, kw_only=True)
class Click(Stimulus):
    button: str


@dataclass(frozen=True)
class Debited(Occurrence):
    shown: ClassVar[tuple[str, ...]] = ("amount",)

    amount: int
    account: str


class Pair(NamedTuple):
    left: int
    right: int


PRICE = Signed("shop", Price(Symbol("amount", "two"), "net"))
BILL = plain_input(Bill(procedure=1, price=PRICE, sender="shop", receiver="wallet-1"))
MACHINE = {"wallet-1/wallet": {"state": "idle", "data": None}}
WAITING = {"wallet-1/wallet": {"state": "waiting", "data": None}}


def step(number: int, kind: str, **others: Any) -> TraceStep:
    given: dict[str, Any] = {
        "actor": "wallet-1",
        "procedure": 1,
        "section": "front",
        "receives": None,
        "sends": (),
        "before": {},
        "after": {},
        **others,
    }
    return TraceStep(n=number, kind=kind, **given)


TRACE = Trace(
    model="sha256:0",
    configuration={"name": "benign"},
    property="nothing_bad_happens",
    conjunct="Never(bad)",
    loop_from=6,
    stops=True,
    initial=MACHINE,
    steps=(
        step(1, "user", receives=plain_input(Click(button="go"), "user", "wallet-1"), before=MACHINE, after=WAITING),
        step(2, "deliver", receives=BILL, sends=(BILL, {**BILL, "by": "front"}, {**BILL, "merged": True})),
        step(3, "duplicate", receives=BILL, answer="ignored"),
        step(4, "lose", receives=plain_input(Chosen(price=PRICE, other=3, sender="a", receiver="b"))),
        step(5, "timeout", input="patience", early=True),
        step(6, "crash"),
        step(7, "restart", before=WAITING, after=MACHINE),
        step(
            8,
            "deliver",
            receives=BILL,
            chosen={**BILL, "fields": {"procedure": 1, "paid": True}},
            occurrences=({"occurrence": "WasDebited", "machine": "issuer/account", "fields": {"amount": 2}},),
            answer="protocol_error",
        ),
    ),
)


def test_a_trace_comes_back_as_it_was() -> None:
    assert from_text(json.dumps(TRACE.to_json())) == TRACE
    assert TRACE.to_json()["kind"] == "trace"


def test_a_trace_has_the_documented_keys() -> None:
    document = TRACE.to_json()
    assert {"kind", "schema_version", "model", "configuration", "property", "conjunct", "loop_from", "steps"} <= set(
        document
    )
    for one in document["steps"]:
        assert {"n", "kind", "actor", "procedure", "section", "receives", "sends", "before", "after"} <= set(one)
    assert document["steps"][1]["receives"] == {
        "message": "Bill",
        "from": "shop",
        "to": "wallet-1",
        "fields": {
            "procedure": 1,
            "price": {
                "type": "Signed",
                "by": "shop",
                "content": {"type": "Price", "amount": {"kind": "amount", "name": "two"}, "type_": "net"},
            },
            "paid": False,
            "note": "",
        },
    }


def test_a_trace_is_told_in_words() -> None:
    assert in_words(TRACE) == [
        " 1. wallet-1: user Click, procedure 1, button go",
        "      wallet-1/wallet: idle -> waiting",
        " 2. shop -> wallet-1: Bill, procedure 1, price two net, paid no",
        "      sends Bill, procedure 1, price two net, paid no to wallet-1",
        "      sends Bill, procedure 1, price two net, paid no to wallet-1 by front",
        "      sends Bill, procedure 1, price two net, paid no to wallet-1, of which a copy is under way already: one"
        " stays",
        " 3. shop -> wallet-1: Bill, procedure 1, price two net, paid no, and a duplicate stays under way"
        " (passed over)",
        " 4. a -> b: Chosen, procedure 1, amount two, lost",
        " 5. wallet-1: time-out patience, procedure 1, early: something was still under way",
        "   (loop from here)",
        " 6. wallet-1 crashes",
        " 7. wallet-1 restarts",
        "      wallet-1/wallet: waiting -> idle",
        " 8. shop -> wallet-1: Bill, procedure 1, paid yes (protocol error)",
        "      issuer: was debited, amount 2",
        "   (and again from 6, for ever)",
        "   (nothing more has to happen)",
        "violated: nothing_bad_happens: Never(bad)",
    ]


def test_what_is_lost_from_a_queue_says_where() -> None:
    lost = replace(TRACE, steps=tuple(replace(one, place=2) if one.kind == "lose" else one for one in TRACE.steps))
    assert " 4. a -> b: Chosen, procedure 1, amount two, lost from place 2 of its queue" in in_words(lost)
    assert from_text(json.dumps(lost.to_json())) == lost


def test_what_shows_the_need_of_an_assumption_says_so() -> None:
    lines = in_words(replace(TRACE, without="messages_arrive"))
    assert lines[-1] == "violated without 'messages_arrive': nothing_bad_happens: Never(bad)"


def test_a_run_that_stops_says_so() -> None:
    (end,) = set(in_words(TRACE)) - set(in_words(replace(TRACE, stops=False)))
    assert end == "   (nothing more has to happen)"
    assert not any("for ever" in line for line in in_words(replace(TRACE, loop_from=None)))


def test_occurrences_and_states_are_plain_data() -> None:
    assert plain_occurrence(Debited(2, "savings"), "issuer/account") == {
        "occurrence": "Debited",
        "machine": "issuer/account",
        "fields": {"amount": 2, "account": "savings"},
        "shown": ["amount"],
    }
    assert plain_local(Local("idle", Pair(1, 2))) == {"state": "idle", "data": plain(Pair(1, 2))}


SPOILT: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a trace is a JSON object, not a list": lambda _: [],
    "kind: a trace has 'trace' here, not \"case\"": lambda document: {**document, "kind": "case"},
    "schema_version: 2 is not 1": lambda document: {**document, "schema_version": 2},
    "property: this is missing": lambda document: {key: document[key] for key in document if key != "property"},
    "steps: this must be a list, not text": lambda document: {**document, "steps": "many"},
    "steps[0]: a step is an object, not null": lambda document: {**document, "steps": [None]},
    "steps[0].n: the steps are numbered from 1, so this is 1, not 7": lambda document: spoil(document, n=7),
    "steps[0].n: this must be a whole number, not true or false": lambda document: spoil(document, n=True),
    "steps[0].kind: 'jump' is none of deliver, user, timeout, lose, duplicate, crash, restart": lambda document: spoil(
        document, kind="jump"
    ),
    "steps[0].receives: a step of kind 'user' needs what it is about": lambda document: spoil(document, receives=None),
    "steps[0].receives.fields: this is missing": lambda document: spoil(
        document, receives={"message": "A", "from": "a", "to": "b"}
    ),
    "steps[0].sends[0]: a message is an object, not a whole number": lambda document: spoil(document, sends=[1]),
    "steps[0].before.relay: a machine's state is an object, not text": lambda document: spoil(
        document, before={"relay": "idle"}
    ),
    "steps[0].occurrences[0].machine: this is missing": lambda document: spoil(
        document, occurrences=[{"occurrence": "Debited", "fields": {}}]
    ),
    "steps[0].occurrences[0]: an occurrence is an object, not a whole number": lambda document: spoil(
        document, occurrences=[1]
    ),
    "steps[0].receives.shown: this must be names of fields": lambda document: spoil(
        document, receives={"message": "A", "from": "a", "to": "b", "fields": {}, "shown": [1]}
    ),
    "loop_from: there is no step 9; the trace has 8": lambda document: {**document, "loop_from": 9},
}


def spoil(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    first, *rest = document["steps"]
    return {**document, "steps": [{**first, **changes}, *rest]}


@pytest.mark.parametrize("sentence", SPOILT)
def test_what_is_no_trace_is_refused_in_one_line(sentence: str) -> None:
    document = SPOILT[sentence](json.loads(json.dumps(TRACE.to_json())))
    with pytest.raises(TraceError) as error:
        from_json(document)
    assert str(error.value) == sentence


def test_what_is_no_json_is_refused_in_one_line() -> None:
    with pytest.raises(TraceError, match=r"^line 1, column 2: no JSON: "):
        from_text("{")
    with pytest.raises(TraceError, match="nested as deeply"):
        from_text("[" * 200_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "state"]), inner),
    max_leaves=5,
)


@given(st.sampled_from(["steps", "initial", "loop_from", "kind", "stops"]), JSON)
def test_no_value_at_the_top_is_met_with_anything_but_one_line(key: str, value: Any) -> None:
    tell({**TRACE.to_json(), key: value})


@given(st.sampled_from(sorted(TRACE.to_json()["steps"][1])), JSON)
def test_no_value_in_a_step_is_met_with_anything_but_one_line(key: str, value: Any) -> None:
    tell(spoil(TRACE.to_json(), **{key: value}))


def tell(document: Any) -> None:
    """Read a document; whatever it is, no other error may come up, and no error of two lines."""
    try:
        trace = from_json(document)
    except TraceError as error:
        lines = str(error).splitlines()
    else:
        lines = [str(from_json(trace.to_json()) == trace)]
        assert in_words(trace)
    assert len(lines) == 1
    assert lines != ["False"]


def test_sets_are_sorted_and_pairs_have_their_names() -> None:
    assert plain(frozenset({"b", "a", "c"})) == ["a", "b", "c"]
    assert plain(frozenset({Symbol("k", "2"), Symbol("k", "1")})) == [
        {"kind": "k", "name": "1"},
        {"kind": "k", "name": "2"},
    ]
    assert plain(Pair(1, 2)) == {"type": "Pair", "left": 1, "right": 2}
    assert plain({"a": (1, None)}) == {"a": [1, None]}
    assert plain({1: b"\x00"}) == [[1, {"type": "bytes", "hex": "00"}]]
    assert plain(Sealed("bob", Price)) == {"type": "Sealed", "to": "bob", "content": {"type": "name", "name": "Price"}}


def test_what_is_no_term_is_refused() -> None:
    with pytest.raises(TraceError, match="a complex cannot stand in a trace"):
        plain(1j)


def test_reading_a_trace_needs_no_roles() -> None:
    script = "import sys, payrelay.language.traces; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    modules = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert "payrelay.language.terms" in modules
    assert not {"statemachine", "networkx", "payrelay.language.role"} & set(modules)


def test_what_is_short_is_told_and_what_is_not_is_left_out() -> None:
    class Colour(Enum):
        RED = "red"

    assert plain(Colour.RED) == "red"
    still = {"a": {"state": "open", "data": None}}
    longer = {**BILL, "fields": {"note": "x" * 99, "paid": True}}
    told = in_words(replace(TRACE, steps=(step(1, "deliver", receives=longer, before=still, after=still),)))
    assert "x" * 99 not in "".join(told)
    assert not any("->" in line and "open" in line for line in told)
    assert "paid yes" in told[0]


def test_a_step_about_nothing_is_told_by_its_kind() -> None:
    assert in_words(replace(TRACE, steps=(step(1, "deliver"),)))[0].endswith(": deliver")
    with pytest.raises(TraceError, match=r"sends\[0\]: a message is an object"):
        from_json(spoil(TRACE.to_json(), sends=[5]))


def test_the_essentials_are_what_is_shown_or_what_tells_something() -> None:
    nonce = Symbol("nonce", "7")
    assert essentials(plain_input(Chosen(price=PRICE, other=3))) == ("amount two",)  # as its class says
    bill = plain_input(Bill(procedure=1, price=PRICE, note="soon"))
    assert essentials(bill) == ("procedure 1", "price two net", "paid no", "note soon")
    assert essentials({**bill, "fields": {"nonce": plain(nonce), "paid": True}}) == (
        "paid yes",
    )  # a nonce says nothing


def test_one_step_in_words_is_what_the_trace_says_of_it() -> None:
    told = step(1, "deliver", receives=BILL, before=MACHINE, after=WAITING)
    whole = in_words(Trace(model="", configuration={}, property="p", conjunct="c", initial={}, steps=(told,)))
    headline, *details = in_words_of_step(told)
    assert whole == [f" 1. {headline}", *(f"      {detail}" for detail in details), "violated: p: c"]
