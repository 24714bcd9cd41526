"""Performances: what is held against what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.conformance import runs
from tests.conformance.playing import next_move

from payrelay.conformance.cases import Case, Mutation
from payrelay.conformance.checks import check
from payrelay.conformance.correspondence import Mismatch
from payrelay.conformance.course import Arrives, Crashed, RanOut, Spoilt
from payrelay.conformance.opening import opening
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.subjects import Answered, Heard, Rehearsed
from payrelay.conformance.verdicts import Verdict
from payrelay.language.terms import Symbol
from payrelay.wire.problem_documents import Problem, problem_in


def spoilt(setting: Setting, aspect: str) -> Case:
    """A case in which the first message that a party is sent has one thing wrong."""
    way = opening(setting.course, setting.under_test)
    (move, *_) = (one for one in way if isinstance(one, Arrives) and one.party in setting.under_test)
    at = way.index(move)
    (wrong, *_) = (one for one in setting.aspects(move.message) if one.aspect == aspect)
    moves = (*way[:at], Spoilt(move.message, wrong.aspect, wrong.at, wrong.refused), *way[at:])
    return Case(aspect, "spoilt", moves, tried=at, mutation=Mutation(aspect, wrong.at))


def verdict(security: str, aspect: str) -> Verdict:
    """What it comes to with a wallet that says of all that is malformed that it is not authentic."""
    setting = runs.setting("wallet-1", security, wallets=1)

    @contextmanager
    def begin(_wishes: Wishes) -> Iterator[Performance]:
        played = runs.performance(setting, 1)
        assert isinstance(played.subject, Rehearsed)
        hear = played.subject.hear

        def heard(seconds: float) -> Heard | None:
            found = hear(seconds)
            if isinstance(found, Answered) and found.response and problem_in(found.response).name == "malformed":
                return replace(found, response=Problem("unauthenticated").to_response())
            return found

        played.subject.hear = heard  # type: ignore[method-assign]
        yield played

    return check(spoilt(setting, aspect), begin).verdict


@pytest.mark.parametrize(("timer", "least"), [("user_time", 0.5), ("shop_time", 0.5), ("retry_time", 0.25)])
def test_a_timer_may_not_run_out_long_before_its_time(timer: str, least: float) -> None:
    """But what is only said again may come earlier."""
    played = runs.performance(runs.setting("relay", "plain", wallets=1), 1)
    (machine, *_) = (one for one in played.course.system.instances if timer in one.table.timers)
    began = played.subject.now - least * played.setting.period(timer)
    assert played._may_have_run_out(RanOut(machine.id, timer), {machine.id: began - 0.01})
    assert not played._may_have_run_out(RanOut(machine.id, timer), {machine.id: began + 0.01})
    assert not played._may_have_run_out(RanOut("wallet-1/procedure-1", timer), {"wallet-1/procedure-1": began - 0.01})


@pytest.mark.parametrize("aspect", ["not_utf8", "byte_order_mark"])
def test_broken_bytes_of_what_is_signed_break_its_signature_too(aspect: str) -> None:
    assert verdict("hardened", aspect) is Verdict.PASS


@pytest.mark.parametrize(
    ("security", "aspect"), [("plain", "not_utf8"), ("hardened", "missing_member"), ("hardened", "not_an_object")]
)
def test_another_problem_than_any_that_applies_deviates(security: str, aspect: str) -> None:
    assert verdict(security, aspect) is Verdict.DEVIATION


def test_what_a_crash_has_made_somebody_forget_is_made_anew_once() -> None:
    found = runs.setting("wallet-1").correspondence(1)
    nonce = Symbol("wallet_nonce", "of wallet-1")
    first, second, third = (Symbol("wallet_nonce", letter * 24) for letter in "abc")
    found.match(nonce, first)
    with pytest.raises(Mismatch):
        found.match(nonce, second)
    found.forgotten.add(nonce)
    found.match(nonce, second)
    with pytest.raises(Mismatch):
        found.match(nonce, third)


def test_a_crash_makes_a_wallet_forget_what_it_has_promised_nobody() -> None:
    setting = runs.setting("wallet-1", "hardened", wallets=1)
    played = runs.performance(setting, 1)
    for move in opening(setting.course, setting.under_test):
        played.perform(move)
    while not any(type(seen.message).__name__ == "ConfirmInfoMessage" for seen in played.seen):
        following = next_move(setting.course, played.place)
        assert following is not None
        played.perform(following)
    played.perform(Crashed("wallet-1"))
    assert {symbol.kind for symbol in played.found.forgotten} == {"wallet_nonce"}
