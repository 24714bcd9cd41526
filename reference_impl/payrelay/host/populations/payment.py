"""A payment server: a machine for each attempt by its key, and one for each account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import name_for, named
from payrelay.host.populations.population import Population
from payrelay.host.records import ACCOUNTS, POSTINGS, Posting
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message, Occurrence
from payrelay.language.terms import Symbol
from payrelay.model.data import PaymentInstruction, opened
from payrelay.model.messages.purchase import AuthorizationRequest, SettlementStatusInquiry, VoidingInquiry
from payrelay.model.occurrences import Debited
from payrelay.model.roles.payment_account import AccountData
from payrelay.model.roles.payment_authorization import PaymentData, PaymentIdentity
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import Decision, IssuedAccount


class PaymentPopulation(Population):
    """Decides, and debits."""

    def entry(self, message: Message) -> str | Problem | None:
        name = name_for(message)
        is_opening = isinstance(message, AuthorizationRequest | VoidingInquiry | SettlementStatusInquiry)
        if name is not None and is_opening and self.machine(name) is None:
            key = message.proc_key  # type: ignore[attr-defined]
            auth_code = self.ground.fresh("auth_code")
            identity = PaymentIdentity(self.ground.party, key, auth_code, self.ground.security)
            self.plan(name, "payment_authorization", PaymentData(identity))
        return self.known(name)

    def neighbour(self, word: str, first: Machine, received: Input) -> str | None:
        """The account that the instruction names."""
        account = _account(received)
        if word != "account" or account is None:
            return None
        name = named("account", account)
        if self.machine(name) is None:
            self.plan(name, "payment_account", AccountData())
        return name

    def put_away(self, machine: Machine, data: Any) -> Any:
        return AccountData() if isinstance(data, AccountData) else data

    def happened(self, machine: Machine, occurrence: Occurrence) -> None:
        """The books are kept posting by posting: money that is taken twice stands there twice."""
        if isinstance(occurrence, Debited):
            account = Symbol("account", machine.name.removeprefix(named("account", Symbol("account", ""))))
            key = occurrence.proc_key
            name = f"{key.shop}.{key.proc_id.name}.{self.ground.text()}"
            self.records[POSTINGS, name] = Posting(account, key, occurrence.amount)

    def given(self, message: Any, now: int) -> Message:
        """The issuer of an account decides; an account that nobody issued is not debited."""
        if not isinstance(message, AuthorizationRequest):
            return message  # type: ignore[no-any-return]
        account = _account(message)
        issued = None if account is None else self.record(ACCOUNTS, account.name)
        decision = issued.issuer if isinstance(issued, IssuedAccount) else Decision.DECLINES
        return replace(message, issuer=decision.value)

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        if isinstance(thing, IssuedAccount):
            self.records[ACCOUNTS, thing.account.name] = thing
        return ()


def _account(received: Input) -> Symbol | None:
    instruction = opened(received.instruction) if isinstance(received, AuthorizationRequest) else None
    return instruction.account if isinstance(instruction, PaymentInstruction) else None
