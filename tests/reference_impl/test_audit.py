"""The audit: books of runs agree, and every rule is broken once on purpose, and seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.host.town import TERMINAL, Town

from payrelay.host.records import ENTRIES, POSTINGS, Posting
from payrelay.host.storage import Changes, Machine
from payrelay.model.conversion import Amount
from payrelay.model.data import OrderRef, Receipt, opened
from payrelay.model.messages import user
from payrelay.model.messages.purchase import ForwardedPaymentProcessingRequest
from payrelay.model.variants import VARIANTS
from payrelay.reference_impl.audit import RULES, Report, audit
from payrelay.reference_impl.books import read_books
from payrelay.wire.set_up import Decision


def books_agree(town: Town) -> Report:
    servers = {name: storage for name, storage in town.storages.items() if name != TERMINAL}
    return audit(read_books(servers))


def broken(town: Town) -> set[str]:
    return {finding.rule for finding in books_agree(town).findings}


def paid(**settings: Any) -> Town:
    town = Town(**settings)
    town.does(user.UserOrders, cart="a book")
    town.does(user.UserPays)
    if len(town.wallets) > 1:
        town.does(user.UserChooses, index=1)
    town.does(user.UserConfirms)
    return town


def cancelled(**settings: Any) -> Town:
    town = Town(**settings)
    town.does(user.UserOrders, cart="a book")
    town.does(user.UserPays)
    town.does(user.UserCancels)
    return town


def registered(**settings: Any) -> Town:
    town = Town(enrolled=False, **settings)
    town.does(user.UserRegisters, wallet="wallet-1")
    while town.control(TERMINAL, "registration") == "filling":
        town.does(user.UserAnswers, is_complete=True)
    return town


def in_the_middle(**settings: Any) -> Town:
    """Whatever goes to the payment server is lost: wallet, shop and relay wait for it."""
    town = Town(**settings)
    town.does(user.UserOrders, cart="a book")
    town.does(user.UserPays)
    town.begins(user.UserConfirms)
    town.arrives_all_but("payment")
    return town


@pytest.mark.parametrize("party", ["relay", "shop", "wallet-1", "payment"])
def test_books_that_somebody_keeps_elsewhere_are_missed_and_break_nothing(party: str) -> None:
    town = paid(wallets=2)
    town.storages[party] = Town(wallets=2).storages[party]  # as it was set up
    report = books_agree(town)
    assert (report.elsewhere, report.findings) == ((party,), ())
    assert report.looked_at
    assert report.not_looked_at == {rule.name: (party,) for rule in RULES if party.partition("-")[0] in rule.roles}
    told = f"  no books of {party}: others have heard from it, and it has written nothing here"
    assert told in report.lines()
    assert not report.to_json()["findings"]


def test_a_party_that_nobody_has_heard_from_has_books_that_say_so() -> None:
    town = registered(wallets=2)
    report = books_agree(town)
    assert {"payment", "shop", "wallet-2"} <= {
        party for party, storage in town.storages.items() if not list(storage.events())
    }
    assert (report.elsewhere, report.not_looked_at) == ((), {})


def declined() -> Town:
    return paid(issuer=Decision.DECLINES)


@pytest.mark.parametrize("security", ["hardened", "plain"])
@pytest.mark.parametrize("run", [paid, cancelled, registered, in_the_middle])
def test_the_books_of_a_run_agree(run: Callable[..., Town], security: str) -> None:
    report = books_agree(run(security=security))
    assert (report.findings, report.not_looked_at) == ((), {})
    assert report.agrees
    assert report.looked_at == tuple(rule.name for rule in RULES)


def test_the_report_counts() -> None:
    report = books_agree(paid(wallets=2))
    assert report.counts == {
        "orders": 1,
        "paid": 1,
        "confirmed": 1,
        "debits": 1,
        "settled": 1,
        "failed_or_forgotten": 0,
        "under_way": 0,
    }
    assert report.debited == {"JPY": "2 JPY"}
    assert books_agree(in_the_middle()).counts["under_way"] == 3
    assert books_agree(declined()).counts["confirmed"] == 1
    assert books_agree(declined()).debited == {}


def test_the_report_in_words_and_in_json() -> None:
    town = paid()
    assert books_agree(town).lines() == [
        "books of authority, payment, relay, shop, wallet-1",
        "  1 orders, 1 paid, 1 confirmed, 1 debits, 1 settled, 0 failed or forgotten, 0 under way",
        "  debited: 2 JPY",
        f"The books agree: {len(RULES)} rules.",
    ]
    with_data("relay", "relay_procedure", outcome="cancelled")(town)
    report = books_agree(town)
    name = next(one.name for one in town.storages["relay"].machines() if one.table == "relay_procedure")
    assert report.lines()[3:] == [
        f"  no_result_lies: relay/{name}: the user was told cancelled, and debited once",
        f"The books do not agree: 1 of {len(RULES)} rules are broken.",
    ]
    document = report.to_json()
    assert (document["kind"], document["schema_version"], document["agrees"]) == ("audit", 1, False)
    assert document["findings"][0]["rule"] == "no_result_lies"


def test_what_is_not_there_is_not_looked_at() -> None:
    town = paid()
    report = audit(read_books({"shop": town.storages["shop"]}))
    assert set(report.looked_at) == {"orders_and_attempts_agree", "whatever_waits_has_a_timer"}
    assert report.not_looked_at["no_result_lies"] == ("payment", "relay")
    assert report.agrees
    nothing = audit(read_books({}))
    assert not nothing.agrees
    assert nothing.lines()[-1] == "Nothing was looked at."


# --- every rule, broken


Change = Callable[[Town], None]
"""Something that is changed behind everybody's back."""


def altered(party: str, table: str, change: Callable[[Machine], Machine]) -> Change:
    """Another state of the only machine of a table."""

    def alter(town: Town) -> None:
        storage = town.storages[party]
        (machine,) = [one for one in storage.machines() if one.table == table]
        storage.commit(Changes(machines=(change(machine),)))

    return alter


def of_data(machine: Machine, **fields: Any) -> Machine:
    return replace(machine, local=machine.local._replace(data=replace(machine.local.data, **fields)))


def with_data(party: str, table: str, **fields: Any) -> Change:
    return altered(party, table, lambda machine: of_data(machine, **fields))


def in_state(party: str, table: str, control: str) -> Change:
    return altered(party, table, lambda machine: replace(machine, local=machine.local._replace(control=control)))


def post(*amounts: int) -> Change:
    """Let just these amounts have been debited."""

    def posted(town: Town) -> None:
        storage = town.storages["payment"]
        ((name, posting),) = storage.records(POSTINGS)
        assert isinstance(posting, Posting)
        records = {
            (POSTINGS, f"{name}{place or ''}"): replace(posting, amount=Amount(amount, "JPY"))
            for place, amount in enumerate(amounts)
        }
        storage.commit(Changes(records=records or {(POSTINGS, name): None}))

    return posted


def forget_handles(town: Town) -> None:
    storage = town.storages["relay"]
    storage.commit(Changes(records={(ENTRIES, name): None for name, _ in storage.records(ENTRIES)}))


def with_another_receipt(machine: Machine) -> Machine:
    receipt = opened(machine.local.data.receipt)
    assert isinstance(receipt, Receipt)
    return of_data(machine, receipt=replace(receipt, outcome="declined"))


def with_another_consent(machine: Machine) -> Machine:
    kept = machine.local.data.kept
    assert isinstance(kept, ForwardedPaymentProcessingRequest)
    shown = replace(kept.consent.shown, amount=Amount(1, "JPY"))
    return of_data(machine, kept=replace(kept, consent=replace(kept.consent, shown=shown)))


def of_another_order(machine: Machine) -> Machine:
    terms = machine.local.data.terms
    return of_data(machine, terms=replace(terms, order_ref=OrderRef("shop", replace(terms.order_ref.order, name="x"))))


AMOUNT = {"no_debit_without_an_approval", "no_debit_without_consent", "a_paid_order_is_debited"}
TIMES = {"every_approval_is_debited_once", "a_paid_order_is_debited", "no_result_lies"}
AUTHORIZATION = ("payment", "payment_authorization")
PROCEDURE = ("relay", "relay_procedure")
TRANSACTION = ("wallet-1", "wallet_procedure")
ORDER, ATTEMPT = ("shop", "shop_order"), ("shop", "shop_attempt")
ENROLMENT = ("wallet-1", "enrolment")
BREAKS: dict[str, tuple[Callable[[], Town], Change, set[str]]] = {
    "another amount": (paid, post(3), AMOUNT),
    "twice": (paid, post(2, 2), {*TIMES, "at_most_one_debit_an_order"}),
    "not at all": (paid, post(), TIMES),
    "never approved": (
        paid,
        in_state(*AUTHORIZATION, "declined"),
        {"no_debit_without_an_approval", "every_approval_is_debited_once"},
    ),
    "consent is gone": (paid, with_data(*PROCEDURE, kept=None), {"no_debit_without_consent"}),
    "another consent": (
        paid,
        altered(*PROCEDURE, with_another_consent),
        {"no_debit_without_consent", "a_consent_is_to_what_was_asked"},
    ),
    "never requested": (paid, in_state(*TRANSACTION, "cancelled"), {"no_debit_without_a_request"}),
    "cancelled at the shop": (
        paid,
        in_state(*ATTEMPT, "cancelled"),
        {"a_debit_is_known_to_its_shop", "orders_and_attempts_agree"},
    ),
    "order not paid": (
        paid,
        in_state(*ORDER, "payable"),
        {"orders_and_attempts_agree", "whatever_waits_has_a_timer"},
    ),
    "of another order": (paid, altered(*ATTEMPT, of_another_order), {"orders_and_attempts_agree"}),
    "another receipt at the shop": (
        paid,
        altered(*ATTEMPT, with_another_receipt),
        {"a_shop_has_the_receipt_that_was_signed"},
    ),
    "another receipt at the wallet": (
        paid,
        altered(*TRANSACTION, with_another_receipt),
        {"a_wallet_has_the_receipt_that_was_signed"},
    ),
    "no receipt that can be read": (
        paid,
        with_data(*TRANSACTION, receipt="words"),
        {"a_wallet_has_the_receipt_that_was_signed"},
    ),
    "told otherwise": (paid, with_data(*PROCEDURE, outcome="declined"), {"no_result_lies"}),
    "told that it was paid": (declined, with_data(*PROCEDURE, outcome="approved"), {"no_result_lies"}),
    "waits without a timer": (paid, in_state(*PROCEDURE, "settling"), {"whatever_waits_has_a_timer"}),
    "in a state that there is not": (paid, in_state(*PROCEDURE, "asleep"), {"whatever_waits_has_a_timer"}),
    "not in the directory": (paid, forget_handles, {"every_procedure_can_be_inquired_about"}),
    "never stored": (registered, with_data(*ENROLMENT, answers=()), {"an_active_certificate_is_held"}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_violation_is_seen(name: str) -> None:
    run, change, rules = BREAKS[name]
    town = run()
    change(town)
    assert broken(town) == rules


def test_every_rule_is_broken_once() -> None:
    assert set().union(*(rules for *_, rules in BREAKS.values())) == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("broken_wallet_pays_unasked", {"no_debit_without_consent"}),
        ("broken_wallet_lies", {"no_debit_without_consent", "a_consent_is_to_what_was_asked"}),
    ],
)
def test_a_faulty_variant_leaves_books_that_do_not_agree(name: str, rules: set[str]) -> None:
    town = Town(edits=next(variant.edits for variant in VARIANTS if variant.name == name))
    town.does(user.UserOrders, cart="a book")
    town.does(user.UserPays)
    if town.control(TERMINAL, "purchase") == "confirming":
        town.does(user.UserConfirms)
    assert broken(town) == rules
