"""Doctor: whether a run can begin, proved line by line of the configuration, in a few seconds.

Each finding is one line. What is wrong names the line of the file and how to mend it; what depends on it is not tried.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from payrelay.conformance.assembly import Assembly, UnreachableError
from payrelay.conformance.checks import SetUpError
from payrelay.conformance.configuration import SERVERS, Configuration, read_configuration
from payrelay.conformance.connected import Connected
from payrelay.conformance.controller import ControlError, Controller
from payrelay.conformance.correspondence import Mismatch
from payrelay.conformance.course import Done
from payrelay.conformance.deviations import Deviation, Stuck
from payrelay.conformance.opening import model_for, opening
from payrelay.conformance.performance import Performance, Seen
from payrelay.conformance.setting import Wishes
from payrelay.conformance.switchboard import Switchboard
from payrelay.conformance.toml_records import Wrong
from payrelay.language.configurations import ConfigurationError
from payrelay.language.links import role_of
from payrelay.wire.certificates import identity_in
from payrelay.wire.discovery import Discovery
from payrelay.wire.endpoints import VERSION
from payrelay.wire.exchange import Request, Response
from payrelay.wire.hands import Writing
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.jose import Jws
from payrelay.wire.json_text import parse
from payrelay.wire.problem_documents import problem_in
from payrelay.wire.set_up import SETUPS

USAGE, UNREACHABLE = 2, 3
ROUNDS = 50
"""Requests of which the slowest but one in a hundred is told."""
LEAST_RESPONSE = 1.0
"""Seconds that anything may take that has to come."""
TIMES_SLOWEST = 10
LEAST_ACT = 0.05
"""Seconds that a terminal takes at least to ask what its user wants, as far as is believed of one look."""
PATIENCE = 3.0


class Outcome(StrEnum):
    """What came of one thing that was looked at."""

    WELL = "well"
    WRONG = "wrong"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """One line."""

    what: str
    outcome: Outcome
    says: str
    mend: str = ""
    line: int | None = None
    """The line of the configuration that it is about."""
    code: int = 0
    """The exit code that it asks for."""

    def to_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "what": self.what,
            "outcome": self.outcome.value,
            "says": self.says,
            "mend": self.mend or None,
            "line": self.line,
        }


@dataclass
class Measured:
    """How fast the system under test answers."""

    slowest: float = 0.0
    """Of a hundred requests all but one are answered within so many seconds."""

    @property
    def patience(self) -> float:
        """After how many seconds something is missing."""
        return max(LEAST_RESPONSE, TIMES_SLOWEST * self.slowest)


class Doctor:
    """Looks at everything, in the order in which one thing needs another."""

    def __init__(self, path: Path, adapted: Callable[[Configuration], Configuration] = lambda read: read) -> None:
        """`adapted` is what is made of the configuration once it is read."""
        self.path, self._adapted = path, adapted
        self.measured = Measured()
        self.starting = 0.0
        """Seconds that the system under test took to start."""
        self._first_request: float | None = None
        """How many seconds a terminal took for its first request."""
        self._stack = ExitStack()

    def findings(self) -> Iterator[Finding]:
        """One after the other, as they are found."""
        with self._stack:
            yield from self._findings()

    def _findings(self) -> Iterator[Finding]:
        steps = (
            *self._needed,
            ("messages", self._messages),
            ("keys in use", self._roots),
            ("round trip", self._round_trip),
        )
        for number, (what, look) in enumerate(steps):
            try:
                yield from (replace(found, what=what) for found in look())
            except (ConfigurationError, UnreachableError, SetUpError, ControlError) as error:
                yield replace(_wrong_by(error), what=what)
                for later, _ in steps[number + 1 :]:
                    yield Finding(later, Outcome.NOT_TRIED, f"not tried, since of {what}")
                return

    # --- for a run

    def __enter__(self) -> Doctor:
        """All that a run needs is looked at, in short, and at work until the end. Raises ConfigurationError,
        UnreachableError, SetUpError, ControlError.

        What the system under test makes of messages is for the run to say; how fast it is, is measured, if it takes
        them.
        """
        with ExitStack() as stack:
            stack.enter_context(self._stack)
            for _, look in self._needed:
                deque(look(), 0)
            with suppress(ConfigurationError):
                deque((*self._messages(), *self._round_trip()), 0)
            self.test.__exit__()
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- what is looked at

    @property
    def _needed(self) -> tuple[tuple[str, Callable[[], Iterator[Finding]]], ...]:
        """What has to be well for a run to begin."""
        return (
            ("configuration", self._read),
            ("keys", self._keys),
            ("system under test", self._reach),
            ("discovery document", self._discovery),
            ("peers", self._peers),
            ("test controller", self._controls),
            ("data", self._data),
        )

    def _read(self) -> Iterator[Finding]:
        self.configuration: Configuration = self._adapted(read_configuration(self.path))
        self.assembly = Assembly(self.configuration)
        sut = self.configuration.sut
        who = ", ".join(self.configuration.called(party) for party in self.configuration.under_test)
        yield _well(f"{self.configuration.source}: {who} at security {sut.security}")

    def _keys(self) -> Iterator[Finding]:
        configuration = self.configuration
        rings = self.assembly.rings
        wrong = configuration.document.wrong
        now = int(time.time())
        if configuration.sut.security == "hardened":
            for ring in rings.values():
                for other in rings.values():
                    certificate = other.recipients.get(ring.party)
                    if certificate is None and ring.party in map(configuration.called, SERVERS):
                        raise wrong(("trust",), "folder", f"{other.party} has no certificate to seal for {ring.party}")
                for pair in (*ring.signers.values(), *ring.openers):
                    found = identity_in(pair.x5c, next(one for one in rings.values() if one is not ring).roots)
                    if found is None or found.party != ring.party:
                        raise wrong(("trust",), "folder", f"others do not trust the roots of {ring.party}'s keys")
                    if not found.is_valid(now):
                        raise wrong(("trust",), "folder", f"a certificate of {ring.party} is not in force now")
        for party in (*configuration.played, *configuration.under_test):
            if party in SERVERS:
                self.assembly.tls_of(party)
        channel = "TLS" if configuration.peers.tls == "files" else "plain HTTP"
        kept = "signed and sealed" if configuration.sut.security == "hardened" else "none are used"
        yield _well(f"{configuration.trust.folder}: {len(rings)} keyrings; {kept}; {channel}")

    def _reach(self) -> Iterator[Finding]:
        configuration = self.configuration
        servers = [party for party in configuration.under_test if party in SERVERS]
        if configuration.sut.start is not None:
            begun = time.monotonic()
            self._begin(None)
            self.starting = time.monotonic() - begun
            yield _well(f"started: {' '.join(configuration.sut.start.command)}")
        self.discoveries: dict[str, Discovery] = {party: self.assembly.discover(party) for party in servers}
        for party in servers:
            yield _well(f"{configuration.called(party)} answers at {configuration.sut.urls[party]}")
        if not servers:
            yield _well("a terminal comes to the kit by itself: nobody is asked")

    def _begin(self, discoveries: dict[str, Discovery] | None) -> None:
        if not hasattr(self, "board"):
            self.board: Switchboard = self._stack.enter_context(self.assembly.at_work(discoveries, PATIENCE))

    def _discovery(self) -> Iterator[Finding]:
        configuration = self.configuration
        wrong = configuration.document.wrong
        for party, found in self.discoveries.items():
            name = configuration.called(party)
            if found.party != name:
                what = f"it says that it is '{found.party}'; write {party} = \"{found.party}\", or mend its URL"
                raise wrong(("names",) if party in configuration.names else ("sut",), party, what)
            if found.security != configuration.sut.security:
                raise wrong(("sut",), "security", f"{name} says that it keeps '{found.security}'")
            keys = found.keys.get("keys", [])
            if configuration.sut.security == "hardened":
                self._certified(name, keys)
            links = ", ".join(found.links)
            yield _well(f"{name}, version {VERSION}, links {links}, {len(keys)} keys")
        if not self.discoveries:
            yield _well("a terminal has none")

    def _certified(self, name: str, keys: list[Any]) -> None:
        roots = self.assembly.rings[self.configuration.called(self.configuration.played[0])].roots
        wrong = self.configuration.document.wrong
        uses = set()
        for key in keys:
            chain = key.get("x5c") if isinstance(key, dict) else None
            certificate = chain[0] if isinstance(chain, list) and chain and isinstance(chain[0], str) else ""
            identity = identity_in(certificate, roots) if certificate else None
            if identity is None or identity.party != name:
                what = (
                    f"a key of {name}'s discovery document is not certified for it under the roots there; give it the"
                )
                raise wrong(("trust",), "folder", f"{what} keys of this folder, or name the folder of its own")
            uses.add(key.get("use"))
        if not {"sig", "enc"} <= uses:
            what = f"the discovery document of {name} does not have a key that it signs with, and one to seal for it"
            raise wrong(("sut",), "security", what)

    def _peers(self) -> Iterator[Finding]:
        self._begin(self.discoveries)
        told = self.assembly.peer_urls(list(self.board.played.values()))
        yield _well("the kit plays " + ", ".join(f"{place} at {url}" for place, url in told.items()))

    def _controls(self) -> Iterator[Finding]:
        control = self.configuration.control
        if not control.url:
            longest = self.configuration.timing.longest_wait / 1000
            waited = [timer for timer, seconds in self.configuration.timers.items() if seconds <= longest]
            left = [timer for timer in self.configuration.timers if timer not in waited]
            out = f"; left out: {', '.join(left)}" if left else ""
            of = ", ".join(waited) or "none"
            yield _well(f"there is none: timers of up to {longest:g} s are waited for ({of}){out}")
            return
        controller = Controller(control.url, control.token)
        try:
            yield _well(f"{control.url} can do: {', '.join(sorted(controller.capabilities())) or 'nothing'}")
        except ControlError as error:
            raise self.configuration.document.wrong(("control",), "url", str(error)) from None
        finally:
            controller.close()

    def _data(self) -> Iterator[Finding]:
        configuration = self.configuration
        under_test = frozenset(configuration.under_test)
        capability = configuration.run.capabilities[0]
        self.setting = self.assembly.setting(model_for(under_test, configuration.sut.security, capability), self.board)
        found = self.setting.correspondence(0)
        self.test: Connected = self.board.test(f"{self.board.run}-doctor", found)
        self._stack.callback(self.test.__exit__)
        if configuration.data.token:
            for party in configuration.under_test:
                one = next((each for each in SETUPS if each.role == role_of(party)), None)
                if one is not None and self.board.reached[party].setup is None:
                    what = "the discovery document says that the set-up interface is off; turn it on, or list what"
                    raise configuration.document.wrong(("data",), "token", f"{what} stands: [[data.{one.name}]]")
        try:
            self.assembly.prepare(self.setting, found, Wishes(), self.test)
            if configuration.data.token:
                self._refuses_strangers()
        except SetUpError as error:
            raise configuration.document.wrong(("data",), "token", str(error)) from None
        self.performance = Performance(self.setting, self.test, found)
        self.performance.patience = PATIENCE
        how = "set up over the set-up interface" if configuration.data.token else "as listed"
        yield _well(f"what a test begins with stands, {how}")

    def _refuses_strangers(self) -> None:
        found = self.setting.correspondence(1)
        for party, request in self.setting.set_ups(found, Wishes()):
            headers = tuple(
                (name, "Bearer of-nobody" if name == "authorization" else value) for name, value in request.headers
            )
            response = self.test.set_up(party, replace(request, headers=headers))
            if response is None or response.status != 401:
                status = response.status if response else "nothing"
                raise SetUpError(f"{request.path}: with another token it answers {status}, expected 401 (W-SET-02)")

    def _messages(self) -> Iterator[Finding]:
        """The opening is played: both sides understand each other, and the system under test reaches its peers."""
        configuration = self.configuration
        wrong = configuration.document.wrong
        moves = opening(self.setting.course, self.setting.under_test)
        acts = any(isinstance(move, Done) and move.party in self.setting.under_test for move in moves)
        if acts and not self._tells_users:
            what = "nobody tells the terminal what its user does: write [sut.trigger], which starts it for each test"
            raise wrong(("sut",), "role", f"waiting for you: {what}")
        for move in moves:
            begun = time.perf_counter()
            try:
                self.performance.perform(move)
            except Deviation as deviation:
                raise self._of_deviation(deviation) from None
            except (Stuck, Mismatch) as error:
                raise wrong(("sut",), "role", str(error)) from None
            if isinstance(move, Done) and move.party in self.setting.under_test and self._first_request is None:
                self._first_request = time.perf_counter() - begun
        if acts:
            self._next_request()
        yield _well(f"{len(self.performance.seen)} messages were said and understood, both ways")

    def _next_request(self) -> None:
        """How fast a terminal is that has been started: from what its user does next to its request."""
        course, place = self.setting.course, self.performance.place
        deed = next((one for one in course.deeds(place) if one.party in self.setting.under_test), None)
        if deed is None:
            return
        begun = time.perf_counter()
        try:
            self.performance.perform(deed)
        except Deviation as deviation:
            raise self._of_deviation(deviation) from None
        self.measured.slowest = max(LEAST_ACT, time.perf_counter() - begun)

    @property
    def _tells_users(self) -> bool:
        """Whether the users of terminals under test are told what to do."""
        control = self.board.controller
        return self.configuration.sut.trigger is not None or (control is not None and control.can("force"))

    def _of_deviation(self, deviation: Deviation) -> ConfigurationError:
        wrong = self.configuration.document.wrong
        trigger = self.configuration.sut.trigger
        if trigger is not None and self._first_request is None:
            how = self.test.ended() or f"within {trigger.seconds:g} s of its start nothing came of the first act"
            if deviation.kind == "missing":
                return wrong(("sut", "trigger"), "command", f"{deviation.what}: {how}")
        said = f"{deviation.what}{f'; expected {deviation.expected[0]}' if deviation.expected else ''}"
        if deviation.kind == "missing":
            strays = [*self.board.all_strays().told][:3]
            came = f"; what came: {', '.join(strays)}" if strays else "; does it know where the peers are?"
            receiver = deviation.expected[0].rpartition(" ")[2] if deviation.expected else ""
            place = receiver if receiver in self.configuration.peers.urls else ""
            return wrong(("peers", "urls"), place, f"{said}{came}")
        if deviation.kind in ("refused", "wrong_problem", "malformed"):
            detail = next((self._detail(seen) for seen in reversed(self.performance.seen) if seen.is_ours), "")
            return wrong(("trust",), "folder", f"{said}{detail}")
        return wrong(("sut",), "role", said)

    def _detail(self, seen: Seen) -> str:
        """Why the last message was refused, asked again."""
        if seen.request is None:
            return ""
        response = self._ask(seen.message.receiver, seen.message.sender, seen.request)
        if response is None or response.status < 400:
            return ""
        problem = problem_in(response)
        return f" ({problem.name} {problem.pointer} {problem.detail})".replace("  ", " ")

    def _ask(self, receiver: str, sender: str, request: Request, seconds: float = PATIENCE) -> Response | None:
        reached = self.board.reached[receiver]
        url = reached.addresses.url(reached.name, request.target)
        return None if url is None else self.board.ask(url, request, seconds, self.configuration.called(sender))

    @cached_property
    def _of_a_server(self) -> Seen | None:
        """The last message of a server of the kit that was taken."""
        seen = [one for one in self.performance.seen if one.is_ours and one.request is not None]
        return next((one for one in reversed(seen) if role_of(one.message.sender) != "terminal"), None)

    def _roots(self) -> Iterator[Finding]:
        """What is signed under another root must be refused."""
        configuration = self.configuration
        seen = self._of_a_server
        if configuration.sut.security != "hardened" or seen is None:
            yield _well(f"at security {configuration.sut.security} nothing is signed")
            return
        assert seen.request is not None
        sender, receiver = (configuration.called(one) for one in (seen.message.sender, seen.message.receiver))
        others = keyrings([sender], counted(self.setting.seed)(32), int(time.time()) - 3600)
        said = parse(Jws(seen.request.body.decode()).payload)
        forged = Writing(others[sender], receiver).envelope(type(seen.message), said)
        response = self._ask(seen.message.receiver, seen.message.sender, replace(seen.request, body=forged))
        if response is None or response.status not in (401, 403):
            status = response.status if response else "nothing"
            what = f"{receiver} answers {status} to a message signed under another root, expected 403 (W-SEC-03)"
            raise configuration.document.wrong(("trust",), "folder", what)
        yield _well(f"a message signed under another root is refused: {response.status} {problem_in(response).name}")

    def _round_trip(self) -> Iterator[Finding]:
        """The last message again and again, which is a duplicate."""
        seen = self._of_a_server
        if seen is None or seen.request is None:
            first = self._first_request
            next_ = f"; then one within {self.measured.slowest * 1000:.0f} ms of an act"
            told = "not measured" if first is None else f"first request {first * 1000:.0f} ms after its start{next_}"
            yield _well(told)
            return
        taken = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            response = self._ask(seen.message.receiver, seen.message.sender, seen.request)
            if response is None or response.status != 202:
                status = response.status if response else "nothing"
                what = f"a message that came before is answered by {status}, expected 202 (W-HTTP-04)"
                raise self.configuration.document.wrong(("sut",), "role", what)
            taken.append(time.perf_counter() - begun)
        taken.sort()
        self.measured.slowest = taken[-1 - len(taken) // 100]
        middle = taken[len(taken) // 2]
        response_ms = self.configuration.timing.response or round(self.measured.patience * 1000)
        yield _well(
            f"{middle * 1000:.1f} ms, 99 % within {self.measured.slowest * 1000:.1f} ms;"
            f" what has not come after {response_ms} ms is missing"
        )


def _well(says: str) -> Finding:
    return Finding("", Outcome.WELL, says)


def _wrong_by(error: Exception) -> Finding:
    line = error.line if isinstance(error, Wrong) else None
    code = UNREACHABLE if isinstance(error, UnreachableError) else USAGE
    return Finding("", Outcome.WRONG, str(error), line=line, code=code)
