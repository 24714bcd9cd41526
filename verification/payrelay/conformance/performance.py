"""Performance: a run of the model, played with a system under test.

What parties of the kit do, the kit does, with real messages; of what the party under test has to do, every message is
awaited, held against the model's, and learnt from. Whatever it says beyond that has to be something that one of its
timers can have said; else it deviates.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.correspondence import Correspondence, Mismatch
from payrelay.conformance.course import (
    Arrives,
    Crashed,
    Done,
    Injected,
    Lost,
    Move,
    Next,
    Place,
    RanOut,
    Spoilt,
    is_taken,
)
from payrelay.conformance.deviations import Deviation, Stuck
from payrelay.conformance.disbelief import TERMS
from payrelay.conformance.reasons import problem_named
from payrelay.conformance.renaming import STRANGER, symbols_in
from payrelay.conformance.setting import Setting
from payrelay.conformance.subjects import Answered, Asked, Heard, Subject
from payrelay.host.answers import Waiting, awaited, awaits, is_pending, refused
from payrelay.host.identifiers import fresh_identifier
from payrelay.language.messages import Message, Stimulus
from payrelay.language.systems import Sent
from payrelay.language.terms import Sealed, Signed, Symbol, parts
from payrelay.model.data import CURRENT, EXPIRED
from payrelay.model.messages.registration import RegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest
from payrelay.model.open_values import OPEN_VALUES
from payrelay.wire import WritingError, expiry_of, write
from payrelay.wire.binding import from_request, from_response, to_request, to_response
from payrelay.wire.endpoints import endpoint_of
from payrelay.wire.exchange import Request, Response
from payrelay.wire.keyring import Keyring
from payrelay.wire.messages import read
from payrelay.wire.objects import lifetime_of
from payrelay.wire.problem_documents import Problem, problem_of
from payrelay.wire.problems import Malformed

JUST_BEFORE = 2
"""What was sent before so many moves may come after them: it crossed on its way with what was said in these."""
EARLIEST, EARLIEST_AGAIN = 0.5, 0.25
"""How much of its period must have passed of a timer that runs out by itself; and of one by which only what was said is
said again, as that does no harm, and no document says how early it may be."""
SAYS_AGAIN = frozenset(["retry_time"])
TAKEN = "202"
PAGE = "a page"
SUPERSEDED = "superseded"
TURNED_AWAY = frozenset([SUPERSEDED, "unavailable", "slow-down"])
"""The problems that a terminal's request may be answered by after it was held."""
BROKEN = frozenset(["truncated", "not_utf8", "byte_order_mark"])
"""The faults of bytes that break the signature of a message, too, where all of it is signed."""
OF_SIGNATURES = frozenset(problem_of(Malformed(reason)).name for reason in ("not_signed", "bad_signature"))
SEALED_ANEW = frozenset(
    ["answer", *(name.removeprefix("Sealed as ") for name in OPEN_VALUES.renewed if name.startswith("Sealed as "))]
)
"""The kinds of what a terminal may seal anew for each request."""


@dataclass
class Seen:
    """One message of a test, as it went over the wire."""

    message: Message
    """In the words of the model."""
    request: Request | None
    response: Response | None
    """For a message of the kit how it was answered; for an answer what it came in."""
    is_ours: bool
    answered: int = 0
    """How many messages had been seen when it was answered."""


class Step(NamedTuple):
    """One move of a test, as it began."""

    move: Move
    before: Place
    seen: int
    """How many messages had been seen before it."""


@dataclass
class Expected:
    """What is still to come of a step."""

    sent: list[Sent] = field(default_factory=list)
    answer: str = ""
    """How the request has to be answered: TAKEN, PAGE, or the type of a problem; nothing if there was none."""
    as_well: frozenset[str] = frozenset()
    """By which other problems it may be answered: where several apply, nothing says which is told."""
    number: int = 0
    """Which request that is. Others that were held may be answered meanwhile."""
    older: set[int] = field(default_factory=set)
    """Those that have to be, since the terminal has made another."""


class Performance:
    """One test, as far as it got."""

    def __init__(self, setting: Setting, subject: Subject, found: Correspondence) -> None:
        self.setting, self.subject, self.found = setting, subject, found
        self.course = setting.course
        self.place: Place = self.course.start
        self.patience = 5.0
        """How many seconds something may take that has to come."""
        self.quiescence = 0.0
        """After how many seconds in which nothing comes nothing more does."""
        self.seen: list[Seen] = []
        self.steps: list[Step] = []
        self.heard: Heard | None = None
        """What came last, whether it could be recognised or not."""
        self.lesser: list[Deviation] = []
        """What is refused as it must be, for another reason."""
        self._requests: dict[Message, Request] = {}
        """By message of the model that the kit has sent, as bytes."""
        self._crashed: set[str] = set()
        self._entered: dict[str, float] = {}
        """By machine of the parties under test, when it came into its state."""
        self._began = subject.now
        self._before: deque[tuple[Place, dict[str, float]]] = deque(maxlen=JUST_BEFORE)
        """Where the run was a moment ago, and since when."""
        self._waiting: dict[int, Seen] = {}
        """Requests of the kit that are not answered yet."""
        self._turned_away: set[Waiting] = set()
        """Requests of the kit's terminals that were held, and get no page any more, in the words of the model."""
        self._held: dict[Waiting, int] = {}
        """Requests of terminals under test that the kit has not answered yet, by their real names."""
        self._openings: dict[str, ProcedureRequest | RegistrationRequest] = {}
        """By terminal under test, the real request that opened its procedure."""

    @property
    def now(self) -> int:
        """The time, as the party under test has it."""
        return int(self.subject.now)

    # --- what the kit says

    def _say(self, sent: Sent) -> None:
        """Write down what a party of the kit sends, and learn what its signed and sealed objects are."""
        message = sent.message
        if message in self._requests:
            return
        ring = self._ring(message)
        try:
            real = self.found.message(message)
            reader = self.found.rings[real.receiver]
            if endpoint_of(real) is None:
                back: object = read(write(real, ring), reader, self.now)
            else:
                request = self._requests[message] = to_request(real, ring)
                back = from_request(request, reader, self.now)
        except WritingError as error:
            raise Stuck(f"{_named(message)} cannot be said so: {error}") from None
        if isinstance(back, Problem | Malformed):
            raise Stuck(f"{_named(message)} cannot be said so: {back}")
        try:
            self.found.match(message, back)
        except Mismatch as mismatch:  # something has run out meanwhile, of which the model's clock knows nothing
            raise Stuck(f"{_named(message)} cannot be said so any more: {mismatch}") from None

    def _ring(self, message: Message) -> Keyring:
        """The keys of whoever sends a message of the model."""
        self.found.at(self.now)
        ring = self.found.rings.get(self.found.party(message.sender))
        if ring is None:
            raise Stuck(f"nobody has the keys of {message.sender}")
        return ring

    def response_of(self, message: Message) -> Response:
        """The bytes of an answer to a terminal under test that the kit sends."""
        real = self.found.message(message)
        opening = self._openings.get(real.receiver)
        charset = opening.capabilities.charset if opening else "utf-8"
        ring = self._ring(message)
        assert ring.pen is not None
        nonce = fresh_identifier(ring.pen.random)
        return to_response(real, ring, next_nonce=nonce, opening=opening, charset=charset)

    def request_of(self, message: Message) -> Request:
        """The bytes of a message that the kit sends."""
        if message not in self._requests:
            self._say(Sent(0, message, ""))
            self.found.forget_stranger(STRANGER)
        return self._requests[message]

    # --- moves

    def perform(self, move: Move, response: Response | None = None) -> Next:
        """Make a move; `response` is sent in place of an answer to a terminal.

        Raises Deviation, and Stuck if the move cannot be made here.
        """
        if isinstance(move, Lost) or move.party not in self.setting.under_test:
            self.steps.append(Step(move, self.place, len(self.seen)))
            return self._play(move)
        self._settle()
        self.steps.append(Step(move, self.place, len(self.seen)))
        after, begins = self.course.after(self.place, move), self.subject.now
        if late := self._may_be_too_late(after):
            raise Stuck(f"what {_named(late)} is about may have run out meanwhile")
        expected = Expected(list(after.sent))
        match move:
            case Arrives(message) | Injected(message) if endpoint_of(message) is None:
                self._answer_held(move, message, after, response)
            case Spoilt(message, aspect, at) if endpoint_of(message) is None:
                self._answer_held(move, message, after, self._spoilt_answer(message, aspect, at))
            case Arrives(message) | Injected(message):
                expected.answer = self._answer(message, after)
                expected.older = self._older(message, expected.answer)
                expected.number = self._send(message, self.request_of(message))
            case Spoilt(message, aspect, at, refused):
                spoilt, peer = self._spoilt(message, aspect, at)
                if refused in TERMS:
                    expected.answer = self._answer(message, after)
                else:
                    expected.answer = problem_of(Malformed(refused)).name
                    if aspect in BROKEN and not self.request_of(message).body.startswith(b"{"):
                        expected.as_well = OF_SIGNATURES | {problem_of(Malformed("not_utf8")).name}
                expected.number = self._send(message, spoilt, peer)
            case RanOut(machine, timer):
                if not self.subject.run_out(move.party, timer):
                    raise Stuck(f"{timer} of {machine} cannot be made to run out here")
            case Crashed(party):
                self._crashed.add(party)
                self.found.forgotten |= self._forgotten(party, after.place)
                self._held = {waits: one for waits, one in self._held.items() if waits[0] != self.found.party(party)}
                if not self.subject.crash(party):
                    raise Stuck(f"{party} cannot be made to crash here")
            case Done(machine, stimulus):
                wanted = self.found.real(stimulus)
                is_offered = is_taken(after)
                if is_offered:
                    self._forget_renewed(stimulus)
                if not self.subject.do(move.party, wanted, is_offered=is_offered):
                    raise Stuck(f"{machine}: nobody can make the user of the party under test do {stimulus.event}")
        if after.place != self.place:
            self._be_at(after.place, begins)
        self._collect(expected)
        return after

    def _may_be_too_late(self, after: Next) -> Message | None:
        """A message of a move that may come to something else, as what it is about may have run out by now, of which
        the model's clock knows nothing: its receiver goes by what is in it, and by what it holds itself."""
        for moved in chain.from_iterable(reaction.moves for reaction in after.reactions):
            told = moved.received
            if not isinstance(told, Message) or getattr(told, "validity", EXPIRED) != CURRENT:
                continue
            signed = (one for thing in (told, moved.before.data) for one in parts(thing) if isinstance(one, Signed))
            if all(end is None or end > self.now for end in map(self._end_of, signed)):
                continue
            late: Any = {"validity": EXPIRED}
            table = self.course.system.instances[moved.machine].table
            if table.step(moved.before, replace(told, **late)) != moved.answer:
                return told
        return None

    def _end_of(self, signed: Signed) -> float | None:
        """When an object runs out; if the parties under test have it from each other, when it does so at the earliest,
        as it was signed in this test."""
        if (real := self.found.objects.get(signed)) is not None:
            return expiry_of(real)
        seconds = lifetime_of(type(signed.content))
        return None if seconds is None else self._began + seconds

    def _forgotten(self, party: str, place: Place) -> set[Symbol]:
        """What a party has made, and knows no more after a crash: its machines are where they began, or have it not."""
        told, made = set[Symbol](), set[Symbol]()
        for seen in self.seen:
            if not seen.is_ours and seen.message.sender == party:
                made |= symbols_in(seen.message) - told
            else:
                told |= symbols_in(seen.message)
        start, own = self.course.start.locals, self.course.system.machines_of[party]
        kept = (place.locals[number].data for number in own if place.locals[number] != start[number])
        return made.difference(*map(symbols_in, kept))

    def _be_at(self, place: Place, now: float) -> None:
        """The run is at another place."""
        self._before.append((self.place, dict(self._entered)))
        for instance, before, after in zip(self.course.system.instances, self.place.locals, place.locals, strict=True):
            if before.control != after.control:
                self._entered[instance.id] = now
        self.place = place

    def _older(self, message: Message, answer: str) -> set[int]:
        """The requests of the same terminal that are held still: if this one is taken, they are superseded."""
        if not self.subject.waits or answer != PAGE or awaits(message) is None:
            return set()
        return {number for number, sent in self._waiting.items() if _is_of_terminal(sent.message, message.sender)}

    def _send(self, message: Message, request: Request, peer: str | None = None) -> int:
        if waits := awaits(message):
            self._turned_away.discard(waits)
        number = self.subject.send(message.receiver, peer or self.found.party(message.sender), request)
        self._waiting[number] = Seen(message, request, None, is_ours=True)
        self.seen.append(self._waiting[number])
        return number

    def _spoilt(self, message: Message, aspect: str, at: str) -> tuple[Request, str | None]:
        """The bytes of a message with one thing wrong, and whom the channel shows if that is it."""
        request = self.request_of(message)
        for one in self.setting.spoilings(self.found, request.body, self.now):
            if (one.name, one.at) == (aspect, at):
                return replace(request, body=one.data), one.peer
        raise Stuck(f"{aspect} at {at or 'all of it'} cannot be made of this {_named(message)}")

    def _play(self, move: Move) -> Next:
        if isinstance(move, Done):
            self._forget_nonce(move.stimulus)
        if isinstance(move, Arrives) and move.message.sender in self.setting.under_test:
            self._see_that_it_came(move.message)
        after = self.course.after(self.place, move)
        for sent in after.sent:
            self._requests.pop(sent.message, None) if isinstance(move, Done) else None
            self._say(sent)
        self.place = after.place
        return after

    def _see_that_it_came(self, message: Message) -> None:
        """The page for a request that was turned away goes to nobody."""
        if not any(seen.message == message and not seen.is_ours for seen in self.seen):
            raise Stuck(f"{_named(message)} never came, as it need not")

    def _forget_nonce(self, stimulus: Stimulus) -> None:
        """A terminal takes a nonce anew for each request."""
        if (symbol := getattr(stimulus, "nonce", None)) is not None:
            self.found.forget(symbol)

    def _forget_renewed(self, stimulus: Stimulus) -> None:
        """And so does the party under test, which also seals anew what it proves its user with."""
        self._forget_nonce(stimulus)
        for known in tuple(self.found.objects):
            sealed = known[-1] if isinstance(known, tuple) else known  # beside what it stands in
            if isinstance(sealed, Sealed) and isinstance(sealed.content, Symbol) and sealed.content.kind in SEALED_ANEW:
                del self.found.objects[known]

    def _spoilt_answer(self, message: Message, aspect: str, at: str) -> Response:
        """The bytes of an answer to a terminal under test with one thing wrong."""
        response = self.response_of(message)
        for one in self.setting.spoilings(self.found, response.body, self.now):
            if (one.name, one.at) == (aspect, at) and one.peer is None:
                return replace(response, body=one.data)
        raise Stuck(f"{aspect} at {at or 'all of it'} cannot be made of this {_named(message)}")

    def _answer_held(self, move: Move, message: Message, after: Next, response: Response | None) -> None:
        """Answer a request of a terminal under test: that which a message answers, or, with what nobody has sent,
        whichever there is. A page whose request is not open any more goes to nobody; the model passes it over."""
        waits = awaited(self.found.message(message))
        if waits not in self._held and not isinstance(move, Arrives):
            waits = next((one for one in self._held if one[0] == waits[0]), waits)
        number = self._held.pop(waits, None)
        if number is None:
            if isinstance(move, Arrives) and not is_taken(after):
                return
            raise Stuck(f"{message.receiver} has no request that {_named(message)} can answer")
        response = response or self.response_of(message)
        self.seen.append(Seen(message, None, response, is_ours=True))
        self.subject.answer(number, response)

    def _answer(self, message: Message, after: Next) -> str:
        """How HTTP answers a request, given what the model's machines make of it."""
        waits = awaits(message)
        if not after.reactions:
            return "protocol-error" if waits else TAKEN
        reaction = after.reactions[0]
        if problem := refused(message, reaction):
            return problem.name
        if waits is None:
            return TAKEN
        replies = [one for one in after.sent if awaited(one.message) == waits]
        datas = [local.data for local in after.place.locals]
        return PAGE if replies or is_pending(waits, datas) else "protocol-error"

    # --- what comes back

    def rest(self) -> None:
        """See that nothing more comes, at the end of a run."""
        self._collect(Expected(), self.quiescence)

    def _settle(self) -> None:
        """Take what has come by now."""
        self._collect(Expected())

    def _collect(self, expected: Expected, quiescence: float = 0.0) -> None:
        """Take what comes until everything has come that must, and nothing more comes."""
        while True:
            expected.sent = [one for one in expected.sent if self._can_come(one.message)]
            is_due = bool(expected.sent) or expected.answer not in ("", PAGE) or bool(expected.older)
            # Of a request that is held nothing may be seen; what is said next must not overtake it.
            quiet = self.quiescence if expected.answer == PAGE else quiescence
            heard = self.heard = self.subject.hear(self.patience if is_due else quiet)
            match heard:
                case None if not is_due:
                    return
                case None:
                    self._missing(expected)
                case Asked():
                    self._asked(heard, expected)
                case Answered(number, response):
                    self._answered(number, response, expected)

    def _missing(self, expected: Expected) -> None:
        if expected.sent:
            raise Deviation("missing", f"no {_named(expected.sent[0].message)}", _names(expected.sent))
        if expected.answer not in ("", PAGE):
            raise Deviation("no_answer", f"no answer, expected {expected.answer}")
        older = self._waiting[min(expected.older)].message
        raise Deviation("no_answer", f"{_named(older)} is held still, and another came: expected {SUPERSEDED}")

    def _asked(self, asked: Asked, expected: Expected) -> None:
        party, receiver, request = asked.party, asked.receiver, asked.request
        real = from_request(request, self.found.rings[receiver], self.now)
        if isinstance(real, Problem):
            raise Deviation(
                "malformed", f"{party} -> {receiver} {request.path}: {real.name} {real.pointer}: {real.detail}"
            )
        if asked.number is not None and (waits := awaits(real)):
            self._held[waits] = asked.number
            if isinstance(real, ProcedureRequest | RegistrationRequest):
                self._openings[real.sender] = real
        again = self._said_before(request) if party in self._crashed else None
        message = self._recognised(real, expected, again)
        self.seen.append(Seen(message, request, None, is_ours=False))

    def _said_before(self, request: Request) -> Message | None:
        known = (one for one in self.seen if not one.is_ours and one.request is not None)
        return next((one.message for one in known if one.request.body == request.body), None)  # type: ignore[union-attr]

    def _answered(self, number: int, response: Response | None, expected: Expected) -> None:
        sent = self._waiting.pop(number)
        message, request = sent.message, sent.request
        assert request is not None
        sent.response, sent.answered = response, len(self.seen)
        expected.older.discard(number)
        waits = awaits(message)
        if response is None:
            if waits is None or (number == expected.number and expected.answer):
                raise Deviation("no_answer", f"{_named(message)} is not answered")
            return
        is_now = number == expected.number and bool(expected.answer)
        if response.status >= 500 and response.status != 503:
            raise Deviation("server_error", f"{_named(message)} is answered by {response.status}")
        if response.status == 200 and waits is not None:
            if is_now and expected.answer != PAGE:
                self._otherwise(message, PAGE, expected.answer)
            self._page(message, request, response, expected)
        else:
            said = TAKEN if response.status == 202 else problem_named(response, self.setting.reasons)
            if is_now and said != expected.answer and said not in expected.as_well:
                self._otherwise(message, said, expected.answer)
            if not is_now and waits is not None:
                self._turn_away(sent, waits, said)
        if is_now:
            expected.answer = ""

    def _turn_away(self, sent: Seen, waits: Waiting, said: str) -> None:
        """A request that was held gets no page: it has to be one that the terminal has made another after, or again."""
        later = self.seen[next(at for at, one in enumerate(self.seen) if one is sent) + 1 :]
        is_older = any(one.is_ours and _is_of_terminal(one.message, sent.message.sender) for one in later)
        if said not in TURNED_AWAY or (said == SUPERSEDED and not is_older):
            self._otherwise(sent.message, said, PAGE)
        if all(awaits(one.message) != waits for one in self._waiting.values()):
            self._turned_away.add(waits)

    def _can_come(self, message: Message) -> bool:
        """Whether a message has a way here: not the page of a request that was turned away, nor what is for a stranger,
        who has no URL that a system under test would know."""
        if endpoint_of(message) is None:
            return awaited(message) not in self._turned_away
        return not (self.subject.waits and message.receiver in BYSTANDERS.values())

    def _otherwise(self, message: Message, said: str, expected: str) -> None:
        what = f"{_named(message)} is answered by {said}, expected {expected}"
        if expected in (TAKEN, PAGE):
            raise Deviation("refused", what, [expected])
        if said in (TAKEN, PAGE):
            raise Deviation("not_refused", what, [expected])
        self.lesser.append(Deviation("wrong_problem", what, [expected]))

    def _page(self, message: Message, request: Request, response: Response, expected: Expected) -> None:
        self.found.at(self.now)
        ring = self.found.rings[self.found.party(message.sender)]
        real = from_response(response, request, ring, self.now)
        if not isinstance(real, Message):
            detail = f"{real.name} {real.pointer}: {real.detail}" if real else "nothing"
            raise Deviation("malformed", f"the answer to {_named(message)}: {detail}")
        again = self._answered_before(message, real)
        self.seen.append(Seen(self._recognised(real, expected, again), request, response, is_ours=False))

    def _answered_before(self, request: Message, real: Message) -> Message | None:
        """The page that answered a request before: of a request that came twice, both are answered by it."""
        for seen in self.seen:
            if not seen.is_ours and seen.response is not None and awaited(seen.message) == awaits(request):
                attempt = self.found.copy()
                try:
                    attempt.match(seen.message, real)
                except Mismatch:
                    continue
                return seen.message
        return None

    def _recognised(self, real: Message, expected: Expected, again: Message | None = None) -> Message:
        """The message of the model that one is which came; `again` is what it was if it came before.

        Whoever comes back from a crash cannot know what had left, and says it again: it is under way once more.
        """
        trouble = self._among(real, expected)
        if isinstance(trouble, Message):
            return trouble
        if found := self._by_a_timer(real, expected):
            return found
        late, said = self._late(real), self._said_again(real)
        if late is not None and said is None:
            raise Stuck(f"{_named(real)} comes of a timer that ran out as something else was said")
        again = again or (said if late is not None else None)
        if again is not None:
            self.place = Place(self.place.locals, (*self.place.under_way, again))
            return again
        if trouble is not None:
            raise Deviation("wrong_content", f"{_told(real)}: {trouble}", _names(expected.sent), trouble.path)
        raise Deviation("unexpected", f"{_told(real)} comes", _names(expected.sent))

    def _among(self, real: Message, expected: Expected) -> Message | Mismatch | None:
        """Which of those that are expected it is; what differs, if it is like one of them; None if it is like none."""
        trouble: Mismatch | None = None
        for sent in expected.sent:
            if type(sent.message) is not type(real) or self.found.party(sent.message.receiver) != real.receiver:
                continue
            attempt = self.found.copy()
            try:
                attempt.match(sent.message, real)
            except Mismatch as mismatch:
                trouble = trouble or mismatch
                continue
            self.found.__dict__.update(attempt.__dict__)
            expected.sent.remove(sent)
            return sent.message
        return trouble

    def _by_a_timer(self, real: Message, expected: Expected) -> Message | None:
        if not self.subject.waits:  # time is what the test makes it
            return None
        for timer in self.course.timers(self.place):
            if not self._may_have_run_out(timer, self._entered):
                continue
            after = self.course.after(self.place, timer)
            of_timer = Expected(list(after.sent))
            found = self._among(real, of_timer)
            if isinstance(found, Message):
                self._be_at(after.place, self.subject.now)
                expected.sent.extend(of_timer.sent)
                return found
        return None

    def _late(self, real: Message) -> Message | None:
        """What a timer can have sent that ran out before the last thing was heard that was said."""
        if not self.subject.waits:
            return None
        for place, entered in self._before:
            for timer in self.course.timers(place):
                if self._may_have_run_out(timer, entered):
                    found = self._among(real, Expected(list(self.course.after(place, timer).sent)))
                    if isinstance(found, Message):
                        return found
        return None

    def _may_have_run_out(self, timer: RanOut, entered: Mapping[str, float]) -> bool:
        """Whether a timer of the party under test has run long enough since its machine has entered its state."""
        least = EARLIEST_AGAIN if timer.timer in SAYS_AGAIN else EARLIEST
        waited = self.subject.now - entered.get(timer.machine, self._began)
        return timer.party in self.setting.under_test and waited >= least * self.setting.period(timer.timer)

    def _said_again(self, real: Message) -> Message | None:
        """What a message is that the party under test has said before."""
        for seen in self.seen:
            if not seen.is_ours and type(seen.message) is type(real):
                try:
                    self.found.copy().match(seen.message, real)
                except Mismatch:
                    continue
                return seen.message
        return None


def _is_of_terminal(message: Message, sender: str) -> bool:
    return message.sender == sender and awaits(message) is not None


def _named(message: Message) -> str:
    return f"{type(message).__name__} from {message.sender} to {message.receiver}"


def _told(real: Message) -> str:
    """What came, for people; with the reason that it gives, if it gives one."""
    reason = getattr(real, "code", "") or getattr(real, "reason", "")
    return f"{_named(real)} ({reason})" if reason else _named(real)


def _names(sent: Iterable[Sent]) -> list[str]:
    return [_named(one.message) for one in sent]
