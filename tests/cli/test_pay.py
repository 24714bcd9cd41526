"""`payrelay pay`: by scripts and people, at every level of security, against processes, and against nobody."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Ran, Run
from tests.cli.systems_at_work import (
    COMMAND,
    ENVIRONMENT,
    Heard,
    System,
    answering,
    at_work,
    heard,
    types,
    word,
    written,
)
from tests.cli.test_asking import Interrupting
from tests.reference_impl.test_logs import first_unexplained

from payrelay.host.records import ACCOUNTS
from payrelay.host.storage import Changes
from payrelay.language.terms import Symbol
from payrelay.model.configurations import ATTEMPTS, HAPPY
from payrelay.model.data import SECURITIES
from payrelay.reference_impl.logs import merged_log
from payrelay.reference_impl.servers import open_storage
from payrelay.reference_impl.systems import ACCOUNT, PIN, storages_of
from payrelay.wire.base64url import to_base64url
from payrelay.wire.discovery import Discovery, links_served
from payrelay.wire.set_up import Decision, IssuedAccount

__all__ = ["heard", "word"]
QUICK = {"PAYRELAY_TIMERS_RETRY_TIME": "0.5", "PAYRELAY_TIMERS_HOLD_TIME": "1"}
UNKNOWN_ORDER = "shop/" + "A" * 24


@pytest.fixture(scope="module", params=SECURITIES)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system at work whose user is enrolled at two wallets."""
    one = written(tmp_path_factory.mktemp("pay") / "system", security=request.param)
    with at_work(one) as running:
        yield running


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A system that nobody has started."""
    return written(tmp_path_factory.mktemp("idle") / "system")


def documented(ran: Ran) -> dict[str, object]:
    """The one document that was printed."""
    found: dict[str, object] = json.loads(ran.out)
    assert (found["kind"], found["schema_version"], found["exit_code"]) == ("payment", 1, ran.code)
    return found


@pytest.mark.slow
def test_a_script_pays_and_asks_afterwards(run: Run, system: System, word: str) -> None:
    wanted = ("--wallet", "wallet-1", "--amount", "150 JPY", "--yes", "--json")
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", *wanted)
    paid = documented(ran)
    assert (ran.code, paid["outcome"], paid["is_paid"], paid["wallet"]) == (0, "approved", True, "wallet-1")
    assert (paid["amount"], paid["payee"], paid["reason"]) == ("150 JPY", "Bookshop", None)
    assert paid["receipt"] == ("verified" if system.security == "hardened" else "in clear")
    assert "Confirm payment" in ran.err
    again = documented(run("pay", "--folder", str(system.folder), "--resume", "--json"))
    same = ("order", "payment", "handle", "amount", "outcome", "receipt")
    assert [again[name] for name in same] == [paid[name] for name in same]
    named = documented(run("pay", "--folder", str(system.folder), "--order", str(paid["order"]), "--again", "--json"))
    assert named["payment"] == paid["payment"]  # what is paid is not paid again
    remembered = (system.folder / "terminal.json").read_text()
    assert json.loads(remembered) == {"schema_version": 1, "kind": "terminal", "order": paid["order"]}


@pytest.mark.slow
def test_a_person_chooses_and_confirms(run: Run, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "2", "2", "y", "1234")
    ran = run("pay", "--folder", str(system.folder))
    assert (ran.code, ran.err) == (0, "")
    assert "2. A pen: 150 JPY" in ran.out
    assert "Ordered A pen for 150 JPY: order shop/" in ran.out
    assert "2. Wallet: Wallet 2" in ran.out
    assert {"Amount: 150 JPY", "Payee: Bookshop", "[confirm] Confirm"} <= set(ran.out.splitlines())
    assert ran.out.count("Pays with: ") == 3  # of each wallet, and of the one that was chosen
    assert "Pay 150 JPY to Bookshop? [y/N]" in ran.out
    assert "Result: approved" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("lines", [("0",), ("1", "n")], ids=["no wallet", "no consent"])
def test_a_person_cancels(run: Run, system: System, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]) -> None:
    types(monkeypatch, *lines)
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen")
    assert (ran.code, ran.err) == (1, "")
    assert "Result: cancelled" in ran.out
    resumed = run("pay", "--folder", str(system.folder), "--resume", "--json", "--yes")
    assert (resumed.code, documented(resumed)["outcome"]) == (1, "cancelled")


@pytest.mark.slow
def test_what_was_cancelled_is_paid_after_all(run: Run, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "0")
    where = ("pay", "--folder", str(system.folder))
    assert run(*where, "--cart", "A pen").code == 1
    monkeypatch.setenv("PAYRELAY_PIN", PIN)
    ran = run(*where, "--resume", "--again", "--wallet", "1", "--yes")
    assert ran.code == 0
    assert ran.out.index("Result: cancelled") < ran.out.index("Result: approved")


@pytest.mark.slow
def test_invalid_without_anybody_to_answer_cancels(run: Run, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, said in (
        ((), "several wallets can pay; say which: --wallet NUMBER, of 1 (wallet-1), 2 (wallet-2)"),
        (("--wallet", "wallet-9"), "no wallet 'wallet-9' to pay with; did you mean 'wallet-2'?"),
        (("--wallet", "3"), "no wallet '3' to pay with; there is: wallet-1, wallet-2"),
        (("--wallet", "1"), "nobody is there to consent; to consent to whatever is shown: --yes"),
    ):
        types(monkeypatch)
        ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", *words)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
        assert said in ran.err
        resumed = documented(run("pay", "--folder", str(system.folder), "--resume", "--json", "--yes"))
        assert resumed["outcome"] == "cancelled"


@pytest.mark.slow
def test_another_amount_is_not_consented_to(run: Run, system: System) -> None:
    wanted = ("--wallet", "1", "--yes", "--again", "--amount", "15 JPY", "--json")
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", *wanted)
    document = documented(ran)
    assert (ran.code, document["outcome"], document["is_paid"]) == (1, "cancelled", False)
    assert document["reason"] == "the amount is 150 JPY, not 15 JPY (--amount)"


@pytest.mark.slow
def test_hardened_wants_the_right_word(run: Run, system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    if system.security != "hardened":
        monkeypatch.setenv("PAYRELAY_PIN", "guessed")
        ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1", "--yes")
        assert ran.code == 0  # nothing can be sealed, and nobody asks
        return
    types(monkeypatch)
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1", "--yes")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "set PAYRELAY_PIN to the word to pay with" in ran.err
    guessed = ("--wallet", "1", "--yes", "--pin", "guessed")
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", *guessed)
    assert ran.code == 1
    assert "Result: failed" in ran.out
    assert "was it the right word to pay with?" in ran.out
    types(monkeypatch, "y", "guessed", "y", "y", "1234")
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1")
    assert (ran.code, ran.out.count("Try again?")) == (0, 1)
    assert ran.out.index("Result: failed") < ran.out.index("Result: approved")


@pytest.mark.slow
def test_payment_information_does_not_come_here(run: Run, system: System, word: str, heard: Heard) -> None:
    """It speaks with shop and relay alone, and hears nothing that only payment information has (claims 1 to 3)."""
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1", "--yes", "--json")
    assert ran.code == 0
    assert heard.servers() == {system.relay, system.shop}
    with storages_of([system.processes.settings["shop"]]) as storages:
        attempts = [one.local.data for one in storages["shop"].machines() if one.table == "shop_attempt"]
    (attempt,) = (one for one in attempts if one.identity.proc_key.proc_id.name == documented(ran)["payment"])
    canaries = (attempt.identity.pay_url.name, attempt.identity.shop_nonce.name)
    assert not any(map(heard.has_been_told, canaries))
    assert heard.has_been_told("Bookshop")
    assert not heard.has_said(word)  # it is sealed, or not said
    for canary in canaries:  # a leak would be seen, in whatever wrapping
        heard.answered.append(to_base64url(json.dumps({"leak": canary}).encode()).encode())
        assert heard.has_been_told(canary)


@pytest.mark.slow
def test_what_was_done_is_a_run_of_the_model(run: Run, tmp_path: Path, word: str) -> None:
    """The logs of all servers, what this terminal asked among it, are explained to the last line."""
    one = written(tmp_path / "system", security="hardened", wallets=1)
    with at_work(one):
        assert run("pay", "--folder", str(one.folder), "--cart", "A pen", "--yes").code == 0
    with storages_of(one.processes.settings.values()) as storages:
        lines = merged_log(storages)
    configuration = replace(HAPPY, nonces="each", security="hardened", capability="plain_text")
    assert any("PaymentProcessingRequest" in line for line in lines)
    assert first_unexplained(lines, configuration) is None
    later = [line for line in lines if "ConfirmInfoMessage" not in line]  # a log with a hole is seen
    assert first_unexplained(later, configuration) is not None


@pytest.mark.slow
def test_a_relay_is_found_by_its_url(run: Run, system: System, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("PAYRELAY_SESSION", system.session)
    where = ["--relay", system.relay, "--shop", system.shop]
    wanted = ["--cart", "A pen", "--wallet", "2", "--yes", "--json"]
    if system.security == "hardened":
        ran = run("pay", *where, *wanted)
        assert (ran.code, ran.out) == (2, "")
        assert "the relay is hardened: whom to believe, and for whom to seal" in ran.err
        where += ["--keyring", str(system.folder / "terminal.keys.json")]
    paid = documented(run("pay", *where, *wanted))
    assert (paid["outcome"], paid["wallet"]) == ("approved", "wallet-2")
    order = str(paid["order"])
    others = [word for word in where if word not in ("--shop", system.shop)]
    assert documented(run("pay", *others, "--order", order, "--json"))["payment"] == paid["payment"]
    for words, said in (
        ([*where, "--cart", "A pin"], "the shop has no such thing; look at its catalogue, and name one: --cart NAME"),
        ([*where], "say what to order, as the shop's catalogue calls it: --cart NAME"),
        ([*others, "--cart", "A pen"], "there is no shop to order at; name one, --shop URL, or an order"),
        ([*where, "--resume"], "only a folder tells of a last order; name it: --order SHOP/ORDER"),
        (["--relay", system.shop, "--order", order], f"{system.shop} is a shop: --shop {system.shop}"),
        ([*others, "--order", order, "--session", "A" * 24], "the relay does not know this session"),
    ):
        ran = run("pay", *words)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran.err
        assert said in ran.err
    ran = run("pay", *others, "--order", UNKNOWN_ORDER, "--yes")
    assert (ran.code, "The shop does not know this order. Nothing was paid; order again." in ran.out) == (1, True)


@pytest.mark.slow
def test_invalid_keyring_that_does_not_know_the_wallet(run: Run, word: str, tmp_path: Path) -> None:
    """What nobody can seal is not confirmed: never is it said in clear."""
    system = written(tmp_path / "system", security="hardened")
    document = json.loads((system.folder / "terminal.keys.json").read_text())
    del document["recipients"]["wallet-1"]
    keyring = tmp_path / "terminal.keys.json"
    keyring.touch(mode=0o600)
    keyring.write_text(json.dumps(document))
    where = ("--relay", system.relay, "--shop", system.shop, "--session", system.session, "--keyring", str(keyring))
    with at_work(system):
        ran = run("pay", *where, "--cart", "A pen", "--wallet", "wallet-1", "--yes")
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert re.search("it cannot be sealed: .*wallet-1.*; a newer keyring is needed", ran.err)
        order = re.findall("order (shop/.*)", ran.out)[0]
        assert (
            documented(run("pay", "--folder", str(system.folder), "--order", order, "--yes", "--json"))["outcome"]
            == "cancelled"
        )
        assert run("pay", *where, "--cart", "A pen", "--wallet", "wallet-2", "--yes").code == 0


@pytest.mark.slow
def test_a_page_that_shows_other_than_it_means_is_not_confirmed(run: Run, system: System, heard: Heard) -> None:
    heard.tampered = (b"\nAmount: 150 JPY", b"\nAmount: 15 JPY")
    ran = run("pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1", "--yes")
    assert ran.code == 1
    assert "Not confirmed: the page says 15 JPY, but 150 JPY would be paid: tell the relay.\n" in ran.out
    heard.tampered = (b'"value":4980', b'"value":498')  # what the shop said when it took the order
    ran = run("pay", "--folder", str(system.folder), "--cart", "A lamp", "--wallet", "1", "--yes")
    assert ran.code == 1
    assert "Not confirmed: the shop said 498 JPY, and 4980 JPY would be paid: ask the shop.\n" in ran.out


@pytest.mark.slow
def test_a_word_is_not_shown_and_ctrl_c_cancels(system: System) -> None:
    """In a real terminal: what is secret has no echo, and Ctrl-C at a question gives up what is not confirmed."""
    master, slave = pty.openpty()
    words = ["pay", "--folder", str(system.folder), "--cart", "A pen", "--wallet", "1"]
    process = subprocess.Popen(
        [*COMMAND, *words], env=ENVIRONMENT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    shown = _until(master, "Pay 150 JPY to Bookshop? [y/N]")
    if system.security == "hardened":
        os.write(master, b"y\n")
        _until(master, "Word to pay with")
        os.write(master, b"12")
    for _ in range(5):
        # One that comes after the question is shown and before it is read is noticed with the next key.
        process.send_signal(signal.SIGINT)
        shown += _until(master, None, 5)
        if process.poll() is not None:
            break
    assert process.wait(timeout=30) == 130
    os.close(master)
    assert "Result: cancelled" in shown
    if system.security == "hardened":
        assert "12\r\n" not in shown


def _until(master: int, text: str | None, seconds: float = 60.0) -> str:
    """What a terminal shows, until there is a text; without one, until it ends or for so long."""
    shown, ends = "", time.monotonic() + seconds
    while text is None or text not in shown:
        if not select.select([master], [], [], max(0.0, ends - time.monotonic()))[0]:
            assert text is None, shown
            break
        try:
            read = os.read(master, 4096)
        except OSError:  # whoever wrote there has ended
            read = b""
        if not read:
            assert text is None, shown
            break
        shown += read.decode()
    return shown


@pytest.mark.slow
def test_channels_are_trusted_by_the_roots_of_the_system(run: Run, tmp_path: Path) -> None:
    one = written(tmp_path / "system", security="channel", wallets=1, tls=True)
    tls = one.settings("relay").tls
    assert tls is not None
    with at_work(one):
        assert one.relay.startswith("https:")
        assert run("pay", "--folder", str(one.folder), "--cart", "A pen", "--yes").code == 0
        where = ("--relay", one.relay, "--shop", one.shop, "--session", one.session, "--cart", "A pen", "--yes")
        assert run("pay", *where, "--roots", str(tls.roots)).code == 0
        ran = run("pay", *where)  # this machine trusts nobody whom the system has made up
        assert (ran.code, ran.out) == (3, "")
        said = f"nobody answers at {one.relay}; is the relay running there, and trusted (--roots FILE)?"
        assert ran.err == f"payrelay: {said}\n"
    assert one.debits() == 2


@pytest.mark.parametrize("text", [None, "no PEM"])
def test_invalid_roots(run: Run, tmp_path: Path, text: str | None) -> None:
    roots = tmp_path / "roots.pem"
    if text:
        roots.write_text(text)
    where = ("--relay", "https://127.0.0.1:1", "--session", "A" * 24, "--roots", str(roots))
    ran = run("pay", *where, "--order", UNKNOWN_ORDER)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"{roots}: no roots can be read there, as PEM" in ran.err


@pytest.mark.slow
def test_a_declined_order_is_paid_again(run: Run, tmp_path: Path) -> None:
    one = written(tmp_path / "system", wallets=1)
    where = ("pay", "--folder", str(one.folder))
    _issuer(one, Decision.DECLINES)
    with at_work(one) as system:
        ran = run(*where, "--cart", "A pen", "--yes", "--json")
        first = documented(ran)
        assert (ran.code, first["outcome"], first["is_paid"]) == (1, "declined", False)
        system.processes.end("payment")
        _issuer(one, Decision.APPROVES)
        system.processes.start("payment")
        assert run(*where, "--resume", "--yes").code == 1  # only asked
        ran = run(*where, "--resume", "--again", "--yes", "--json")
        second = documented(ran)
        assert (ran.code, second["outcome"], second["order"]) == (0, "approved", first["order"])
        assert second["payment"] != first["payment"]
    assert one.debits() == 1


@pytest.mark.slow
def test_an_order_is_paid_at_one_wallet_after_the_other(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both wallets show the same card, and the log of both attempts is a run of the model."""
    one = written(tmp_path / "system", wallets=2)
    _issuer(one, Decision.DECLINES)
    types(monkeypatch, "1", "y", "2", "y")
    with at_work(one):
        ran = run("pay", "--folder", str(one.folder), "--cart", "A pen", "--again")
    assert (ran.code, ran.out.count("Result: declined")) == (1, 2)
    with storages_of(one.processes.settings.values()) as storages:
        lines = merged_log(storages)
    configuration = replace(
        ATTEMPTS, nonces="each", wallets=2, security="plain", capability="plain_text", ordering=True
    )
    assert first_unexplained(lines, configuration) is None
    assert first_unexplained([line.replace("wallet-2", "wallet-1") for line in lines], configuration) is not None


def _issuer(system: System, decision: Decision) -> None:
    """What the issuer of the user's account decides from now on."""
    storage = open_storage(system.settings("payment"))
    storage.commit(Changes(records={(ACCOUNTS, ACCOUNT): IssuedAccount(Symbol("account", ACCOUNT), decision)}))
    storage.close()


@pytest.mark.slow
def test_what_takes_long_is_asked_for_and_left_and_found_again(run: Run, tmp_path: Path) -> None:
    one = written(tmp_path / "system", wallets=1)
    where = ("pay", "--folder", str(one.folder))
    with at_work(one, without=("payment",), environment=QUICK) as system:
        # Whoever has no more patience is told how to ask.
        ran = run(*where, "--cart", "A pen", "--yes", "--patience", "3")
        assert ran.code == 4
        order = re.findall("order (shop/.*)", ran.out)[0]
        how = f"To ask how it stands: payrelay pay --folder {one.folder} --order {order}"
        assert f"It is not known yet how it ended.\n{how}\n" in ran.out
        # So is whoever leaves by Ctrl-C.
        left = subprocess.Popen(
            [*COMMAND, *where, "--resume"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(4)
        left.send_signal(signal.SIGINT)
        out, err = left.communicate(timeout=30)
        assert (left.returncode, err) == (130, "")
        assert f"It may be paid all the same. {how}\n" in out
        # Whoever is patient sees how it ends, and a relay that is away for a while does not matter.
        late = threading.Timer(3, system.processes.start, ("payment",))
        late.start()
        ran = run(*where, "--order", order, "--json")
        late.join()
        assert (ran.code, documented(ran)["outcome"]) == (0, "approved")
    assert one.debits() == 1


def test_nobody_is_there(run: Run, idle: System) -> None:
    ran = run("pay", "--folder", str(idle.folder), "--cart", "A pen", "--yes", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert (
        ran.err == f"payrelay: nobody answers at {idle.shop}; start the system: payrelay serve --folder {idle.folder}\n"
    )
    ran = run("pay", "--relay", idle.relay, "--session", idle.session, "--order", UNKNOWN_ORDER)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == f"payrelay: nobody answers at {idle.relay}; is the relay running there?\n"


@pytest.mark.parametrize(
    ("status", "media", "body"),
    [
        (200, "text/html", b"<h1>It works</h1>"),
        (200, "application/json", b"{}"),
        (200, "application/json", b"\xff" * 100),
        (200, "text/plain", b"Payment result [result.plain_text]\nResult: approved\n"),
        (202, "application/json", b""),
        (404, "text/plain", b"nothing"),
        (500, "application/problem+json", b'{"type":"about:blank","detail":"\\u001b[2J\\nboom"}'),
        (302, "text/plain", b""),
    ],
    ids=["page", "object", "bytes", "result", "accepted", "absent", "problem", "elsewhere"],
)
def test_somebody_else_is_there(run: Run, idle: System, status: int, media: str, body: bytes) -> None:
    address = idle.settings("relay").terminals
    assert address is not None
    with answering(address.address, status, {"content-type": media, "location": "http://127.0.0.1:9/"}, body):
        ran = run("pay", "--folder", str(idle.folder), "--order", UNKNOWN_ORDER, "--yes", "--patience", "2")
        assert (ran.code, ran.err.count("\n")) == (3, 1), ran
        assert ran.err.startswith(f"payrelay: {idle.relay} does not answer as it should: ")
        assert ran.err[:-1].isprintable()
        ran = run("pay", "--relay", idle.relay, "--session", idle.session, "--order", UNKNOWN_ORDER)
        assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
        assert f"{idle.relay} does not answer as a relay does: " in ran.err


@pytest.mark.parametrize("party", ["relay", "relay-\x1bc", "wallet-\x1bc", "wallet-\ud800"])
@pytest.mark.parametrize("place", ["http://127.0.0.1:9", "http://127.0.0.1:9\x1bc", "http://\ud800"])
def test_what_somebody_says_of_itself_does_not_reach_the_screen(run: Run, idle: System, party: str, place: str) -> None:
    address = idle.settings("relay").terminals
    assert address is not None
    role = party.partition("-")[0]
    links = dict.fromkeys(links_served(role), place)
    document = {**Discovery(party, links, "plain", {}, {}).to_json(), "role": role}
    with answering(address.address, 200, {"content-type": "application/json"}, json.dumps(document).encode()):
        ran = run("pay", "--relay", idle.relay, "--session", idle.session, "--order", UNKNOWN_ORDER, "--yes")
    assert (ran.code, ran.err.count("\n")) == (3, 1), ran
    assert ran.err[:-1].isprintable()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cart", "A pin"], "the shop has no 'A pin'; did you mean 'A pen'?"),
        (["--cart", ""], "--cart: expected a text of 1 to 128 visible characters"),
        (["--cart", "A pen", "--order", "x"], "give one of --cart, --order and --resume"),
        (["--cart", "A pen", "--amount", "1.5 JPY"], "--amount '1.5 JPY' is no amount; write it as on the page"),
        (["--cart", "A pen", "--amount", ""], "--amount '' is no amount"),
        (["--cart", "A pen", "--pin", "\x07"], "--pin: expected a text"),
        (["--cart", "A pen", "--patience", "0"], "0.0 is not in the range x>=1"),
        (["--order", "nowhere"], "'nowhere' names no order; write it as payrelay pay shows it: SHOP/ORDER"),
        (["--resume"], "terminal.json tells of no last order; name one: --order SHOP/ORDER"),
        (["--cart", "A pen", "--shop", "http://x"], "a folder has its own shop, keyring and roots"),
        (["--cart", "A pen", "--relay", "http://127.0.0.1:1"], "give one of --folder and --relay"),
        (["--chart", "A pen"], "no such option"),
    ],
)
def test_invalid_words(run: Run, idle: System, words: list[str], said: str) -> None:
    ran = run("pay", "--folder", str(idle.folder), *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--relay", "127.0.0.1:1", "--session", "A" * 24], "--relay '127.0.0.1:1' is no URL of a server; write it as"),
        (
            ["--relay", "http://127.0.0.1:1"],
            "a relay wants to know whose terminal it is: --session, or PAYRELAY_SESSION",
        ),
        (["--relay", "http://127.0.0.1:1", "--session", "me"], "the session is none that a relay gives: 22 to 256"),
        (["--folder", "nowhere"], "nowhere: there are no settings of any party; write a system there first"),
    ],
)
def test_invalid_places(run: Run, words: list[str], said: str) -> None:
    ran = run("pay", "--cart", "A pen", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_ctrl_c_before_anything_has_begun(run: Run, idle: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Interrupting())
    ran = run("pay", "--folder", str(idle.folder))
    assert (ran.code, ran.err) == (130, "payrelay: interrupted\n")


def test_invalid_without_a_keyring(run: Run, idle: System, tmp_path: Path) -> None:
    folder = shutil.copytree(idle.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("terminal.*"))
    ran = run("pay", "--folder", str(folder), "--cart", "A pen")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"{folder} has no keyring for terminals; write another system: payrelay serve --folder NAME" in ran.err


@pytest.mark.parametrize("command", ["pay", "register"])
def test_invalid_without_the_extra(command: str) -> None:
    program = "import sys; sys.modules['sqlalchemy'] = None\nfrom payrelay.cli import main\n"
    program += f"sys.exit(main([{command!r}]))"
    ran = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    said = "the package sqlalchemy is missing; install it: pip install 'payrelay[reference]'"
    assert ran.stderr == f"payrelay: {said}\n"
