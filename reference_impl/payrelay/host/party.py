"""A party: takes inputs one at a time, and makes what comes of each durable before anybody hears of it.

Whatever comes in (the bytes of a message, what a timer or a user does, a restart) concerns some machines. They are
loaded, react by the model's rules, and their new states, the bytes of what they send, what was signed for it, timers
and lines of the log are committed together. Only then the step is handed to whoever sends and answers. This file knows
no sockets and no tasks, and has neither clock nor randomness of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace

from payrelay.host.answers import Waiting, awaited, awaits, is_pending, refused
from payrelay.host.ensemble import Ensemble
from payrelay.host.faults import SOUND, Fault
from payrelay.host.limits import ASK_AGAIN
from payrelay.host.populations import population_of
from payrelay.host.populations.population import Ground
from payrelay.host.records import PROCEDURES, VARIANTS
from payrelay.host.storage import Armed, Changes, Machine, Outgoing, Storage, StorageError
from payrelay.host.telling import Teller
from payrelay.host.timing import Wakings
from payrelay.host.world import PERIODS, World
from payrelay.language.links import link_between, role_of
from payrelay.language.messages import Input, Message, Restart, Stimulus, Timeout
from payrelay.language.observations import RECEIVED, SENT
from payrelay.language.role import RoleTable
from payrelay.language.systems import Reaction, Sent
from payrelay.language.terms import Symbol
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest, TerminalRequest
from payrelay.model.procedure import RelayData
from payrelay.model.protocol import tables as sound_tables
from payrelay.model.roles.registration_relay import RegistrationData
from payrelay.wire import Keyring, write
from payrelay.wire.binding import from_request, from_response, to_request, to_response
from payrelay.wire.endpoints import endpoint_of, every_link
from payrelay.wire.event_log import PROCEDURE_HEADER as RUN
from payrelay.wire.event_log import observed
from payrelay.wire.exchange import Request, Response, header
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import read_set_up

SHARED = frozenset({"relay_directory", "enrolment", "payment_account"})
"""The tables of machines that many runs share."""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a run may be called by others."""


@dataclass(frozen=True)
class Reply:
    """The answer to a terminal's request."""

    to: Waiting
    response: Response


@dataclass(frozen=True)
class Step:
    """What came of an input, all of it durable."""

    problem: Problem | None = None
    """Why the input was not taken. Then nothing changed."""
    waits: Waiting | None = None
    """The request of a terminal that this step is about, for which an answer will come, perhaps with this very step."""
    session: str = ""
    """The session of that terminal."""
    replies: tuple[Reply, ...] = ()
    sends: tuple[Outgoing, ...] = ()
    reaction: Reaction | None = None
    """What the machines did; None if none was concerned."""


class _Made(MutableMapping[str, str]):
    """What a party has signed and sealed: that which is kept, and that which is new in this step."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.new: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        found = self.new.get(name) or self._storage.made(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, token: str) -> None:
        self.new[name] = token

    def __delitem__(self, name: str) -> None:
        del self.new[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.new)

    def __len__(self) -> int:
        return len(self.new)


@dataclass
class _Said:
    """What a step has to say, as bytes."""

    first: int
    """The number of its first request."""
    run: str | None
    """What the log calls the run that it belongs to."""
    sends: list[Outgoing] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    is_too_long: bool = False
    """Whether something of it is longer than any message: that is not sent."""


class Party:
    """One party of a running system."""

    def __init__(
        self,
        keyring: Keyring,
        storage: Storage,
        *,
        world: World | None = None,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        tables: Mapping[str, RoleTable] | None = None,
        fault: Fault = SOUND,
        variant: str = "",
        log_key: bytes = b"",
        names_runs: bool = False,
    ) -> None:
        """`clock` tells seconds since 1970, `random` gives bytes that are good for keys. `tables` are the roles' own,
        perhaps edited, and `variant` says in words what is done otherwise; `log_key` is what secrets are told apart by
        in the log, which has the name of the run with each event, and every request with it, if `names_runs`."""
        self.name = keyring.party
        self.role = role_of(keyring.party)
        self.world = world or World()
        self.world.check()
        self.storage = storage
        self.clock, self.random = clock, random
        self.tables = tables or sound_tables()
        self.fault = fault
        self.variant = variant
        self.keyring = keyring
        recipients = frozenset(keyring.recipients)
        ground = Ground(self.name, keyring.security, self.world, storage, self.tables, random, recipients)
        self.ground, self.population = ground, population_of(ground)
        self.wakings = Wakings({**PERIODS, **self.world.periods}, self.tables)
        self.wakings.keep(storage.timers(), ())
        self._number = storage.next_number()
        self._left: list[int] = []
        self._teller = Teller(keyring, log_key)
        self._names_runs = names_runs

    # --- what comes in

    def receive(
        self,
        request: Request,
        peer: str | None = None,
        refusal: Callable[[Message], Problem | None] = lambda _message: None,
    ) -> Step:
        """Take a request. `peer` is whom the channel shows, where it is authenticated; `refusal` tells why a message is
        not taken now that could be."""
        now = int(self.clock())
        shown = None if self.fault.ignores_channel else peer
        found = from_request(request, self.keyring, now, shown)
        if isinstance(found, Problem):
            return Step(found)
        if problem := refusal(found):
            return Step(problem)
        return self._take(found, header(request.headers, RUN))

    def hear(self, response: Response, request: Request) -> Step:
        """Take what a request was answered by. Whatever is no answer with a message in it is a lost message."""
        found = from_response(response, request, self.keyring, int(self.clock()))
        return self._take(found) if isinstance(found, Message) else Step()

    def run_out(self, machine: str, timer: str) -> Step:
        """A timer has run out."""
        self.population.begin()
        found = self.population.machine(machine)
        return Step() if found is None else self._step(found, Timeout(timer), fired=timer)

    def do(self, stimulus: Stimulus) -> Step:
        """The user does something: to the machine that has a row for it now, if there is one."""
        self.population.begin()
        for name in ("purchase", "registration"):
            machine = self.population.machine(name)
            if machine and self.tables[machine.table].rows_of(machine.local.control, stimulus.event):
                return self._step(machine, stimulus)
        return Step(Problem("protocol-error", f"not now: {stimulus.event}"))

    def restart(self) -> Step:
        """Come back: forget what is not durable, and say again what may not have been sent."""
        if self.variant and self.storage.record(VARIANTS, self.variant) is None:
            # Before anything is done otherwise, so that no log of it passes for that of the role.
            known = {(VARIANTS, self.variant): self.variant}
            if problem := self._commit(Changes(records=known)):
                return Step(problem)
        event = Restart().event
        forgetting = [
            (name, row.source) for name, table in self.tables.items() for row in table.rows if row.event == event
        ]
        for machine in tuple(self.storage.machines(forgetting)):
            self.population.begin()
            step = self._step(machine, Restart())
            if step.problem is not None:
                return step
        return Step(sends=tuple(self.storage.outbox()))

    def set_up(self, request: Request) -> Problem | None:
        """Set something up, before a run. Whether the request may is the host's to know."""
        thing = read_set_up(request, self.keyring, int(self.clock()))
        if isinstance(thing, Problem):
            return thing
        self.population.begin()
        machines = self.population.set_up(thing)
        records = dict(self.population.records)
        known = {key: self.storage.record(*key) for key in records}
        if known == records:
            return None
        if any(record not in (None, records[key]) for key, record in known.items()):
            return Problem("protocol-error", "it was set up otherwise before")
        kept = tuple(replace(machine, keys=self.population.keys(machine)) for machine in machines)
        started = tuple(one for machine in kept for one in self.wakings.changed(None, machine, self.clock(), None)[0])
        return self._commit(Changes(machines=kept, records=records, started=started))

    def left(self, number: int) -> None:
        """Something was sent, whatever came of it. It leaves the outbox with the next step."""
        self._left.append(number)

    def close(self) -> None:
        """Note what was sent, and let go of the storage."""
        if self._left:
            self._commit(Changes())
        self.storage.close()

    # --- one step

    def _take(self, message: Message, run: str | None = None) -> Step:
        self.population.begin()
        message = self.fault.sees(message)
        entry = self.population.entry(message)
        if isinstance(entry, Problem):
            return Step(entry)
        if entry is None:
            # It belongs to nothing that is known, which is not said.
            return Step(Problem("protocol-error")) if awaits(message) else Step()
        machine = self.population.machine(entry)
        assert machine is not None, entry
        given = self.population.given(message, int(self.clock()))
        return self._step(machine, self.fault.sees(given), run=run)

    def _step(self, first: Machine, received: Input, *, fired: str | None = None, run: str | None = None) -> Step:
        ensemble = Ensemble(self.population, received, [first])
        reaction = ensemble.react()
        if isinstance(received, Message) and (problem := refused(received, reaction)):
            return Step(problem)
        now = self.clock()
        made = _Made(self.storage)
        ring = replace(self.keyring.at(int(now), self.random), made=made)
        changed = ensemble.after(reaction)
        touched = {**{member.name: member for member in ensemble.members}, **changed}
        said = _Said(self._number, self._run(ensemble, run))
        if isinstance(received, Message):
            said.events.append(self._teller.line(received, _link(received), RECEIVED, now, said.run))
        for effect in reaction.effects:
            if isinstance(effect, Sent):
                self._say(effect, touched[ensemble.members[effect.machine].name], ring, now, said)
            else:
                machine, occurrence = effect
                self.population.happened(ensemble.members[machine], occurrence)
        if isinstance(received, Message) and said.is_too_long:
            return Step(Problem("too-large", "what it would have this party send is longer than any message"))
        started, stopped = self._timers(ensemble, touched, now, fired)
        changes = Changes(
            machines=tuple(changed.values()),
            started=started,
            stopped=stopped,
            sends=tuple(said.sends),
            made=dict(made.new),
            records=dict(self.population.records),
            events=tuple(said.events),
        )
        if (problem := self._commit(changes)) and not self.fault.answers_before_durable:
            return Step(problem)
        step = Step(replies=tuple(said.replies), sends=tuple(said.sends), reaction=reaction)
        waits = awaits(received) if isinstance(received, Message) else None
        if waits is None:
            return step
        datas = [machine.local.data for machine in touched.values()]
        if not (any(one.to == waits for one in said.replies) or is_pending(waits, datas)):
            return replace(step, problem=Problem("protocol-error"))
        session = received.session.name if isinstance(received, TerminalRequest) else ""
        return replace(step, waits=waits, session=session)

    def _say(self, effect: Sent, by: Machine, ring: Keyring, now: float, said: _Said) -> None:
        """Write down what a machine sends: a request of its own, or the answer to a terminal's."""
        message = self.population.sent(effect.message)
        if self.fault.makes_anew:
            ring = replace(ring, made={})
        if endpoint_of(message) is None:
            body = write(message, ring)
            said.replies.append(Reply(awaited(message), self._response(message, ring, by)))
        else:
            request = to_request(message, ring)
            if len(request.body) > MOST_BYTES:
                # What a timer has sent then is lost, and the machine's next timer ends it.
                said.is_too_long = True
                return
            if said.run is not None:
                request = replace(request, headers=(*request.headers, (RUN, said.run)))
            body = request.body
            said.sends.append(Outgoing(said.first + len(said.sends), message.receiver, request))
        seen = observed(body)
        assert seen is not None, type(message)
        said.events.append(self._teller.line(seen, _link(message), SENT, now, said.run))

    def _run(self, ensemble: Ensemble, told: str | None) -> str | None:
        """What the log calls the run that a step belongs to: what came with the request, or what it was called before.

        Machines that many runs share are of none.
        """
        if not self._names_runs:
            return None
        own = [member.name for member in ensemble.members if member.table not in SHARED]
        before = (self.population.record(PROCEDURES, name) for name in own)
        run = told if told and NAME.fullmatch(told) else next((str(name) for name in before if name is not None), None)
        if run is None and (origin := self.population.origin(ensemble.first, ensemble.received)):
            run = self._teller.run_of(origin)
        if run is not None:
            new = [name for name in own if self.population.record(PROCEDURES, name) is None]
            self.population.records.update({(PROCEDURES, name): run for name in new})
        return run

    def _timers(
        self, ensemble: Ensemble, touched: Mapping[str, Machine], now: float, fired: str | None
    ) -> tuple[tuple[Armed, ...], tuple[tuple[str, str], ...]]:
        started: list[Armed] = []
        stopped: list[tuple[str, str]] = []
        before = {member.name: member for member in ensemble.members}
        for name, machine in touched.items():
            is_kept = machine is not before.get(name) or self.storage.machine(name) is not None
            if is_kept:
                ran_out = fired if name == ensemble.first.name else None
                begin, end = self.wakings.changed(before.get(name), machine, now, ran_out)
                started += begin
                stopped += end
        return tuple(started), tuple(stopped)

    def _commit(self, changes: Changes) -> Problem | None:
        left = tuple(self._left)
        try:
            self.storage.commit(replace(changes, sent=left))
        except StorageError:
            return Problem("unavailable", headers=ASK_AGAIN)
        del self._left[: len(left)]
        self._number += len(changes.sends)
        self.wakings.keep(changes.started, changes.stopped)
        return None

    # --- answers to terminals

    def _response(self, answer: Message, ring: Keyring, by: Machine) -> Response:
        opening = _opening(by.local.data, answer.receiver, self.name)
        charset = opening.capabilities.charset if opening else "utf-8"
        return to_response(answer, ring, next_nonce=self.ground.text(), opening=opening, charset=charset)


def _link(message: Message) -> str:
    link = link_between(every_link(), message.sender, message.receiver)
    assert link is not None
    return link.name


def _opening(data: object, terminal: str, relay: str) -> ProcedureRequest | RegistrationRequest | None:
    """The request that opened a procedure, for a page from which it is opened once more."""
    anew = {"session": Symbol("session", "0" * 22), "request_nonce": Symbol("request_nonce", "0" * 22)}
    ways = {"sender": terminal, "receiver": relay}
    if isinstance(data, RelayData) and data.order_ref is not None and data.capabilities is not None:
        return ProcedureRequest(order_ref=data.order_ref, capabilities=data.capabilities, **anew, **ways)  # type: ignore[arg-type]
    if isinstance(data, RegistrationData) and data.capabilities is not None:
        about = {"authority": data.authority, "wallet": data.wallet, "capabilities": data.capabilities}
        return RegistrationRequest(**about, **anew, **ways)  # type: ignore[arg-type]
    return None
