"""The relay: a directory for each session, and a machine for each procedure and registration that it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import name_for, named
from payrelay.host.populations.population import Population
from payrelay.host.records import CURRENT_ENTRIES, ENTRIES, KNOWN_AS, REGISTERED, SESSIONS
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message
from payrelay.language.terms import Symbol
from payrelay.model.data import CURRENT, EXPIRED, OrderRef
from payrelay.model.data import user_ref as usual_user_ref
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import (
    PaymentProcessingRequest,
    ProcedureRequest,
    TerminalRequest,
    WalletChoice,
)
from payrelay.model.procedure import Identity, RelayData
from payrelay.model.roles.registration_relay import RegistrationData, RegistrationIdentity
from payrelay.model.roles.relay_directory import Directory, Entry
from payrelay.wire.hands import expiry_of
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import EnrolledAt, KnownAs, OpenSession


class RelayPopulation(Population):
    """Opens what a terminal asks for."""

    def session(self, session: Symbol) -> OpenSession | None:
        """Whose session it is."""
        found = self.record(SESSIONS, session.name)
        return found if isinstance(found, OpenSession) else None

    def entry(self, message: Message) -> str | Problem | None:
        if not isinstance(message, TerminalRequest):
            return super().entry(message)
        opened = self.session(message.session)
        if opened is None:
            return Problem("unauthenticated", "no such session")
        name = name_for(message)
        assert name is not None
        if self.machine(name) is None:
            self.plan(name, "relay_directory", Directory())
        if isinstance(message, ProcedureRequest | RegistrationRequest):
            self._plan_fresh(opened, name, message)
        return name

    def _plan_fresh(self, opened: OpenSession, directory: str, message: ProcedureRequest | RegistrationRequest) -> None:
        """What the request may open, with identifiers that nobody has."""
        ground, world = self.ground, self.ground.world
        handle, token = ground.fresh("handle"), ground.fresh("inquiry_token")
        if isinstance(message, ProcedureRequest):
            identity = Identity(
                handle=handle,
                relay_txn=ground.fresh("relay_txn"),
                inquiry_token=token,
                user=opened.user,
                shops=world.shops,
                enrolled=self._enrolled(opened),
                security=ground.security,
                asks_payment_server=world.asks_payment_server,
            )
            name = named("procedure", identity.relay_txn)
            self.plan(name, "relay_procedure", RelayData(identity), owner=directory)
        else:
            registration = RegistrationIdentity(
                handle=handle,
                reg_txn=ground.fresh("reg_txn"),
                inquiry_token=token,
                user=opened.user,
                authorities=world.authorities,
                wallets=world.wallets,
                security=ground.security,
            )
            name = named("registration", registration.reg_txn)
            self.plan(name, "registration_relay", RegistrationData(registration), owner=directory)

    def prepared(self, machine: Machine, received: Input) -> Any:
        data = machine.local.data
        if not isinstance(data, Directory):
            return data
        entry = self._entry(received)
        return replace(
            data,
            fresh=self._fresh("relay_procedure"),
            fresh_registrations=self._fresh("registration_relay"),
            entries=() if entry is None else (entry,),
        )

    def _fresh(self, table: str) -> tuple[tuple[Symbol, str], ...]:
        """What this step may open, as a directory has it: (handle, machine)."""
        planned = (machine for machine in self.planned.values() if machine.table == table)
        return tuple((machine.local.data.identity.handle, machine.name) for machine in planned)

    def _entry(self, message: Input) -> Entry | None:
        """What a request belongs to: the one of its handle, or the current one on its subject."""
        found = None
        if isinstance(message, ProcedureRequest | RegistrationRequest):
            found = self.record(CURRENT_ENTRIES, _by_subject(message.session, message.subject))
        elif isinstance(message, TerminalRequest):
            handle: Symbol = message.handle  # type: ignore[attr-defined]
            found = self.record(ENTRIES, _by_handle(message.session, handle))
        return found if isinstance(found, Entry) else None

    def put_away(self, machine: Machine, data: Any) -> Any:
        if isinstance(data, RegistrationData) and data.result == "ok":
            self._enrol(data.identity.user, EnrolledAt(data.wallet, data.brands))
        if not isinstance(data, Directory):
            return data
        for entry in data.entries:
            self._note(ENTRIES, _by_handle(entry.session, entry.handle), entry)
            if entry.is_current:
                self._note(CURRENT_ENTRIES, _by_subject(entry.session, entry.subject), entry)
        return Directory()

    def _enrol(self, user: str, enrolled: EnrolledAt) -> None:
        """From now on the user can pay at this wallet, in every session."""
        others = tuple(one for one in self._registered(user) if one.wallet != enrolled.wallet)
        self._note(REGISTERED, user, (*others, enrolled))

    def _registered(self, user: str) -> tuple[EnrolledAt, ...]:
        found = self.record(REGISTERED, user)
        return found if isinstance(found, tuple) else ()

    def _enrolled(self, opened: OpenSession) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Where the user can pay, and with what: in the user's order, then as it was registered."""
        wallets = (*opened.wallets, *self._registered(opened.user))
        return tuple({one.wallet: one.brands for one in wallets}.items())

    def _note(self, kind: str, name: str, value: object) -> None:
        if self.record(kind, name) != value:
            self.records[kind, name] = value

    def keys(self, machine: Machine) -> tuple[str, ...]:
        data = machine.local.data
        if isinstance(data, RelayData) and data.payment_info is not None:
            return (named("procedure", data.info.proc_key),)
        if isinstance(data, RegistrationData) and data.reg_id is not None:
            return (named("registration", data.reg_id),)
        return ()

    def given(self, message: Any, now: int) -> Message:
        """The payment information that the relay holds tells whether a user's decision comes in time."""
        if not isinstance(message, WalletChoice | PaymentProcessingRequest):
            return message  # type: ignore[no-any-return]
        entry = self._entry(message)
        procedure = self.machine(entry.machine) if entry else None
        data = procedure.local.data if procedure else None
        expiry = expiry_of(data.payment_info) if isinstance(data, RelayData) else None
        return replace(message, validity=EXPIRED if expiry is not None and expiry <= now else CURRENT)

    def origin(self, machine: Machine, received: Input) -> str | None:
        if isinstance(received, ProcedureRequest):
            return received.order_ref.order.name
        if isinstance(received, RegistrationRequest):
            return _by_subject(received.session, received.subject)
        return None

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        if isinstance(thing, OpenSession):
            self.records[SESSIONS, thing.session.name] = thing
            for known in thing.known_as:
                self.records[KNOWN_AS, usual_user_ref(thing.user, known.receiver).name] = known
        return ()

    def sent(self, message: Any) -> Message:
        """The relay speaks of a user to each peer under the pseudonym that was agreed on, if one was."""
        term = getattr(message, "user_ref", None)
        known = self.record(KNOWN_AS, term.name) if isinstance(term, Symbol) else None
        return replace(message, user_ref=known.user_ref) if isinstance(known, KnownAs) else message  # type: ignore[no-any-return]


def _by_handle(session: Symbol, handle: Symbol) -> str:
    return f"{session.name}.{handle.name}"


def _by_subject(session: Symbol, subject: object) -> str:
    about = (subject.shop, subject.order.name) if isinstance(subject, OrderRef) else tuple(map(str, subject))  # type: ignore[call-overload]
    return ".".join((session.name, type(subject).__name__, *about))
