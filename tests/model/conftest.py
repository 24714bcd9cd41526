"""Registrations on their own, for the tests of their roles, properties and variants."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.edits import Edit, edited
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Occurrence, Send, Stimulus
from payrelay.language.role import Handled, LibraryStepper, Local, Role, role_table
from payrelay.language.systems import Instance, Sent, System, react, step_by_table
from payrelay.model import links
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.purchase import wallets_of
from payrelay.model.registration import (
    REGISTRATION_DISPATCH,
    RELAY_AUTHORITY,
    RELAY_WALLET_REGISTRATION,
    TERMINAL_EDGE_REGISTRATION,
    empty_enrolment,
    fresh_registrations,
    registration_choices,
    registration_instances,
)
from payrelay.model.roles.enrolment import Enrolment
from payrelay.model.roles.registration_authority import RegistrationAuthority
from payrelay.model.roles.registration_relay import RegistrationRelay
from payrelay.model.roles.registration_terminal import RegistrationTerminal
from payrelay.model.roles.relay_directory import Directory, RelayDirectory
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.tables.tabulation import Tabulation

ROLES: tuple[type[Role], ...] = (
    RegistrationTerminal,
    RegistrationRelay,
    RegistrationAuthority,
    Enrolment,
    RelayDirectory,
)
CARRIED = {
    links.TERMINAL_EDGE: TERMINAL_EDGE_REGISTRATION,
    links.RELAY_WALLET: RELAY_WALLET_REGISTRATION,
    links.RELAY_AUTHORITY: RELAY_AUTHORITY,
}
BASE = PaymentConfiguration(
    name="registration",
    says="One registration, under every fault.",
    semantics="unbounded",
    procedures=0,
    registrations=1,
    nonces="one",
    crashing=("terminal", "relay", "wallet", "authority"),
)


def configured(**settings: Any) -> PaymentConfiguration:
    """One registration, with other settings."""
    if settings.get("semantics") == "budgeted":
        settings = {"crashing": (), "nonces": "each", **settings}
    return replace(BASE, **settings)


def build(configuration: PaymentConfiguration, edits: Iterable[Edit] = ()) -> System:
    """The machines of registrations, and those that they share with purchases."""
    tables = edited(map(role_table, ROLES), edits)
    directory = Directory(fresh_registrations=fresh_registrations(configuration))

    def dispatch(message: Message) -> str | None:
        machine = REGISTRATION_DISPATCH.get((role_of(message.receiver), type(message)))
        return None if machine is None else machine(message)

    return System(
        configuration=configuration,
        instances=(
            *registration_instances(configuration, tables),
            Instance("relay", "directory", tables["relay_directory"], (Local("open", directory),)),
            *(
                Instance(
                    wallet,
                    "enrolment",
                    tables["enrolment"],
                    (Local("empty", empty_enrolment(configuration, wallet)),),
                )
                for wallet in wallets_of(configuration)
            ),
        ),
        links=tuple(
            replace(link, carries=tuple(dict.fromkeys((*link.carries, *more)))) for link, more in CARRIED.items()
        ),
        dispatch=dispatch,
        choices=lambda message: registration_choices(message, configuration),
    )


def explored(configuration: PaymentConfiguration, properties: Any = (), edits: Iterable[Edit] = (), **more: Any) -> Any:
    """The search of such a system: (engine, what was found)."""
    engine = TableEngine(Tabulation(build(configuration, edits)), properties)
    return engine, engine.explore(**more)


class Run:
    """A run in which nothing goes wrong: what is sent arrives, in the order in which it was sent."""

    def __init__(self, configuration: PaymentConfiguration) -> None:
        self.system = build(configuration)
        self.locals = {number: instance.initial[0] for number, instance in enumerate(self.system.instances)}
        self.sent: list[Message] = []
        self.occurred: list[Occurrence] = []

    def does(self, machine: str, received: Input) -> None:
        """Let a machine take an input, and then everything that comes of it."""
        waiting: deque[tuple[int, Input]] = deque([(self.system.by_id[machine], received)])
        while waiting:
            reaction = react(self.system, *waiting.popleft(), self.locals, step_by_table(self.system))
            assert all(isinstance(move.answer, Handled) for move in reaction.moves)
            self.locals.update(reaction.after())
            for effect in reaction.effects:
                if isinstance(effect, Sent):
                    self.sent.append(effect.message)
                    to = self.system.machine_of(effect.message)
                    assert to is not None
                    waiting.append((to, effect.message))
                else:
                    self.occurred.append(effect[1])

    def user(self, kind: type[Stimulus], **fields: Any) -> None:
        """Let the user do the thing of this kind that the configuration has."""
        terminal = self.system.instances[self.system.by_id["terminal-1/registration"]]
        wanted = (s for s in terminal.stimuli if isinstance(s, kind) and vars(s).items() >= fields.items())
        self.does("terminal-1/registration", next(wanted))

    def state(self, machine: str) -> str:
        """The state that a machine is in."""
        return self.locals[self.system.by_id[machine]].control


class Talk:
    """A dialogue with one machine, by its table and by the library's engine at once."""

    def __init__(self, instance: Instance, local: Local | None = None) -> None:
        self.table = instance.table
        self.party = instance.party
        self.library = LibraryStepper(self.table)
        self.local = local or instance.initial[0]

    def says(self, received: Input, sender: str = "") -> Any:
        """The machine's answer to an input; its state is what it is after it."""
        if isinstance(received, Message):
            received = replace(received, sender=sender or received.sender, receiver=self.party)
        before = self.local
        answer = self.table.step(before, received)
        assert answer == self.library.step(before, received)
        if isinstance(answer, Handled):
            self.local = answer.after
        return answer

    def hears(self, received: Input, sender: str = "") -> list[Message]:
        """What the machine sends on an input that it must take."""
        answer = self.says(received, sender)
        assert isinstance(answer, Handled), answer
        return [output.message for output in answer.outputs if isinstance(output, Send)]

    @property
    def state(self) -> str:
        """The state that the machine is in."""
        return self.local.control

    def passes_over(self, received: Input, sender: str = "") -> str:
        """Why the machine does not take an input; nothing has changed."""
        before = self.local
        answer = self.says(received, sender)
        assert not isinstance(answer, Handled), answer
        assert self.local == before
        return str(getattr(answer, "reason", "protocol error"))


@pytest.fixture(scope="session")
def registrations() -> SimpleNamespace:
    """Registrations on their own."""

    def talk(machine: str, local: Local | None = None, **settings: Any) -> Talk:
        system = build(configured(**settings))
        return Talk(system.instances[system.by_id[machine]], local)

    return SimpleNamespace(configured=configured, build=build, explored=explored, Run=Run, talk=talk)
