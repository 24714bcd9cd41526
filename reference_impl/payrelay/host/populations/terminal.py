"""A terminal: a machine for purchases and one for registrations, as a program has them that is no browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.host.names import word_for
from payrelay.host.populations.population import Ground, Population
from payrelay.host.storage import Machine
from payrelay.language.messages import Input, Message
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.data import OrderRef
from payrelay.model.messages.registration import Answer, FormAnswers
from payrelay.model.registration import PROOF
from payrelay.model.roles.registration_terminal import RegistrationTerminalData
from payrelay.model.roles.terminal import TerminalData
from payrelay.wire.problem_documents import Problem


class TerminalPopulation(Population):
    """Orders, pays and registers."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        world, security = ground.world, ground.security
        session = Symbol("session", world.session)
        auth = Symbol("user_auth", world.user_auth) if security == "hardened" and world.user_auth else None
        purchase = TerminalData(session, world.capabilities, world.relay, world.shop, auth, world.order)
        registration = RegistrationTerminalData(session, world.capabilities, world.relay, world.authority, security)
        self._machines: dict[str, Machine] = {
            "purchase": self.plan("purchase", "terminal", purchase, "ordered" if world.order else ""),
            "registration": self.plan("registration", "registration_terminal", registration),
        }
        self.begin()

    def machine(self, name: str) -> Machine | None:
        return super().machine(name) or self._machines.get(name)

    def entry(self, message: Message) -> str | Problem | None:
        return word_for(message)

    def origin(self, machine: Machine, received: Input) -> str | None:
        order = getattr(machine.local.data, "order_ref", None)
        return order.order.name if isinstance(order, OrderRef) else self.ground.text()

    def sent(self, message: Any) -> Message:
        """The user's own answers; a role knows them by the names of the questions."""
        if not isinstance(message, FormAnswers):
            return super().sent(message)
        # A question that need not be answered is left out if the answer is empty, as a browser leaves it out.
        said = (one for one in message.values if self.ground.world.answers.get(one.field) != "")
        return replace(message, values=tuple(map(self._answered, said)))

    def _answered(self, answer: Answer) -> Answer:
        world = self.ground.world
        usual = world.user_auth if answer.field == PROOF.name and world.user_auth else answer.field
        said = world.answers.get(answer.field, usual)
        value = Symbol("answer", said)
        return replace(answer, value=Sealed(answer.value.to, value) if isinstance(answer.value, Sealed) else value)
