"""A registration authority: a machine for each registration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import name_for, named
from payrelay.host.populations.population import Population
from payrelay.host.records import REGISTERING, USERS
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message
from payrelay.language.terms import Symbol
from payrelay.model.messages.registration import ForwardedFormAnswers, ForwardedRegistrationRequest, answer_to
from payrelay.model.registration import form_at
from payrelay.model.roles.registration_authority import AuthorityData, AuthorityIdentity
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import RegistrableUser

ACCOUNT = "account"
"""The question whose answer is the account."""
FIRST_ROUND = 1


class AuthorityPopulation(Population):
    """Registers users."""

    def entry(self, message: Message) -> str | Problem | None:
        name = name_for(message)
        if isinstance(message, ForwardedRegistrationRequest) and name is not None and self.machine(name) is None:
            self.records[REGISTERING, name] = message.user_ref
            self.plan(name, "registration_authority", AuthorityData(self._identity(message)))
        return self.known(name)

    def _identity(self, message: ForwardedRegistrationRequest) -> AuthorityIdentity:
        ground, world = self.ground, self.ground.world
        reg_id = ground.fresh("reg_id")
        return AuthorityIdentity(
            authority=ground.party,
            relay=message.sender,
            reg_txn=message.reg_txn,
            reg_id=reg_id,
            certificate=ground.fresh("certificate"),
            secret=ground.fresh("secret"),
            account=ground.fresh("account"),
            subject=message.user_ref.name,
            fields=form_at(ground.security),
            terms=world.terms,
            terms_digest=world.terms_digest,
            tries=world.tries,
            security=ground.security,
        )

    def prepared(self, machine: Machine, received: Input) -> Any:
        """The account that is enrolled is the one that the user names."""
        data = machine.local.data
        answered = answer_to(received.values, ACCOUNT) if isinstance(received, ForwardedFormAnswers) else None
        if machine.local.control != "form_sent" or not _is_readable(answered):
            return data
        account = Symbol("account", _readable(answered).name)
        return replace(data, identity=replace(data.identity, account=account))

    def keys(self, machine: Machine) -> tuple[str, ...]:
        data = machine.local.data
        assert isinstance(data, AuthorityData)
        return (named("registration", data.identity.reg_id),)

    def given(self, message: Any, now: int) -> Message:
        if isinstance(message, ForwardedRegistrationRequest):
            known = self._user(message.user_ref)
            acceptable = known.acceptable if known else self.ground.world.takes_on_strangers
            return replace(message, acceptable=acceptable and self._can_seal_for(message.wallet))
        if isinstance(message, ForwardedFormAnswers):
            return replace(message, errors=self._errors(message))
        return message  # type: ignore[no-any-return]

    def _can_seal_for(self, wallet: str) -> bool:
        """Whether the wallet could read the secret of the certificate that would be issued."""
        return self.ground.security != "hardened" or wallet in self.ground.recipients

    def _user(self, user_ref: object) -> RegistrableUser | None:
        name = user_ref.name if isinstance(user_ref, Symbol) else ""
        found = self.record(USERS, name)
        return found if isinstance(found, RegistrableUser) else None

    def _errors(self, message: ForwardedFormAnswers) -> tuple[str, ...]:
        """What is not answered and must be, or cannot be read; and what is said to be wrong, the first time."""
        name = self.known(name_for(message))
        machine = self.machine(name) if name else None
        if machine is None:
            return ()
        known = self._user(self.record(REGISTERING, machine.name))
        doubted = known.wrong_answers if known and message.round == FIRST_ROUND else ()
        return tuple(
            field.name
            for field in machine.local.data.identity.fields
            if field.name in doubted or (field.required and not _is_readable(answer_to(message.values, field.name)))
        )

    def set_up(self, thing: Any) -> tuple[Machine, ...]:
        if isinstance(thing, RegistrableUser):
            self.records[USERS, thing.user_ref.name] = thing
        return ()


def _readable(answer: Any) -> Any:
    """An answer in clear, or what is sealed for this authority."""
    return getattr(answer, "content", answer)


def _is_readable(answer: object) -> bool:
    """Whether there is an answer that can be read."""
    return isinstance(_readable(answer), Symbol)
