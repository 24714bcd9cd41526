"""A wallet: a store for each user, by the relay's pseudonym of the user, and a machine for each transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import name_for, named
from payrelay.host.populations.population import Population
from payrelay.host.records import ENROLMENTS, USED
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message
from payrelay.language.terms import Symbol
from payrelay.model.data import CURRENT, EXPIRED, AuthInfo, PaymentInfo, ProcKey, opened
from payrelay.model.messages.purchase import (
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    WalletQuery,
)
from payrelay.model.messages.registration import EnrolmentKeyRequest, ForwardedAuthenticationInfo
from payrelay.model.roles.enrolment import EnrolmentData, EnrolmentKey
from payrelay.model.roles.wallet_procedure import WalletData, WalletIdentity
from payrelay.wire.hands import expiry_of
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import UserEnrolment

SHOWN_OF_ACCOUNT = 4
"""How many characters of an account are shown at most."""


class WalletPopulation(Population):
    """Holds what users pay with."""

    def entry(self, message: Message) -> str | Problem | None:
        name = name_for(message)
        assert name is not None
        found = self.known(name)
        match message:
            case ForwardedPaymentInfo():
                store = found or self._plan_store(name, message.sender)
                self._transaction(message.relay_txn, message.sender, store)
                return store
            case WalletQuery() | EnrolmentKeyRequest() | ForwardedAuthenticationInfo():
                return found or self._plan_store(name, message.sender)
            case ForwardedPaymentProcessingRequest() | ForwardedCancel():
                return self._transaction(message.relay_txn, message.sender, "")
        return found

    def _plan_store(self, name: str, relay: str) -> str:
        """The store of a user of whom the wallet knows nothing yet."""
        world, ground = self.ground.world, self.ground
        data = EnrolmentData(
            ground.party,
            "",
            relay,
            world.authorities,
            ground.security,
            display_name=world.display_name or ground.party,
            brands=world.brands,
        )
        return self.plan(name, "enrolment", data).name

    def _transaction(self, relay_txn: Symbol, relay: str, store: str) -> str:
        ground = self.ground
        name = named("procedure", relay_txn, relay)
        if self.machine(name) is not None:
            return name
        kept = self.machine(store)
        known = kept.local.data if kept else None
        identity = WalletIdentity(
            wallet=ground.party,
            relay=relay,
            relay_txn=relay_txn,
            nonce=ground.fresh("wallet_nonce"),
            brands=known.brands if known else (),
            instrument_label=known.instruments[0] if known and known.instruments else "",
            security=ground.security,
        )
        return self.plan(name, "wallet_procedure", WalletData(identity), owner=store).name

    def prepared(self, machine: Machine, received: Input) -> Any:
        data = machine.local.data
        if not isinstance(data, EnrolmentData):
            return data
        match received:
            case ForwardedPaymentInfo():
                transaction = named("procedure", received.relay_txn, received.sender)
                transactions = frozenset({(received.relay_txn, transaction)})
                return replace(data, transactions=transactions, used=self._used(machine.name, received))
            case EnrolmentKeyRequest() if data.key_of(received.reg_txn) is None:
                key = EnrolmentKey(self.ground.fresh("enrolment_key"), self.ground.fresh("enrolment_nonce"))
                return replace(data, keys=(*data.keys, key))
            case ForwardedAuthenticationInfo() if data.auth_info is None:
                # Who a user is of whom nothing is held yet, the authority says, whom the wallet believes.
                info = opened(received.auth_info)
                if isinstance(info, AuthInfo):
                    return replace(data, user=info.subject, instruments=(masked(info.account),))
        return data

    def _used(self, store: str, message: ForwardedPaymentInfo) -> frozenset[tuple[ProcKey, Symbol]]:
        """The key of this attempt, if a transaction has used it."""
        info = opened(message.payment_info)
        found = self.record(USED, _use(store, info.proc_key)) if isinstance(info, PaymentInfo) else None
        return frozenset({(info.proc_key, found)}) if isinstance(found, Symbol) else frozenset()  # type: ignore[attr-defined]

    def put_away(self, machine: Machine, data: Any) -> Any:
        if not isinstance(data, EnrolmentData):
            return data
        for key, transaction in data.used:
            self.records[USED, _use(machine.name, key)] = transaction
        return replace(data, transactions=frozenset(), used=frozenset())

    def keys(self, machine: Machine) -> tuple[str, ...]:
        data = machine.local.data
        if isinstance(data, WalletData) and data.payment_info is not None:
            return (named("procedure", data.info.proc_key),)
        return ()

    def given(self, message: Any, now: int) -> Message:
        """The payment information that the wallet holds tells whether a consent comes in time."""
        if isinstance(message, ForwardedAuthenticationInfo):
            return replace(message, willing=self.ground.world.takes_on_strangers)
        if not isinstance(message, ForwardedPaymentProcessingRequest):
            return message  # type: ignore[no-any-return]
        transaction = self.machine(named("procedure", message.relay_txn, message.sender))
        expiry = expiry_of(transaction.local.data.payment_info) if transaction else None
        return replace(message, validity=EXPIRED if expiry is not None and expiry <= now else CURRENT)

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        if not isinstance(thing, UserEnrolment):
            return ()
        ground = self.ground
        info = opened(thing.auth_info)
        name = named("enrolment", thing.user_ref, thing.relay)
        data = EnrolmentData(
            ground.party,
            info.subject if isinstance(info, AuthInfo) else "",
            thing.relay,
            ground.world.authorities,
            ground.security,
            auth_info=thing.auth_info,
            display_name=thing.display_name,
            brands=thing.brands,
            instruments=thing.instruments,
        )
        self.records[ENROLMENTS, name] = thing
        return (self.plan(name, "enrolment", data, "enrolled"),)


def masked(account: Symbol) -> str:
    """An account as the relay and the user's page may show it: never more than its last half."""
    shown = min(SHOWN_OF_ACCOUNT, len(account.name) // 2)
    return f"account ending {account.name[-shown:]}" if shown else "account"


def _use(store: str, key: ProcKey) -> str:
    return f"{store}.{key.shop}.{key.proc_id.name}"
