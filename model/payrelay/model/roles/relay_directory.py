"""The relay's directory: which procedure a terminal's request belongs to (claim 8, control section).

Every request of a terminal passes through here to its procedure or registration. A request that opens one finds the
current one of its user and subject instead, if there is any: a reload, a second tab, a terminal that lost its page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrelay.language.messages import Restart, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Symbol
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.registration import FormAnswers, RegistrationRequest
from payrelay.model.messages.terminal_edge import (
    Cancel,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    TerminalRequest,
    WalletChoice,
)
from payrelay.model.sections import unknown_procedure

OpeningRequest = ProcedureRequest | RegistrationRequest
HandledRequest = WalletChoice | PaymentProcessingRequest | FormAnswers | Cancel | ProgressInquiry


@dataclass(frozen=True)
class Entry:
    """A procedure, or a registration, that was opened."""

    handle: Symbol
    machine: str
    session: Symbol
    subject: object
    """What it is about: an order to pay; an authority to register with, and for which wallet."""
    is_current: bool = True


@dataclass(frozen=True)
class Directory:
    """The procedures and registrations opened, and the fresh ones that can still be: (handle, machine)."""

    fresh: tuple[tuple[Symbol, str], ...] = ()
    fresh_registrations: tuple[tuple[Symbol, str], ...] = ()
    entries: tuple[Entry, ...] = ()

    def fresh_for(self, request: OpeningRequest) -> tuple[tuple[Symbol, str], ...]:
        """The fresh ones of the sort that the request opens."""
        return self.fresh if isinstance(request, ProcedureRequest) else self.fresh_registrations

    def current(self, request: OpeningRequest) -> Entry | None:
        """The current one of the request's user and subject."""
        wanted = (request.session, request.subject)
        found = (e for e in self.entries if e.is_current and (e.session, e.subject) == wanted)
        return next(found, None)

    def named(self, request: HandledRequest) -> Entry | None:
        """The one of this session with the request's handle."""
        found = (e for e in self.entries if (e.session, e.handle) == (request.session, request.handle))
        return next(found, None)


def is_known(data: Directory, message: OpeningRequest) -> bool:
    """The user has a current one on this subject."""
    return data.current(message) is not None


def has_fresh(data: Directory, message: OpeningRequest | AnotherProcedure) -> bool:
    """One more can be opened."""
    return bool(data.fresh_for(message.request if isinstance(message, AnotherProcedure) else message))


def is_named(data: Directory, message: HandledRequest) -> bool:
    """The handle is one of this session's."""
    return data.named(message) is not None


def find_current(data: Directory, message: OpeningRequest) -> Effect:
    """Hand the request to the current one on its subject."""
    entry = data.current(message)
    assert entry is not None
    return data, (Tell(entry.machine, message),)


def find_named(data: Directory, message: HandledRequest) -> Effect:
    """Hand the request to the one with its handle."""
    entry = data.named(message)
    assert entry is not None
    return data, (Tell(entry.machine, message),)


def open_fresh(data: Directory, message: OpeningRequest) -> Effect:
    """Open one on a subject that has none."""
    (handle, machine), *rest = data.fresh_for(message)
    left = {"fresh" if isinstance(message, ProcedureRequest) else "fresh_registrations": tuple(rest)}
    entry = Entry(handle, machine, message.session, message.subject)
    return replace(data, **left, entries=(*data.entries, entry)), (Tell(machine, message),)


def open_another(data: Directory, message: AnotherProcedure) -> Effect:
    """Let a new one take the place of the old one on its subject."""
    old = data.current(message.request)
    entries = tuple(replace(entry, is_current=False) if entry == old else entry for entry in data.entries)
    return open_fresh(replace(data, entries=entries), message.request)


def refuse_unknown(data: Directory, message: TerminalRequest) -> Effect:
    """Say that nothing is known of it."""
    return data, unknown_procedure(message)


def refuse_another(data: Directory, message: AnotherProcedure) -> Effect:
    """Say that nothing is known of it, and that no other can be opened."""
    return data, unknown_procedure(message.request)


class RelayDirectory(Role):
    """Opens procedures and registrations, and finds them again."""

    open = State(initial=True)

    procedure_request = (
        stay(open, cond=is_known, on=find_current)
        | stay(open, unless=is_known, cond=has_fresh, on=open_fresh)
        | stay(open, unless=[is_known, has_fresh], on=refuse_unknown)
    )
    registration_request = (
        stay(open, cond=is_known, on=find_current)
        | stay(open, unless=is_known, cond=has_fresh, on=open_fresh)
        | stay(open, unless=[is_known, has_fresh], on=refuse_unknown)
    )
    another_procedure = stay(open, cond=has_fresh, on=open_another) | stay(open, unless=has_fresh, on=refuse_another)
    wallet_choice = stay(open, cond=is_named, on=find_named) | stay(open, unless=is_named, on=refuse_unknown)
    payment_processing_request = stay(open, cond=is_named, on=find_named) | stay(
        open, unless=is_named, on=refuse_unknown
    )
    form_answers = stay(open, cond=is_named, on=find_named) | stay(open, unless=is_named, on=refuse_unknown)
    cancel = stay(open, cond=is_named, on=find_named) | stay(open, unless=is_named, on=refuse_unknown)
    progress_inquiry = stay(open, cond=is_named, on=find_named) | stay(open, unless=is_named, on=refuse_unknown)

    inputs = (
        ProcedureRequest,
        AnotherProcedure,
        WalletChoice,
        PaymentProcessingRequest,
        RegistrationRequest,
        FormAnswers,
        Cancel,
        ProgressInquiry,
        Restart,
    )
    ignored = (ignore(Restart, reason="handles are durable; what a procedure forgets, it forgets itself"),)
