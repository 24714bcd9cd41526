"""The audit: whether the books of all parties agree, after whatever has happened to them.

Every rule is a sentence with a name, and a finding says which rule it breaks, where, and about what. A rule that speaks
of a role of which books are missing is not looked at, and the report says so. Rules allow for what is under way: a
party may know less than those who speak to it, never something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from payrelay.host.records import ENTRIES
from payrelay.language.links import role_of
from payrelay.model.conversion import Amount
from payrelay.model.data import AuthInfo, Confirmable, opened
from payrelay.model.protocol import tables
from payrelay.model.roles.enrolment import EnrolmentData
from payrelay.model.roles.relay_directory import Entry
from payrelay.reference_impl.books import Books, Kept, in_words, receipt_in

KIND, SCHEMA_VERSION = "audit", 1
UNDER_WAY = (("relay_procedure", "settling"), ("wallet_procedure", "requested"), ("shop_attempt", "pending"))
"""The states after the points of no return, in which what becomes of the money is not known yet."""
REQUESTED = ("requested", "done")
"""The states of a wallet that has requested the payment."""


@dataclass(frozen=True)
class Finding:
    """Where the books break a rule."""

    rule: str
    where: str
    """The machine, as `party/machine`, or the party's postings."""
    says: str


@dataclass(frozen=True)
class Rule:
    """Something that must be so."""

    name: str
    roles: frozenset[str]
    """Whose books it speaks of."""
    findings: Callable[[Books], Iterator[tuple[str, str]]]


RULES: list[Rule] = []
"""Every rule, in the order of the report."""


def rule(*roles: str) -> Callable[[Callable[[Books], Iterator[tuple[str, str]]]], Callable[..., Any]]:
    """A rule that speaks of these roles: its name is the function's, its sentence the docstring."""

    def declared(function: Callable[[Books], Iterator[tuple[str, str]]]) -> Callable[..., Any]:
        RULES.append(Rule(function.__name__, frozenset(roles), function))
        return function

    return declared


@dataclass(frozen=True)
class Report:
    """What an audit found."""

    parties: tuple[str, ...]
    counts: dict[str, int]
    debited: dict[str, str]
    """What was debited in all, by currency, as amounts are written."""
    findings: tuple[Finding, ...]
    looked_at: tuple[str, ...]
    not_looked_at: dict[str, tuple[str, ...]]
    """Rules that could not be judged, each with the roles, or the parties, whose books are missing."""
    elsewhere: tuple[str, ...] = ()
    """The parties that took part, and whose books are not here."""

    @property
    def agrees(self) -> bool:
        """Whether no rule is broken, and at least one was looked at."""
        return not self.findings and bool(self.looked_at)

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "parties": list(self.parties),
            "elsewhere": list(self.elsewhere),
            "counts": self.counts,
            "debited": self.debited,
            "rules": list(self.looked_at),
            "not_looked_at": {name: list(roles) for name, roles in self.not_looked_at.items()},
            "findings": [vars(finding) for finding in self.findings],
            "agrees": self.agrees,
        }

    def lines(self) -> list[str]:
        """The report in words."""
        counted = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in self.counts.items())
        money = ", ".join(self.debited.values()) or "nothing"
        lines = [f"books of {', '.join(self.parties)}", f"  {counted}", f"  debited: {money}"]
        for party in self.elsewhere:
            lines.append(f"  no books of {party}: others have heard from it, and it has written nothing here")
        lines += [f"  {finding.rule}: {finding.where}: {finding.says}" for finding in self.findings]
        for name, roles in self.not_looked_at.items():
            lines.append(f"  not looked at: {name}: there are no books of {' and '.join(roles)}")
        broken = len({finding.rule for finding in self.findings})
        if not self.looked_at:
            return [*lines, "Nothing was looked at."]
        if self.findings:
            return [*lines, f"The books do not agree: {broken} of {len(self.looked_at)} rules are broken."]
        return [*lines, f"The books agree: {len(self.looked_at)} rules."]


def audit(books: Books) -> Report:
    """Hold the books against every rule that speaks of them."""
    looked_at, not_looked_at, findings = [], {}, []
    for one in RULES:
        if missing := _missing(one, books):
            not_looked_at[one.name] = missing
            continue
        if not books.parties:
            continue
        looked_at.append(one.name)
        findings += [Finding(one.name, where, says) for where, says in one.findings(books)]
    return Report(
        books.parties,
        _counts(books),
        _debited(books),
        tuple(findings),
        tuple(looked_at),
        not_looked_at,
        books.elsewhere,
    )


def _missing(one: Rule, books: Books) -> tuple[str, ...]:
    """The parties, or else the roles, whose books a rule speaks of, and which are not there."""
    parties = [party for party in books.elsewhere if role_of(party) in one.roles]
    roles = one.roles - books.roles - set(map(role_of, parties))
    return tuple(sorted({*parties, *roles}))


def _counts(books: Books) -> dict[str, int]:
    states: Counter[tuple[str, str]] = Counter((one.machine.table, one.control) for one in books.kept)
    of_order = sum(number for (table, control), number in states.items() if table == "shop_order" and control != "cart")
    return {
        "orders": of_order,
        "paid": states["shop_order", "paid"],
        "confirmed": sum(1 for _ in books.confirmed()),
        "debits": len(books.debits),
        "settled": states["relay_procedure", "settled"],
        "failed_or_forgotten": states["relay_procedure", "failed"] + states["relay_procedure", "forgotten"],
        "under_way": sum(states[state] for state in UNDER_WAY),
    }


def _debited(books: Books) -> dict[str, str]:
    sums: Counter[str] = Counter()
    for debit in books.debits:
        sums[debit.amount.currency] += debit.amount.value
    return {currency: str(Amount(total, currency)) for currency, total in sorted(sums.items())}


# --- money


@rule("payment")
def no_debit_without_an_approval(books: Books) -> Iterator[tuple[str, str]]:
    """Whatever was debited, the payment server has approved for this attempt, in this amount."""
    for debit in books.debits:
        approved = [
            receipt
            for one, data in books.authorizations.get(debit.proc_key, ())
            if one.party == debit.party and one.control == "approved" and (receipt := receipt_in(data.receipt))
        ]
        if not any(receipt.amount == debit.amount for receipt in approved):
            yield debit.where, f"{debit.amount} were debited for {in_words(debit.proc_key)}, which is not approved so"


@rule("payment")
def every_approval_is_debited_once(books: Books) -> Iterator[tuple[str, str]]:
    """What the payment server has approved is debited just once, and what it has not is not."""
    for proc_key, some in books.authorizations.items():
        for one, _ in some:
            debits = len([debit for debit in books.debits_of.get(proc_key, ()) if debit.party == one.party])
            wanted = 1 if one.control == "approved" else 0
            if debits != wanted:
                yield one.id, f"{in_words(proc_key)} is {one.control} and was debited {_times(debits)}"


@rule("payment", "relay")
def no_debit_without_consent(books: Books) -> Iterator[tuple[str, str]]:
    """Whatever was debited, the user has consented to, in just this amount."""
    consents = {(proc_key, kept.consent.shown.amount) for proc_key, _, _, kept in books.confirmed()}
    for debit in books.debits:
        if (debit.proc_key, debit.amount) not in consents:
            yield debit.where, f"{debit.amount} were debited for {in_words(debit.proc_key)}, to which nobody consented"


@rule("payment", "wallet")
def no_debit_without_a_request(books: Books) -> Iterator[tuple[str, str]]:
    """Whatever was debited, one wallet has durably requested."""
    for debit in books.debits:
        requested = [one for one, _ in books.transactions.get(debit.proc_key, ()) if one.control in REQUESTED]
        if len(requested) != 1:
            yield debit.where, f"{in_words(debit.proc_key)} was debited, and {len(requested)} wallets have requested it"


@rule("payment", "shop")
def at_most_one_debit_an_order(books: Books) -> Iterator[tuple[str, str]]:
    """No order is paid twice, however often it was tried."""
    for order_ref, some in books.orders.items():
        keys = [
            proc_key
            for proc_key, attempts in books.attempts.items()
            if any(data.info.order_ref == order_ref for _, data in attempts)
        ]
        debits = sum(len(books.debits_of.get(proc_key, ())) for proc_key in keys)
        if debits > 1:
            yield some[0][0].id, f"it was debited {_times(debits)}"


# --- what is said of money


@rule("payment", "shop")
def a_paid_order_is_debited(books: Books) -> Iterator[tuple[str, str]]:
    """What a shop holds to be paid was debited, in the amount of the order."""
    for proc_key, some in books.attempts.items():
        for one, data in some:
            amounts = [debit.amount for debit in books.debits_of.get(proc_key, ())]
            if one.control == "paid" and amounts != [data.info.amount]:
                yield one.id, f"it is paid, {data.info.amount}; debited was {', '.join(map(str, amounts)) or 'nothing'}"


@rule("payment", "shop")
def a_debit_is_known_to_its_shop(books: Books) -> Iterator[tuple[str, str]]:
    """For whatever was debited the shop delivers, or will know that it must: the attempt is paid, or still pending."""
    for debit in books.debits:
        states = [one.control for one, _ in books.attempts.get(debit.proc_key, ())]
        if not set(states) & {"paid", "pending"}:
            yield debit.where, f"{in_words(debit.proc_key)} was debited, and is {', '.join(states) or 'unknown'} there"


@rule("shop")
def orders_and_attempts_agree(books: Books) -> Iterator[tuple[str, str]]:
    """An order is paid if one attempt is, and in payment if one is pending."""
    states: dict[Any, Counter[str]] = {order_ref: Counter() for order_ref in books.orders}
    for some in books.attempts.values():
        for one, data in some:
            if data.info.order_ref not in states:
                yield one.id, "there is no such order"
            else:
                states[data.info.order_ref][one.control] += 1
    for order_ref, orders in books.orders.items():
        for one, _ in orders:
            found = states[order_ref]
            wanted = {"paid": (1, 0), "in_payment": (0, 1)}.get(one.control, (0, 0))
            if (found["paid"], found["pending"]) != wanted:
                yield one.id, f"it is {one.control}, with {found['paid']} attempts paid and {found['pending']} pending"


@rule("payment", "shop")
def a_shop_has_the_receipt_that_was_signed(books: Books) -> Iterator[tuple[str, str]]:
    """A receipt at a shop says what the payment server has decided."""
    for proc_key, some in books.attempts.items():
        yield from _other_receipts(books, proc_key, some)


@rule("payment", "wallet")
def a_wallet_has_the_receipt_that_was_signed(books: Books) -> Iterator[tuple[str, str]]:
    """A receipt at a wallet says what the payment server has decided."""
    for proc_key, some in books.transactions.items():
        yield from _other_receipts(books, proc_key, some)


def _other_receipts(books: Books, proc_key: Any, some: tuple[tuple[Kept, Any], ...]) -> Iterator[tuple[str, str]]:
    for one, data in some:
        receipt, signed = receipt_in(data.receipt), books.receipt_of(proc_key)
        if data.receipt is not None and (receipt is None or receipt != signed):
            said = f"{receipt.outcome}, {receipt.amount}" if receipt else "nothing that can be read"
            yield one.id, f"its receipt says {said}; signed was {signed.outcome if signed else 'nothing'}"


@rule("payment", "relay")
def no_result_lies(books: Books) -> Iterator[tuple[str, str]]:
    """What the user was told is what the payment server has decided; and nothing was taken, if it was told so."""
    for proc_key, some in books.procedures.items():
        for one, data in some:
            if one.control != "settled":
                continue
            debits = len(books.debits_of.get(proc_key, ()))
            wanted = 1 if data.outcome == "approved" else 0
            if debits != wanted:
                yield one.id, f"the user was told {data.outcome}, and debited {_times(debits)}"


@rule("relay")
def a_consent_is_to_what_was_asked(books: Books) -> Iterator[tuple[str, str]]:
    """A consent names the attempt, the amount and the payee of the payment information, and the wallet that has it."""
    for _, one, data, kept in books.confirmed():
        info = data.info
        if kept.consent.shown != Confirmable(info.proc_key, info.amount, info.payee_name, data.wallet):
            yield one.id, f"the consent is to {kept.consent.shown.amount}, and {info.amount} are asked for"


# --- nothing is lost


@rule()
def whatever_waits_has_a_timer(books: Books) -> Iterator[tuple[str, str]]:
    """Whatever has not ended goes on by itself: one of the timers of its state runs."""
    read = tables()
    for one in books.kept:
        table = read.get(one.machine.table)
        if table is None or one.control not in table.states:
            yield one.id, f"no role has a state {one.control}"
        elif table.timers_in(one.control) and one.control not in table.ended and not one.is_timed:
            yield one.id, f"it is {one.control}, and none of {', '.join(table.timers_in(one.control))} runs"


@rule("relay")
def every_procedure_can_be_inquired_about(books: Books) -> Iterator[tuple[str, str]]:
    """The directory has the handle of every procedure and registration that began, and names it."""
    listed = {
        (party, entry.machine, entry.handle) for party, entry in books.records(ENTRIES) if isinstance(entry, Entry)
    }
    for one in (*books.of("relay_procedure"), *books.of("registration_relay")):
        if (one.party, one.machine.name, one.machine.local.data.identity.handle) not in listed:
            yield one.id, "no directory has its handle"


@rule("authority", "wallet")
def an_active_certificate_is_held(books: Books) -> Iterator[tuple[str, str]]:
    """A certificate that is active was stored by the wallet that it is for."""
    stored = set()
    for one in books.of("enrolment"):
        data = one.machine.local.data
        assert isinstance(data, EnrolmentData)
        stored |= {answer.reg_id for answer in data.answers if not answer.refusal}
    for one in books.of("registration_authority"):
        info = opened(one.machine.local.data.auth_info)
        if one.control == "active" and not (isinstance(info, AuthInfo) and info.reg_id in stored):
            yield one.id, "its certificate is active, and no wallet has stored it"


def _times(number: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(number, f"{number} times")
