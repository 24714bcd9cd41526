"""Runs over the wire: the named scenarios, each message written by its sender and read by its receiver."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.wire.renaming import renamed

from payrelay.language.messages import Input, Message, Restart
from payrelay.language.role import Local
from payrelay.language.scenarios import Scenario
from payrelay.language.systems import Moved, Reaction, Sent, System, react, step_by_table
from payrelay.language.traces import canonical
from payrelay.model.configurations import CONFIGURATIONS
from payrelay.model.protocol import build
from payrelay.verification.engines.reference import ReferenceEngine
from payrelay.verification.traces import staging
from payrelay.verification.traces.happenings import Happening, initial_locals
from payrelay.wire import Keyring, Malformed, read, write
from payrelay.wire.identities import counted, keyrings

NOW = 1_800_000_000
SEED = b"tests"


def parties_of(system: System) -> tuple[str, ...]:
    """Everybody who may be spoken to."""
    return tuple(dict.fromkeys((*system.machines_of, "shop", "payment", "authority")))


def system_of(scenario: Scenario, security: str) -> System:
    """The system of a scenario, at another level of security."""
    name, *settings = scenario.configuration.split()
    (configuration,) = [one for one in CONFIGURATIONS if one.name == name]
    derived = dict(setting.split("=") for setting in settings)
    return build(configuration.derived({**derived, "security": security}))


def happenings_of(system: System, scenario: Scenario) -> tuple[Happening, ...]:
    """What happens in a scenario, in the model."""
    engine = ReferenceEngine(system, (), step_by_table(system))
    start = min(engine.initial(), key=lambda state: canonical(initial_locals(system, state.locals)))
    place = staging._Place(start, ())
    for turn in scenario.turns:
        found = staging._to_turn(engine, place, turn)
        assert found is not None, turn
        place = found
    return staging._to_rest(engine, place).path


@dataclass
class Delivery:
    """A message that travelled: as its sender meant it, its bytes, and as its receiver read it."""

    sent: Message
    data: bytes
    received: Message


@dataclass
class Run:
    """A scenario that is run once more, with other values, over the wire."""

    system: System
    rings: dict[str, Keyring]
    now: int = NOW
    bytes_of: dict[Message, bytes] = field(default_factory=dict)
    sent_of: dict[Message, Message] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.locals: dict[int, Local] = {
            number: renamed(instance.initial[0]) for number, instance in enumerate(self.system.instances)
        }
        self.random = counted(b"randomness")

    def take(self, happening: Happening) -> tuple[list[Any], list[Any]]:
        """What happened in the model, and what happens here."""
        self.now += 1
        if happening.reaction is None or not happening.reaction.moves:
            return [], []
        wanted = happening.reaction
        first = wanted.moves[0]
        if happening.kind == "crash":
            moves = [self._restart(move) for move in wanted.moves]
            reaction = Reaction(tuple(moves), ())
        else:
            received = self._received(happening, first.received)
            reaction = react(self.system, first.machine, received, self.locals, step_by_table(self.system))
        self.locals.update(reaction.after())
        for meant, sent in zip(_sent(wanted), _sent(reaction), strict=True):
            self._send(meant, sent)
        return _told(wanted), _told(reaction)

    def _restart(self, move: Moved) -> Moved:
        local = self.locals[move.machine]
        return Moved(move.machine, local, Restart(), step_by_table(self.system)(move.machine, local, Restart()))

    def _received(self, happening: Happening, chosen: Input) -> Input:
        if happening.message is None:
            return renamed(chosen)  # type: ignore[no-any-return]
        data = self.bytes_of[happening.message]
        message = read(data, self.rings[happening.message.receiver], self.now)
        assert not isinstance(message, Malformed), message
        self.deliveries.append(Delivery(self.sent_of[happening.message], data, message))
        return replace(message, **{name: getattr(chosen, name) for name in type(message).given})

    def _send(self, meant: Sent, sent: Sent) -> None:
        ring = self.rings[sent.message.sender].at(self.now, self.random)
        data = write(sent.message, ring)
        assert self.bytes_of.setdefault(meant.message, data) == data  # what is said again is the same bytes
        self.sent_of[meant.message] = sent.message


def run_of(scenario: Scenario, security: str) -> tuple[Run, tuple[Happening, ...]]:
    """A scenario to be run over the wire, and what happens in the model."""
    system = system_of(scenario, security)
    rings = keyrings(parties_of(system), SEED, NOW - 1000, security=security)
    return Run(system, rings), happenings_of(system, scenario)


def _sent(reaction: Reaction) -> Iterator[Sent]:
    return (effect for effect in reaction.effects if isinstance(effect, Sent))


def _told(reaction: Reaction) -> list[Any]:
    """What a reaction comes to, values aside."""
    moves = [(move.machine, move.received.event, type(move.answer), _row(move)) for move in reaction.moves]
    effects = [
        (type(effect.message), effect.message.receiver, effect.by)
        if isinstance(effect, Sent)
        else (effect[0], type(effect[1]))
        for effect in reaction.effects
    ]
    return [moves, effects]


def _row(move: Moved) -> Any:
    row = getattr(move.answer, "row", None)
    return row.name if row else move.before.control
