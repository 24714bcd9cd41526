"""`payrelay check-trace` reads HTTP archives: a run of the model as it would be recorded, and what is not one."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.wire.runs import run_of
from tests.wire.travelling import identifier

from payrelay.cli.catalogue import Catalogue, payments
from payrelay.model.data import SECURITIES
from payrelay.model.messages.purchase import AuthorizationRequest, OrderAck
from payrelay.model.messages.terminal_edge import TerminalAnswer
from payrelay.model.scenarios import SCENARIOS
from payrelay.wire.binding import to_request, to_response
from payrelay.wire.exchange import Exchange, Request, Response
from payrelay.wire.har import archive_of

pytestmark = pytest.mark.slow

LEVELS = {security: ("--configuration", f"faults wallets=1 security={security}") for security in SECURITIES}
PLAIN = LEVELS["plain"]


@pytest.fixture(scope="module")
def model() -> Catalogue:
    return payments()


def recorded(scenario_name: str, security: str) -> list[Exchange]:
    """A scenario as a proxy records it that sees everything, the answers held as long as they take."""
    (scenario,) = [one for one in SCENARIOS if one.name == scenario_name]
    run, happenings = run_of(scenario, security)
    for happening in happenings:
        run.take(happening)
    exchanges = []
    held: dict[str, tuple[int, Request]] = {}
    for second, delivery in enumerate(run.deliveries, 1):
        message, data = delivery.sent, delivery.data
        ring = run.rings[message.sender]
        if isinstance(message, TerminalAnswer | OrderAck):
            begun, request = held.pop(message.receiver)
            nonce = identifier("request_nonce", str(second))
            response = to_response(message, ring, next_nonce=nonce)
            exchanges.append(Exchange(request, response, at(begun), second - begun))
            continue
        request = to_request(message, ring)
        assert request.body == data
        if message.sender.startswith("terminal"):
            held[message.sender] = second, request
        else:
            exchanges.append(Exchange(request, Response(202), at(second), 0.5))
    return exchanges


@pytest.fixture(scope="module")
def purchase() -> list[Exchange]:
    """A purchase in which nothing goes wrong."""
    return recorded("happy_path", "plain")


def at(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z"


def written(folder: Path, exchanges: list[Exchange]) -> str:
    file = folder / "recorded.har"
    file.write_text(archive_of(exchanges, "test", "1"), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("security", SECURITIES)
def test_a_recorded_purchase_is_explained(run: Run, model: Catalogue, security: str, tmp_path: Path) -> None:
    file = written(tmp_path, recorded("happy_path", security))
    ran = run("check-trace", file, *LEVELS[security], "--json", model=model)
    document = json.loads(ran.out)
    assert (ran.code, ran.err, document["verdict"]) == (0, "", "explained")
    exhibited = [one for claim in document["claims"] for one in claim["elements"] if one["verdict"] == "exhibited"]
    assert len(exhibited) > 10


def test_a_purchase_that_was_tampered_with_is_not(
    run: Run, model: Catalogue, purchase: list[Exchange], tmp_path: Path
) -> None:
    name = AuthorizationRequest.__name__.encode()
    forged = [
        replace(one, request=replace(one.request, body=one.request.body.replace(b'"value":2', b'"value":1')))
        if name in one.request.body
        else one
        for one in purchase
    ]
    assert forged != purchase
    ran = run("check-trace", written(tmp_path, forged), *PLAIN, model=model)
    assert (ran.code, ran.err) == (1, "")
    assert "AuthorizationRequest" in ran.out


def test_an_archive_comes_from_standard_input_as_well(
    run: Run, model: Catalogue, purchase: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(archive_of(purchase, "test", "1").encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run("check-trace", "-", *PLAIN, model=model).code == 0


def test_an_archive_is_drawn(run: Run, model: Catalogue, purchase: list[Exchange], tmp_path: Path) -> None:
    ran = run("draw", "sequence", written(tmp_path, purchase), *PLAIN, model=model)
    assert ran.code == 0
    assert "PaymentProcessingRequest" in ran.out


def test_an_archive_of_other_traffic_checks_nothing(run: Run, model: Catalogue, tmp_path: Path) -> None:
    elsewhere = Exchange(Request("GET", "https://example.org/"), Response(200), "2026-01-01")
    ran = run("check-trace", written(tmp_path, [elsewhere]), *PLAIN, model=model)
    assert (ran.code, ran.err) == (4, "")


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda text: text[: len(text) // 2], "expected one JSON object"),
        (lambda text: text.replace('"entries"', '"entry"'), "log.entries: expected a list"),
    ],
)
def test_invalid_archives_are_refused_in_one_line(
    break_it: Callable[[str], str],
    said: str,
    run: Run,
    model: Catalogue,
    purchase: list[Exchange],
    tmp_path: Path,
) -> None:
    file = Path(written(tmp_path, purchase))
    file.write_text(break_it(file.read_text(encoding="utf-8")), encoding="utf-8")
    ran = run("check-trace", str(file), *PLAIN, model=model)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"payrelay: {file}: {said}")
    assert ran.err.count("\n") == 1
