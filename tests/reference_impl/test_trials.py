"""What a party suffers on purpose, as its settings say: it is told, and it is counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from payrelay.host.grouping import together
from payrelay.host.storage import Changes, Machine
from payrelay.host.unreliable import UnreliablePost
from payrelay.language.role import Local
from payrelay.reference_impl.dying_storage import DyingStorage
from payrelay.reference_impl.settings import Trial
from payrelay.reference_impl.sql_storage import SqlStorage
from payrelay.reference_impl.trials import clock_in, post_in
from payrelay.wire.exchange import Request

PAID = {("shop_order", "paid"): 2}


class DiedError(Exception):
    """Raised in place of dying."""


def die(state: str) -> None:
    raise DiedError(state)


def order(name: str, control: str) -> Changes:
    return Changes(machines=(Machine(name, "shop_order", Local(control, None)),), events=(f"{name} {control}",))


def test_a_storage_dies_once_the_step_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    storage = DyingStorage(url, "shop", PAID, die)
    for name, control in (("one", "payable"), ("one", "paid"), ("one", "paid"), ("two", "payable")):
        storage.commit(order(name, control))
    with pytest.raises(DiedError, match=r"shop_order\.paid"):
        storage.commit(order("two", "paid"))
    storage.close()
    after = SqlStorage(url, "shop")
    assert list(after.events())[-1] == "two paid"
    after.close()


def test_a_machine_that_changes_in_a_state_enters_it_once(tmp_path: Path) -> None:
    """Also where the steps are kept together."""
    storage = DyingStorage(f"sqlite:///{tmp_path / 'shop.sqlite'}", "shop", PAID, die)
    storage.commit(together([order("one", "payable"), order("one", "paid"), order("one", "paid")]))
    with pytest.raises(DiedError, match=r"shop_order\.paid"):
        storage.commit(together([order("one", "payable"), order("one", "paid"), order("one", "refunded")]))
    storage.close()


def test_a_storage_does_not_die_before_its_time(tmp_path: Path) -> None:
    storage = DyingStorage(f"sqlite:///{tmp_path / 'shop.sqlite'}", "shop", {("shop_order", "paid"): 1}, die, 1000.0)
    storage.commit(order("one", "paid"))
    storage.close()


@pytest.mark.slow
def test_who_dies_says_so_and_is_gone() -> None:
    program = "from payrelay.reference_impl.trials import die; die('shop_order.paid'); print('still here')"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    killed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (killed.returncode, killed.stdout, killed.stderr) == (-9, "", "trial: died_in shop_order.paid\n")


def test_a_clock_is_set_after_a_while(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr("payrelay.reference_impl.trials.time.monotonic", lambda: now[0])
    clock = clock_in(Trial(clock_back=30.0, clock_after=5.0), lambda: 1000.0)
    assert clock() == 1000.0
    now[0] = 105.0
    assert [clock(), clock()] == [970.0, 970.0]
    assert capsys.readouterr().err == "trial: clock_step_back\n"


def test_nothing_happens_to_whom_nothing_is_to_happen() -> None:
    def clock() -> float:
        return 1.0

    async def post(url: str, request: Request, seconds: float | None) -> None:
        return None

    assert clock_in(Trial(), clock) is clock
    assert post_in(Trial(), post) is post
    assert isinstance(post_in(Trial(loses_answers=0.1), post), UnreliablePost)
