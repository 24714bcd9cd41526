"""Schemathesis on the OpenAPI documents, against a party that runs as a process of its own.

Schemathesis makes the cases and judges the answers: no server error, no status, media type or body that the document
does not have, no method beside those that it has, nothing without the token that it asks for. One check is added, since
a body is signed and sealed on its way: what the document allows is not refused for its form, and what it does not
allow is not taken.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

import schemathesis
from schemathesis import CheckContext, HookContext, Response
from schemathesis.checks import CHECKS
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.hooks import unregister
from tests.fuzz.documents import TEXTS, part_of, validator_of, with_contents
from tests.fuzz.found import OPEN, PAST, REFUSED, Found
from tests.fuzz.hand import Hand
from tests.fuzz.neighbourhood import SERVER, Neighbourhood, at_work

from payrelay.model.conversion import CAPABILITIES
from payrelay.model.links import TERMINAL_EDGE
from payrelay.reference_impl.settings import Settings
from payrelay.wire.endpoints import PREFIX, endpoint_at
from payrelay.wire.exchange import FORM, JOSE, JSON
from payrelay.wire.exchange import Response as Answered
from payrelay.wire.openapi import document_of
from payrelay.wire.problem_documents import TYPES
from payrelay.wire.set_up import set_up_at
from payrelay.wire.shapes import TEXT_FORMAT

Json = Any
Case = schemathesis.Case[Any]
SEED = 20_260_101
EVERY_PHASE = ("examples", "coverage", "fuzzing")
"""What Schemathesis does: nothing here leads from one answer to another request, as a link of OpenAPI would."""
ENOUGH_FOR_ALL = 2000
"""So many cases leave room for those that Schemathesis enumerates: every member of every body, wrong in every way."""
MOST_EXAMPLES = 10
"""Of each operation in one turn: so each is reached again while what others began goes on."""
WORKERS = 2
"""At each listener. While one case is held others are sent, which may be what it waits for."""
OF_PYTHON = "AST constructor recursion depth mismatch"
"""A fault of Python 3.11 if two threads parse at once, as Hypothesis does: then nothing was sent."""
HEADS = ("", "/message", "/sender", "/receiver")
"""Where a message is refused before it is known who sends it."""
OF_THE_SHOP = ("not_a_value", "/cart")
"""No document can list what a shop sells."""


class _Fuzzing:
    """One party, while it is fuzzed."""

    def __init__(self, around: Neighbourhood, party: str, found: Found) -> None:
        self.settings, self.session, self.found = around.settings[party], around.session, found
        self.hand = Hand(party, found.security, around.rings, around.familiar, around.random)
        self.lock = Lock()

    # --- what Schemathesis calls

    def fit(self, case: Case) -> None:
        """Let a case name whom there is."""
        if case.query:
            case.query = self.hand.asked(case.query)
        if not isinstance(case.body, dict):
            return
        case.body = (self.hand.form if case.media_type == FORM else self.hand.fitted)(case.body, case.path)

    def learn(self, case: Case, response: Response) -> None:
        """Learn from an answer, and from what was taken."""
        if response.status_code == 200:
            headers = tuple((name, value) for name, values in response.headers.items() for value in values)
            self.hand.familiar.hear_answer(Answered(response.status_code, headers, response.content))
        if response.status_code in (200, 202, 204):
            self.hand.familiar.learn(self.hand.sent.get(case.id))

    def check_form(self, case: Case, response: Response) -> None:
        """What the document allows is not refused for its form, and what it does not allow is not taken."""
        validator = validator_of(self.found.role, self.found.security, case.path, case.method)
        if validator is None or case.media_type == FORM or case.id not in self.hand.sent:
            return
        sent = self.hand.sent[case.id]
        is_allowed = validator.is_valid(sent)
        if response.status_code == 400 and is_allowed and self._is_right_media(case):
            problem = _json_of(response.content) or {}
            if (problem.get("reason"), problem.get("pointer")) == OF_THE_SHOP:
                return
            raise AssertionError(f"refused for its form: {problem.get('reason')} at {_place(problem.get('pointer'))}")
        if response.status_code < 300 and not is_allowed:
            error = next(iter(validator.iter_errors(sent)))
            raise AssertionError(f"taken, though the document does not allow it: {error.message[:80]}")

    def _is_right_media(self, case: Case) -> bool:
        return str(case.headers.get("content-type", case.media_type)).split(";")[0] in (JSON, JOSE, case.media_type)

    # --- counting

    def count(self, case: Case, response: Response) -> None:
        """Count a case and its answer."""
        found, status = self.found, str(response.status_code)
        found.cases += 1
        found.statuses[status] += 1
        raw = case.operation.definition.raw
        if case.method.lower() == case.operation.method.lower():
            found.answers[raw["operationId"], status] += 1
        found.standing[self._standing(case, response)] += 1

    def judge(self, recorder: ScenarioRecorder) -> None:
        """Count what was sent, and note what checks found."""
        with self.lock:
            self._judge(recorder)

    def _judge(self, recorder: ScenarioRecorder) -> None:
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is not None and interaction.response is not None:
                self.count(node.value, interaction.response)
            self.hand.sent.pop(case_id, None)
        for one in (check for checks in recorder.checks.values() for check in checks):
            if one.failure_info is not None:
                failure = one.failure_info.failure
                title = f"{recorder.label}: {one.name}: {failure.title}: {' '.join(failure.message.split())[:200]}"
                self.found.note(title, one.failure_info.code_sample)

    def _standing(self, case: Case, response: Response) -> str:
        endpoint, status = endpoint_at(case.path), response.status_code
        is_set_up = set_up_at(case.path) is not None
        if not is_set_up and (endpoint is None or (endpoint.has_answer and endpoint.link != TERMINAL_EDGE.name)):
            return OPEN
        problem = (_json_of(response.content) if status in (400, 403) else None) or {}
        is_between_servers = endpoint is not None and not endpoint.has_answer
        is_past = (
            status in (200, 202, 204, 409)
            or problem.get("type") == TYPES["wrong-inquiry-token"].uri
            # The token of the set-up comes before its body, a server's name and signature before what it says.
            or (status == 400 and is_set_up)
            or (status == 400 and is_between_servers and problem.get("pointer", "") not in HEADS)
        )
        return PAST if is_past else REFUSED


def _json_of(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _place(pointer: object) -> str:
    """A pointer without the numbers in it."""
    return "/".join("N" if part.isdigit() else part for part in str(pointer or "").split("/"))


# --- running


@contextmanager
def _calling(fuzzing: _Fuzzing) -> Iterator[None]:
    """Schemathesis with the hooks of a party."""

    def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        fuzzing.fit(case)

    def after_call(context: HookContext, case: Case, response: Response) -> None:
        fuzzing.learn(case, response)

    def form_as_documented(context: CheckContext, response: Response, case: Case) -> None:
        fuzzing.check_form(case, response)

    schemathesis.hook(before_call)
    schemathesis.hook(after_call)
    schemathesis.check(form_as_documented)
    schemathesis.serializer(JSON)(lambda context, body: fuzzing.hand.json(context.case.id, body))
    schemathesis.serializer(JOSE)(lambda context, body: fuzzing.hand.jws(context.case.id, body, context.case.path))
    schemathesis.openapi.format(TEXT_FORMAT, TEXTS)
    try:
        yield
    finally:
        unregister(before_call)
        unregister(after_call)
        CHECKS.unregister("form_as_documented")


def configuration(
    url: str, seed: int, examples: int, phases: tuple[str, ...], token: str, session: str
) -> schemathesis.Config:
    """What Schemathesis is told. Whether bodies are refused as they should be is checked of what is really sent."""
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            "base-url": url,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "workers": WORKERS,
            "request-timeout": 60,
            "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
            "phases": {phase: {"enabled": phase in phases} for phase in (*EVERY_PHASE, "stateful")},
            "checks": {check: {"enabled": False} for check in ("positive_data_acceptance", "negative_data_rejection")},
            "auth": {"openapi": {"setup": {"bearer": token}, "session": {"api_key": session}}},
        }
    )


def parts(settings: Settings) -> list[tuple[str, tuple[str, ...]]]:
    """The URLs of a party's listeners, and what begins the paths that each serves."""
    server = str(settings.server.url)
    if settings.terminals is None:
        return [(server, ("/",))]
    edge = f"{PREFIX}/{TERMINAL_EDGE.name}/"
    others = {f"{path.rpartition('/')[0]}/" for path in document_of(settings.role)["paths"]} - {edge}
    return [(str(settings.terminals.url), (edge,)), (server, tuple(sorted(others)))]


def fuzz(
    roles: Iterable[str],
    security: str,
    cases: int,
    folder: Path,
    *,
    seed: int = SEED,
    is_alone: bool = False,
    module: str = SERVER,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> list[Found]:
    """Send at least so many cases to a party of each role of a new system at work; or to a party that is alone."""
    made = []
    alone = next(iter(roles)) if is_alone else ""
    with at_work(security, folder, seed, alone=alone, module=module, environment=environment) as neighbourhood:
        neighbourhood.familiar.keep("capabilities", *map(asdict, CAPABILITIES.values()))
        for role in roles:
            party = neighbourhood.party_of(role)
            fuzzing = _Fuzzing(neighbourhood, party, Found(role, security))
            with _calling(fuzzing):
                _run(fuzzing, cases, seed)
            made.append(fuzzing.found)
            print(fuzzing.found.line, file=sys.stderr, flush=True)
        ended = neighbourhood.end()
        for found in made:
            party = neighbourhood.party_of(found.role)
            heard = neighbourhood.familiar.heard.items()
            found.told = Counter({message: number for (sender, message), number in heard if sender == party})
            if party in ended:
                found.note(f"{party} did not end well", ended[party])
    return made


def _run(fuzzing: _Fuzzing, cases: int, seed: int) -> None:
    """Run Schemathesis, once and, if that was too little, with more seeds."""
    settings = fuzzing.settings
    document = with_contents(document_of(fuzzing.found.role, fuzzing.found.security))
    operations = sum(len(item) for item in document["paths"].values())
    phases = EVERY_PHASE if cases >= ENOUGH_FOR_ALL else EVERY_PHASE[-1:]
    for turn in itertools.count():
        examples = max(2, min(MOST_EXAMPLES, -(-(cases - fuzzing.found.cases) // operations)))
        with ThreadPoolExecutor() as together:
            runs = []
            for url, prefixes in parts(settings):
                told = configuration(url, seed + turn, examples, phases, settings.setup.token, fuzzing.session)
                runs.append(together.submit(_engine, fuzzing, part_of(document, prefixes), told))
            for one in runs:
                one.result()
        if fuzzing.found.cases >= cases or fuzzing.found.failures:
            return
        phases = EVERY_PHASE[-1:]


def _engine(fuzzing: _Fuzzing, document: Json, config: schemathesis.Config) -> None:
    for event in from_schema(schemathesis.openapi.from_dict(document, config=config)).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError) and OF_PYTHON not in str(event.value):
            fuzzing.found.note(f"{event.label}: {event.value!r:.200}", str(event.info.code_sample))
        if isinstance(event, events.ScenarioFinished):
            fuzzing.judge(event.recorder)
