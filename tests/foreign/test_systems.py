"""Implementations by others, at work with the reference implementation: purchases, a registration, and a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.foreign.systems import TIMERS, System, at_work, plan_of, written

from payrelay.cli import main
from payrelay.model.registration import form_at
from payrelay.reference_impl.systems import ACCOUNT, PIN

pytestmark = pytest.mark.slow
WORD = "a word of my own"
PLAYED = (("relay",), ("wallet",), ("relay", "wallet"))
SYSTEMS = [*zip(("plain", "hardened"), PLAYED, strict=False), ("hardened", PLAYED[-1]), ("channel", PLAYED[-1])]
"""Each alone and both together, at one level of security each; both also by channels alone. Half a minute each."""
NAMES = ["-".join((security, *roles)) for security, roles in SYSTEMS]
SEEDS = (1, 2)
PURCHASE = "faults nonces=one ordering=false expires=false"
"""What purchases here are runs of: none of them waits until something expires."""


class Shell:
    """A user at the shell of a system."""

    def __init__(self, system: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.system, self._capsys = system, capsys
        self._monkeypatch = monkeypatch
        for name, seconds in TIMERS.items():
            monkeypatch.setenv(name, seconds)

    def does(self, *words: str, word: str = PIN) -> Any:
        """What a command says, as a document."""
        self._monkeypatch.setenv("PAYRELAY_PIN", word)
        main([*words, "--folder", str(self.system.folder), "--json"])
        said = self._capsys.readouterr()
        assert said.out, said.err
        return json.loads(said.out)

    def pays(self, wallet: str, *words: str, word: str = PIN) -> str:
        """How a payment ends."""
        ended = self.does("pay", "--cart", "A pen", "--wallet", wallet, "--yes", *words, word=word)
        assert ended["wallet"] == wallet
        if self.system.plan.security == "hardened" and ended["outcome"] in ("approved", "declined"):
            assert ended["receipt"] == "verified"
        return str(ended["outcome"])

    def registers(self, wallet: str) -> str:
        """How a registration ends, in which the account is found wrong at first."""
        # As a terminal of the model does: all is answered, and the same is answered again.
        said: dict[str, object] = {"account": [ACCOUNT, ACCOUNT], "user_auth": WORD}
        answers = {one.name: said.get(one.name, one.name) for one in form_at(self.system.plan.security)}
        path = self.system.folder / "answers.json"
        path.write_text(json.dumps(answers), encoding="utf-8")
        return str(self.does("register", "--wallet", wallet, "--answers", str(path), "--accept-terms")["result"])

    def pays_while(self, killed: tuple[str, ...], waits: str) -> str:
        """How a payment ends during which a party is not there, and others are killed and come back."""
        system = self.system
        system.kill(waits)
        folder = ("--folder", str(system.folder), "--json")
        words = ("pay", "--cart", "A pen", "--wallet", "wallet-1", "--yes", *folder)
        before = self._requests()
        with subprocess.Popen(
            [sys.executable, "-m", "payrelay.cli", *words],
            env={**system.reference.environment, "PAYRELAY_PIN": PIN},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as paying:
            ends = time.monotonic() + 60
            while self._requests() == before and time.monotonic() < ends:
                time.sleep(0.1)
            for party in killed:
                system.kill(party)
            for party in killed:
                system.start(party)
            system.start(waits)
            out, err = paying.communicate(timeout=120)
        assert out, err.decode()
        return str(json.loads(out)["outcome"])

    def _requests(self) -> int:
        """How often the shop has heard of a request to pay: wallet and relay have no way back then."""
        return sum('"message":"PaymentRequest"' in line for lines in self.system.said() for line in lines)


def lives(system: System, shell: Shell) -> None:
    """All that a system is tried by; its books and logs are held against each other, and against the model."""
    with at_work(system):
        assert shell.pays("wallet-1") == "approved"
        assert shell.pays("wallet-2") == "declined"
        assert shell.pays("wallet-1", "--amount", "15 JPY") == "cancelled"  # it costs more
        played = tuple(party for party in system.plan.foreign if party in ("relay", "wallet-1"))
        assert shell.pays_while(played, waits="payment") == "approved"
        assert shell.registers("wallet-3") == "ok"
        assert shell.pays("wallet-3", word=WORD) == "approved"
        assert set(system.end_all().values()) == {0}
    report = system.audited()
    assert report.findings == ()
    assert (report.counts["orders"], report.counts["paid"], report.counts["debits"]) == (5, 3, 3)
    assert report.counts["under_way"] == 0
    runs = (
        f"{PURCHASE} cancels=false declines=false",
        f"{PURCHASE} cancels=false",
        f"{PURCHASE} declines=false",
        f"{PURCHASE} cancels=false declines=false",
        "registration nonces=each",
        f"{PURCHASE} cancels=false declines=false",
    )
    logs = system.said()
    assert not is_run(system, logs[0][::-1], runs[0], system.folder / "backwards.ndjson")
    for number, (lines, run) in enumerate(zip(logs, runs, strict=True)):
        assert is_run(system, lines, run, system.folder / f"{number}.ndjson")


def is_run(system: System, lines: list[str], run: str, log: Path) -> bool:
    """Whether a log is one of these runs of the model, of which the rest cannot be seen."""
    log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    wallets = {party for party in system.plan.wallet_names if any(f'"{party}"' in line for line in lines)}
    configuration = f"{run} security={system.plan.security} wallets={max(1, len(wallets))}"
    links = [word for link in system.links() for word in ("--links", link)]
    return main(["check-trace", str(log), "--configuration", configuration, *links]) == 0


@pytest.mark.parametrize(("security", "roles"), SYSTEMS, ids=NAMES)
def test_a_system_lives(
    code: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    security: str,
    roles: tuple[str, ...],
) -> None:
    system = written(tmp_path / "system", code, plan_of(security, roles, tls=security == "channel"))
    lives(system, Shell(system, monkeypatch, capsys))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wallet_that_does_whatever_else_it_may_lives(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    security = ("plain", "hardened", "channel")[seed % 3]
    plan = plan_of(security, ("wallet",), tls=security == "channel")
    system = written(tmp_path / "system", code, plan, otherwise=seed)
    lives(system, Shell(system, monkeypatch, capsys))
