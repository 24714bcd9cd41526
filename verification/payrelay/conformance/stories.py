"""Stories: what happened in a test, row by row, as it stands in its report.

A move of the model is a row, and so is every message of the party under test, and every answer that is more than
"taken". Of what the parties of the kit say to each other nothing went over a wire. The last row of a test that failed
is the one at which it did: what came and must not, or what must have come and did not.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from payrelay.conformance.course import Arrives, Crashed, Done, Injected, Lost, Place, RanOut, Spoilt
from payrelay.conformance.deviations import Deviation
from payrelay.conformance.facts import ASPECTS, as_taken, can_be_made
from payrelay.conformance.performance import Performance, Seen, Step
from payrelay.conformance.redaction import Redaction
from payrelay.conformance.subjects import Answered, Asked
from payrelay.language.messages import Input, Message
from payrelay.language.traces import essentials, plain_input
from payrelay.wire.endpoints import endpoint_at
from payrelay.wire.event_log import observed
from payrelay.wire.exchange import Headers, Request, Response
from payrelay.wire.problem_documents import problem_in

USER = "user"
NEVER_CAME = frozenset({"missing", "no_answer"})
"""The deviations that are something that does not come."""


@dataclass
class Row:
    """One thing that happened."""

    n: int
    move: str
    """arrives, injected, spoilt, lost, user, timeout or crash for what the kit does; sends or answers for the party
    under test; missing for what must have come and did not."""
    sender: str
    receiver: str
    message: str
    fields: tuple[str, ...] = ()
    """What it says, in words of the model."""
    is_ours: bool = True
    http: dict[str, Any] | None = None
    """What went over the wire: {method, path, headers, body, status, answer}."""
    state_before: dict[str, str] = field(default_factory=dict)
    """The states of the machines that take part, by their ids; only of parties under test."""
    state_after: dict[str, str] = field(default_factory=dict)
    """The states in which they must be then."""
    allowed: tuple[str, ...] = ()
    """What has to come of it; or, of what must not come, what might have come instead."""
    is_failing: bool = False

    def to_json(self) -> dict[str, Any]:
        """The row as a JSON object."""
        found = asdict(self)
        found["from"], found["to"] = found.pop("sender"), found.pop("receiver")
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def story(performance: Performance, deviation: Deviation | None, redaction: Redaction) -> list[Row]:
    """What happened in a test."""
    return _Story(performance, deviation, redaction).rows


class _Story:
    def __init__(self, performance: Performance, deviation: Deviation | None, redaction: Redaction) -> None:
        self.performance, self.deviation, self.redaction = performance, deviation, redaction
        self.under_test = performance.setting.under_test
        self.course = performance.course
        redaction.learn(performance.found.names)
        self.rows: list[Row] = []
        steps = performance.steps
        for number, step in enumerate(steps):
            is_last = number == len(steps) - 1
            after = performance.place if is_last else steps[number + 1].before
            until = len(performance.seen) if is_last else steps[number + 1].seen
            self._step(step, after, performance.seen[step.seen : until])
            for one in performance.seen:
                if one.is_ours and one.response is not None and step.seen < one.answered <= until:
                    self._refused(one, one.response)
        if deviation is not None:
            self._fail(deviation)

    # --- what happened

    def _add(self, move: str, sender: str, receiver: str, said: Input | str, **more: Any) -> Row:
        name = said if isinstance(said, str) else type(said).__name__
        fields = () if isinstance(said, str) else essentials(plain_input(said))
        row = Row(len(self.rows) + 1, move, sender, receiver, name, tuple(fields), **more)
        self.rows.append(row)
        return row

    def _step(self, step: Step, after: Place, seen: list[Seen]) -> None:
        move = step.move
        states = self._states(step, after)
        ours = next((one for one in seen if one.is_ours), None)
        match move:
            case Arrives(message) | Injected(message) | Spoilt(message):
                word = {Injected: "injected", Spoilt: "spoilt"}.get(type(move), "arrives")
                of = ours.request if ours else None
                http = self._exchange(of, ours.response if ours else None)
                said = (move.chosen if isinstance(move, Arrives) else None) or message
                # What the party under test sent was told of when it came; here it is taken by a party of the kit.
                if ours or message.sender not in self.under_test:
                    row = self._add(word, message.sender, message.receiver, said, http=http, **states)
                    if isinstance(move, Spoilt):
                        row.fields = (f"{ASPECTS.get(move.aspect, move.aspect)}{f': {move.at}' if move.at else ''}",)
            case Lost(message):
                self._add("lost", message.sender, message.receiver, message)
            case Done(_, stimulus):
                self._add("user", USER, move.party, stimulus)
            case RanOut(_, timer):
                self._add("timeout", move.party, move.party, timer, **states)
            case Crashed(party):
                self._add("crash", party, party, "crash", **states)
        for one in seen:
            self._came(one)

    def _came(self, seen: Seen) -> None:
        if seen.is_ours:
            return
        message = seen.message
        if seen.response is not None:
            http = self._response(seen.response)
            self._add("answers", message.sender, message.receiver, message, is_ours=False, http=http)
        else:
            http = self._exchange(seen.request, Response(202))
            self._add("sends", message.sender, message.receiver, message, is_ours=False, http=http)

    def _refused(self, seen: Seen, response: Response) -> None:
        if response.status not in (200, 202):
            self._answer(seen, response)

    def _answer(self, seen: Seen, response: Response) -> Row:
        message = seen.message
        plain = {200: "200, a page", 202: "202, taken"}
        said = plain.get(response.status) or f"{response.status} {problem_in(response).name}".strip()
        http = self._response(response)
        return self._add("answers", message.receiver, message.sender, said, is_ours=False, http=http)

    def _states(self, step: Step, after: Place) -> dict[str, Any]:
        """The states of the machines of the party that moves, and what has to come of it."""
        move = step.move
        if isinstance(move, Lost) or move.party not in self.under_test:
            return {}
        next_ = self.course.after(step.before, as_taken(move)) if can_be_made(step.before, move) else None
        taken = {moved.machine for reaction in next_.reactions for moved in reaction.moves} if next_ else set()
        before, then = {}, {}
        for number in self.course.system.machines_of[move.party]:
            one, other = step.before.locals[number].control, after.locals[number].control
            if number in taken or one != other:
                id_ = self.course.system.instances[number].id
                before[id_], then[id_] = one, other
        allowed = tuple(_named(sent.message) for sent in next_.sent) if next_ else ()
        return {"state_before": before, "state_after": then, "allowed": allowed}

    # --- where it failed

    def _fail(self, deviation: Deviation) -> None:
        heard = self.performance.heard
        allowed = tuple(map(self.redaction.text, deviation.expected))
        if deviation.kind in NEVER_CAME:
            self._never(deviation, allowed)
        elif isinstance(heard, Asked):
            self._strange(heard, allowed)
        else:
            self._answered(deviation, allowed)

    def _never(self, deviation: Deviation, allowed: tuple[str, ...]) -> None:
        last = next((row for row in reversed(self.rows) if row.is_ours), None)
        if deviation.kind == "missing" and deviation.expected:
            name, sender, receiver = _parted(deviation.expected[0])
        else:
            name, sender, receiver = "an answer", last.receiver if last else "", last.sender if last else ""
        row = self._add("missing", sender, receiver, name, is_ours=False, is_failing=True, allowed=allowed)
        row.fields = ("never came",)

    def _strange(self, heard: Asked, allowed: tuple[str, ...]) -> None:
        """A request that must not come, or not so."""
        found = self.performance.found
        if (real := observed(heard.request.body)) is not None:
            self.redaction.learn_from(real)
        endpoint = endpoint_at(heard.request.path)
        said = endpoint.message.__name__ if endpoint else heard.request.path
        http = self._exchange(heard.request, Response(202))
        model = {real_name: name for name, real_name in found.parties.items()}
        receiver = model.get(heard.receiver, heard.receiver)
        options: dict[str, Any] = {"is_ours": False, "is_failing": True, "allowed": allowed}
        self._add("sends", heard.party, receiver, said, http=http, **options)

    def _answered(self, deviation: Deviation, allowed: tuple[str, ...]) -> None:
        """An answer that must not come, or not so."""
        heard = self.performance.heard
        response = heard.response if isinstance(heard, Answered) else None
        of = (one for one in self.performance.seen if one.is_ours and one.response is response)
        asked = next(of, None)
        if response is None or asked is None:
            self._never(deviation, allowed)
            return
        row = self.rows[-1] if self.rows and self.rows[-1].http == self._response(response) else None
        row = row or self._answer(asked, response)
        row.is_failing, row.allowed = True, allowed

    # --- HTTP

    def _exchange(self, request: Request | None, response: Response | None) -> dict[str, Any] | None:
        if request is None:
            return None
        return {
            "method": request.method,
            "path": self.redaction.text(request.target),
            "headers": self._headers(request.headers),
            **self._body(request.body),
            "status": response.status if response else None,
            "answer": self._response(response) if response and response.status != 202 else None,
        }

    def _response(self, response: Response | None) -> dict[str, Any] | None:
        if response is None:
            return None
        return {"status": response.status, "headers": self._headers(response.headers), **self._body(response.body)}

    def _headers(self, headers: Headers) -> list[list[str]]:
        return self.redaction.headers(headers)

    def _body(self, body: bytes) -> dict[str, str]:
        try:
            return {"body": self.redaction.text(body.decode())}
        except UnicodeDecodeError:
            return {"body": base64.b64encode(body).decode(), "encoding": "base64"}


def _named(message: Message) -> str:
    return f"{type(message).__name__} from {message.sender} to {message.receiver}"


def _parted(named: str) -> tuple[str, str, str]:
    """A message's name, its sender and its receiver, as `_named` puts them together."""
    name, _, ends = named.partition(" from ")
    sender, _, receiver = ends.partition(" to ")
    return name, sender, receiver


def rows_of(steps: list[dict[str, Any]]) -> Iterator[Row]:
    """The rows in the JSON of a result."""
    for step in steps:
        kept = {name: value for name, value in step.items() if name not in ("from", "to")}
        kept["fields"], kept["allowed"] = tuple(step["fields"]), tuple(step["allowed"])
        yield Row(sender=step["from"], receiver=step["to"], **kept)
