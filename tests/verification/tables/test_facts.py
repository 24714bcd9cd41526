"""What a property can see of a step."""

from dataclasses import dataclass, replace

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Answer, Ask, Client, Request, Served
from payrelay.language.messages import Message, Timeout
from payrelay.language.properties import (
    Accepted,
    Atom,
    Entered,
    Failed,
    Occurred,
    Received,
    Sent,
    Variable,
)
from payrelay.language.role import Local
from payrelay.language.systems import react, step_by_table
from payrelay.language.terms import Hash, Sealed, Signed, Symbol, Unverified
from payrelay.verification.tables.facts import Fact, facts_before, facts_of, match, matches

SYSTEM = request_answer.system(request_answer.FRIENDLY)
REQUEST = Request(item=request_answer.ITEM, sender="client-1", receiver="server")


def reaction_facts(machine: int, received: object) -> tuple[Fact, ...]:
    locals_ = {number: instance.initial[0] for number, instance in enumerate(SYSTEM.instances)}
    return facts_of(SYSTEM, react(SYSTEM, machine, received, locals_, step_by_table(SYSTEM)))  # type: ignore[arg-type]


def kinds(facts: tuple[Fact, ...]) -> list[tuple[type[Atom], str]]:
    return [(fact.kind, type(fact.subject).__name__) for fact in facts]


def test_everything_of_a_joint_step_is_seen_in_its_order() -> None:
    assert kinds(reaction_facts(1, REQUEST)) == [
        (Received, "Request"),
        (Accepted, "Request"),
        (Accepted, "Serve"),
        (Entered, "NoneType"),
        (Accepted, "Done"),
        (Occurred, "Served"),
        (Sent, "Answer"),
        (Sent, "Advertisement"),
    ]


def test_what_has_no_place_fails_and_what_is_passed_over_does_not() -> None:
    assert kinds(reaction_facts(0, REQUEST)) == [(Received, "Request"), (Failed, "Request")]
    assert kinds(reaction_facts(0, Answer(item=request_answer.ITEM))) == [(Received, "Answer")]


def test_a_step_that_stays_enters_nothing() -> None:
    facts = facts_of(SYSTEM, react(SYSTEM, 0, Timeout("patience"), {0: Local("waiting", None)}, step_by_table(SYSTEM)))
    assert kinds(facts) == [(Accepted, "Timeout"), (Sent, "Request")]


def test_what_happened_before_is_a_fact() -> None:
    before = replace(SYSTEM, before=(("server/ledger", Served(request_answer.ITEM)),))
    assert facts_before(before) == (Fact(Occurred, "server", "server", None, Served(request_answer.ITEM)),)


@dataclass(frozen=True)
class Card:
    number: Symbol


@dataclass(frozen=True, kw_only=True)
class Payment(Message):
    card: Signed | Unverified | Sealed | Hash
    amount: int


CARD = Card(Symbol("card", "one"))
PAYMENT = Payment(card=Signed("issuer", CARD), amount=2, sender="wallet-1", receiver="relay")
SENT = Fact(Sent, "wallet", "wallet-1", 1, PAYMENT, by="front")
RECEIVED = Fact(Received, "relay", "relay", 1, PAYMENT)


def is_card(term: object) -> bool:
    return isinstance(term, Card)


def test_atoms_match_by_role_kind_receiver_part_and_content() -> None:
    assert match(Sent(), SENT) == ()
    assert match(Sent("wallet", message=Payment, to="relay", by="front", carrying=is_card), SENT) == ()
    for other in (
        Sent("relay"),
        Received("wallet"),
        Sent(message=Answer),
        Sent(to="shop"),
        Sent(by="back"),
        Sent(carrying=callable),
    ):
        assert match(other, SENT) is None
    assert match(Received("relay", sender="wallet"), RECEIVED) == ()
    assert match(Received(sender="shop"), RECEIVED) is None


def test_what_is_sealed_is_carried_but_not_read() -> None:
    sealed = RECEIVED._replace(subject=replace(PAYMENT, card=Sealed("issuer", CARD)))
    assert match(Received(carrying=is_card), sealed) == ()
    assert match(Received(readable=is_card), sealed) is None
    opened = RECEIVED._replace(subject=replace(PAYMENT, card=Sealed("relay", CARD)))
    assert match(Received(readable=is_card), opened) == ()
    digest = RECEIVED._replace(subject=replace(PAYMENT, card=Hash(CARD)))
    assert match(Received(carrying=is_card), digest) is None


def test_states_are_left_and_entered() -> None:
    accepted = Fact(Accepted, "client", "client-1", 1, Ask(), "idle", "waiting")
    assert match(Accepted(message=Ask, leaving=("idle",), entering=("waiting",)), accepted) == ()
    assert match(Accepted(message=Ask, leaving=("waiting",)), accepted) is None
    assert match(Accepted(entering=("idle",)), accepted) is None
    entered = Fact(Entered, "client", "client-1", 1, None, "idle", "waiting")
    assert match(Entered(states=("waiting",)), entered) == ()
    assert match(Entered(states=("idle",)), entered) is None


def test_fields_are_compared_through_signatures() -> None:
    one = Symbol("card", "one")
    assert match(Sent(where={"card.number": one, "amount": 2, "procedure": "1", "party": "wallet-1"}), SENT) == ()
    assert match(Sent(where={"card.number": Symbol("number", "one")}), SENT) is None
    assert match(Sent(where={"amount": lambda amount: amount > 1}), SENT) == ()
    assert match(Sent(where={"amount": lambda amount: amount > 2}), SENT) is None
    assert match(Sent(where={"no.such.field": None}), SENT) == ()


def test_variables_take_one_value_each() -> None:
    amount, card = Variable("amount"), Variable("card")
    assert match(Sent(where={"card": card, "amount": amount}), SENT) == (("amount", 2), ("card", SENT.subject.card))
    assert match(Sent(where={"procedure": amount, "amount": amount}), SENT) is None
    assert list(matches([Sent(where={"amount": amount}), Received(), Sent()], SENT)) == [(("amount", 2),), ()]


def test_the_client_is_a_role_of_its_own() -> None:
    assert match(Failed("client"), reaction_facts(0, REQUEST)[1]) == ()
    assert match(Failed("server"), reaction_facts(0, REQUEST)[1]) is None
    assert Client.__name__ == "Client"
