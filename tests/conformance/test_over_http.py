"""Over HTTP: the model's runs are played with the reference servers as the system under test, each in its process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conformance import reference
from tests.conformance.playing import going_well, next_move

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.course import Crashed, RanOut
from payrelay.conformance.deviations import Deviation, Stuck
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.switchboard import Switchboard
from payrelay.model.configuration import PaymentConfiguration
from payrelay.reference_impl.systems import Plan

pytestmark = pytest.mark.slow

PLAYED = [
    *(("relay", model) for model in ("purchase", "registration")),
    *(("wallet-1", model) for model in ("purchase", "registration")),
    *(("shop", "purchase"), ("payment", "purchase"), ("authority", "registration")),
]


@contextmanager
def played(path: Path, of: PaymentConfiguration) -> Iterator[tuple[Assembly, Switchboard, Setting]]:
    """The kit at work for a configuration."""
    assembly = Assembly(read_configuration(path, {}))
    with assembly.at_work() as board:
        yield assembly, board, assembly.setting(of, board)


def play(assembly: Assembly, board: Switchboard, setting: Setting, number: int) -> Performance:
    """Play one run to its end."""
    found = setting.correspondence(number)
    with board.test(f"test-{number}", found) as test:
        assembly.prepare(setting, found, Wishes(), test)
        performance = Performance(setting, test, found)
        to_its_end(performance)
        return performance


def to_its_end(performance: Performance) -> None:
    """Play until the terminal has been told how it ended."""
    setting = performance.setting
    while (move := next_move(setting.course, performance.place)) is not None:
        if setting.course.local(performance.place, terminal(setting)).control in ("done", "registered"):
            break
        performance.perform(move)


def terminal(setting: Setting) -> str:
    """The machine of the terminal."""
    return f"terminal-1/{'purchase' if setting.configuration.procedures else 'registration'}"


@pytest.mark.parametrize("security", ["plain", "hardened"])
@pytest.mark.parametrize(("party", "what"), PLAYED)
def test_a_happy_path_is_played(tmp_path: Path, party: str, what: str, security: str) -> None:
    path = reference.write(tmp_path, party, Plan(security=security))
    with played(path, going_well(what, security=security)) as (assembly, board, setting):
        performance = play(assembly, board, setting, 1)
        shown = setting.course.local(performance.place, terminal(setting)).control
        assert shown == "done" if what == "purchase" else shown != "waiting"
        assert any(not seen.is_ours for seen in performance.seen)
        assert board.all_strays().number == 0


def test_all_is_played_by_mutual_tls(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "shop", Plan(security="channel", tls=True))
    with played(path, going_well("purchase", security="channel")) as (assembly, board, setting):
        assert play(assembly, board, setting, 1).seen


@pytest.mark.parametrize("capability", ["html", "plain_text"])
def test_pages_are_read_as_a_browser_gets_them(tmp_path: Path, capability: str) -> None:
    path = reference.write(tmp_path, "relay")
    with played(path, going_well("purchase", security="plain", capability=capability)) as (assembly, board, setting):
        performance = play(assembly, board, setting, 1)
        pages = [seen.response for seen in performance.seen if not seen.is_ours and seen.response is not None]
        assert len(pages) == 3  # to choose, to confirm, and the result


def test_tests_run_at_once_though_nothing_tells_their_messages_apart_but_what_they_say(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "relay")
    settings = tmp_path / "system" / "relay.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("names_runs = true", "names_runs = false"))
    with played(path, going_well("purchase", security="plain")) as (assembly, board, setting):
        assert setting.course.start  # made before the threads begin
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda number: play(assembly, board, setting, number), range(12)))
        assert all(setting.course.local(one.place, "terminal-1/purchase").control == "done" for one in found)
        assert board.all_strays().number == 0


def test_timers_are_waited_for_and_a_party_is_killed(tmp_path: Path) -> None:
    periods = {"shop_time": 1.0, "retry_time": 1.0}
    path = reference.write(tmp_path, "relay", periods=periods)
    with played(path, going_well("purchase", security="plain")) as (assembly, board, setting):
        course = setting.course
        found = setting.correspondence(1)
        with board.test("timers", found) as test:
            assembly.prepare(setting, found, Wishes(), test)
            performance = Performance(setting, test, found)
            for _ in range(2):  # the user pays; the relay asks the shop
                move = next_move(course, performance.place)
                assert move is not None
                performance.perform(move)
            performance.perform(RanOut("relay/procedure-1", "shop_time"))  # and tells the terminal that it is silent
            assert {"ErrorSummary", "ProcedureAbort"} == {type(seen.message).__name__ for seen in performance.seen[-2:]}
            performance.perform(Crashed("relay"))
            with pytest.raises(Stuck, match="user_time"):
                performance.perform(RanOut("relay/procedure-1", "user_time"))  # takes 300 s


def test_a_party_that_knows_nobody_is_found(tmp_path: Path) -> None:
    """A check that can fail: nothing was set up."""
    path = reference.write(tmp_path, "wallet-1")
    with played(path, going_well("purchase", security="plain")) as (_assembly, board, setting):
        found = setting.correspondence(1)
        with board.test("without a set-up", found) as test:
            performance = Performance(setting, test, found)
            performance.patience = 1.0
            with pytest.raises(Deviation) as caught:
                to_its_end(performance)
            assert caught.value.kind == "wrong_content"
            assert "WalletOffer" in caught.value.what
