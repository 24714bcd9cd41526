"""The running system, driven by the model's steps: whatever users, networks and crashes do, all it says is the model's.

Users decide; requests are late, doubled or lost, answers are lost; timers run out; servers crash and come back with
nothing but their databases. When it is over, each line of the log of every run is one of a run of the model, the books
agree, nothing of payment information came to the terminal (a leak that is planted in each run is seen), no request of
the terminal has more answers than it has arrived times, and pages of progress come in time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.host.following import unexplained
from tests.host.test_canary import canaries, leaks, show_nonce
from tests.host.test_random_runs import SHORT, comes_to_rest
from tests.host.town import DECISIONS, TERMINAL, Town
from tests.reference_impl.test_audit import books_agree

from payrelay.host.memory import MemoryStorage
from payrelay.host.storage import Storage
from payrelay.language.edits import Act
from payrelay.language.messages import Stimulus
from payrelay.language.observations import RECEIVED, SENT, Event
from payrelay.model.configurations import FAULTS
from payrelay.model.messages import user
from payrelay.model.timers import HOLD_TIME
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.wire.exchange import Response
from payrelay.wire.set_up import Decision

pytestmark = pytest.mark.slow

SERVERS = ("relay", "shop", "wallet-1", "payment")
CHOICES: dict[str, tuple[tuple[type[Stimulus], dict[str, Any]], ...]] = {
    **{control: (one,) for control, one in DECISIONS.items() if control not in ("failed", "done")},
    "selecting": ((user.UserChooses, {"index": 1}), (user.UserChooses, {"index": 2}), (user.UserCancels, {})),
    "confirming": ((user.UserConfirms, {}), (user.UserCancels, {})),
}
"""What a user can do who pays once, by what the terminal shows."""
RARELY = st.sampled_from((False, False, False, True))
"""Whether something happens that would end most payments, were it to happen often."""
WHERE = st.integers(0, 7)
"""Which of the requests that are under way."""


class Payment(RuleBasedStateMachine):
    """One payment, and all that can happen to it."""

    edits: Any = ()

    @initialize(
        wallets=st.sampled_from((1, 2)),
        security=st.sampled_from(("hardened", "plain")),
        issuer=st.sampled_from(Decision),
    )
    def begin(self, wallets: int, security: str, issuer: Decision) -> None:
        self.folder = TemporaryDirectory()
        configuration = replace(
            FAULTS, wallets=wallets, security=security, capability="plain_text", nonces="each", ordering=False
        )
        self.configuration = configuration
        store = partial(opened, Path(self.folder.name))
        self.town = Town(wallets=wallets, security=security, issuer=issuer, store=store, edits=self.edits, order=True)
        self.network = self.town.network

    @property
    def choices(self) -> tuple[tuple[type[Stimulus], dict[str, Any]], ...]:
        return CHOICES.get(self.town.control(TERMINAL, "purchase"), ())

    @precondition(lambda self: self.choices)
    @rule(which=st.integers(0, 2))
    def user_decides(self, which: int) -> None:
        stimulus, fields = self.choices[which % len(self.choices)]
        if fields.get("index", 1) <= len(self.town.wallets):
            self.town.begins(stimulus, **fields)

    @precondition(lambda self: self.choices)
    @rule()
    def user_goes_on(self) -> None:
        stimulus, fields = self.choices[0]
        self.town.does(stimulus, **fields)

    def arrives(self, where: int, copies: int) -> None:
        self.network.under_way.rotate(-(where % len(self.network.under_way)))
        self.network.copies = lambda _flight: copies
        self.network.deliver()
        self.network.copies = lambda _flight: 1

    @precondition(lambda self: self.network.under_way)
    @rule(where=WHERE)
    def request_arrives(self, where: int) -> None:
        self.arrives(where, 1)

    @precondition(lambda self: self.network.under_way)
    @rule()
    def all_arrive(self) -> None:
        self.network.settle()

    @precondition(lambda self: self.network.under_way)
    @rule(where=WHERE)
    def request_arrives_twice(self, where: int) -> None:
        self.arrives(where, 2)

    @precondition(lambda self: self.network.under_way)
    @rule(where=WHERE)
    def request_is_lost(self, where: int) -> None:
        self.arrives(where, 0)

    @precondition(lambda self: self.network.under_way)
    @rule(where=WHERE)
    def answers_are_lost(self, where: int) -> None:
        self.network.returns = lambda _flight, _response: False
        self.arrives(where, 1)
        self.network.returns = lambda _flight, _response: True

    @rule(is_time=RARELY)
    def time_passes(self, is_time: bool) -> None:
        if is_time:
            self.network.wait(*SHORT)

    @rule(party=st.sampled_from((*SERVERS, TERMINAL)), is_time=RARELY)
    def party_crashes(self, party: str, is_time: bool) -> None:
        if not is_time:
            return
        if party != TERMINAL:
            self.town.storages[party].close()
            self.town.storages[party] = opened(Path(self.folder.name), party)
        self.town.crash(party)

    def teardown(self) -> None:
        if not hasattr(self, "town"):
            return
        try:
            comes_to_rest(self.town)
            self.everything_is_as_it_should_be()
        finally:
            for storage in self.town.storages.values():
                storage.close()
            self.folder.cleanup()

    def everything_is_as_it_should_be(self) -> None:
        town = self.town
        attempts = sum(machine.table == "relay_procedure" for machine in town.storages["relay"].machines())
        followed[attempts <= 1] += 1
        if attempts <= 1:  # a request that comes when all is over begins another, of which this configuration has none
            assert unexplained(town, self.configuration) == ""
        report = books_agree(town)
        assert (report.findings, report.counts["under_way"]) == ((), 0)
        arrived = Counter(one.flight.outgoing.request.body for one in self.network.carried)
        answered = Counter(flight.outgoing.request.body for flight, _ in self.network.answered)
        assert answered <= arrived
        assert set(too_late(town.events())) == set()
        if sum(machine.table == "shop_attempt" for machine in town.storages["shop"].machines()) == 1:
            assert leaks(town) == set()
            canary = min(canaries(town))
            if town.network.answered:
                flight, page = town.network.answered[-1]
                planted = Response(page.status, page.headers, page.body + canary)
                town.network.answered.append((flight, planted))
                assert canary in leaks(town)


followed: Counter[bool] = Counter()
"""How many runs were held against the model, and how many not."""


def opened(folder: Path, party: str) -> Storage:
    """The database of a server; a terminal has none."""
    if party == TERMINAL:
        return MemoryStorage()
    return SqlStorage(f"sqlite:///{folder / party}.sqlite", party)


def too_late(events: list[Event]) -> Iterator[str]:
    """The pages of progress that came before anybody had waited for the period, or after it (P26)."""
    waiting: dict[str, str] = {}
    for event in events:
        if event.link != "terminal_edge" or event.message is None:
            continue
        nonce = event.message["fields"].get("request_nonce", {}).get("name", "")
        if event.direction == RECEIVED and event.receiver == "relay":
            waiting.setdefault(nonce, str(event.at))
        elif event.direction == SENT and event.sender == "relay":
            began = waiting.pop(nonce, None)
            if event.message["message"] == "ProgressSummary" and began is not None:
                seconds = (datetime.fromisoformat(str(event.at)) - datetime.fromisoformat(began)).total_seconds()
                if seconds > HOLD_TIME.seconds:
                    yield f"{nonce}: {seconds}"


def test_whatever_happens_each_message_is_the_models() -> None:
    followed.clear()
    run_state_machine_as_test(Payment, settings=long_runs(40))
    assert followed[True] > 3 * followed[False], followed


def test_a_server_that_does_otherwise_is_seen() -> None:
    """A relay that shows what only payment information has: no run of the model, and a leak."""
    edit = Act(role="relay_procedure", action="show_confirmation", instead=show_nonce)
    machine = type("LeakingPayment", (Payment,), {"edits": (edit,)})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=long_runs(20))


def long_runs(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        phases=[Phase.generate],  # a run is not long, and to shorten it takes minutes
        report_multiple_bugs=False,
        database=None,
        derandomize=True,
        print_blob=False,
    )
