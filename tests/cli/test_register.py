"""`payrelay register`: by scripts and people, at every level of security; and one can pay with what was registered."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import Run
from tests.cli.systems_at_work import Heard, System, at_work, heard, types, written

from payrelay.cli.register import EXAMPLE
from payrelay.host.keyring_files import read_keyring
from payrelay.host.records import USERS
from payrelay.host.storage import Changes
from payrelay.language.terms import Symbol
from payrelay.model.data import SECURITIES
from payrelay.model.registration import form_at
from payrelay.reference_impl.servers import open_storage
from payrelay.reference_impl.systems import ACCOUNT, USER
from payrelay.wire.set_up import OpenSession, RegistrableUser, set_up_request

__all__ = ["heard"]
WORD = "a word of my own"
ANSWERS = {"holder": "A. User", "town": "Kyoto", "account": ACCOUNT}


@pytest.fixture(scope="module", params=SECURITIES)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system at work whose user is enrolled nowhere, and whose authority finds every first account wrong."""
    one = written(tmp_path_factory.mktemp("register") / "system", security=request.param, wallets=3, enrolled=0)
    storage = open_storage(one.settings("authority"))
    ((name, known),) = storage.records(USERS)
    assert isinstance(known, RegistrableUser)
    storage.commit(Changes(records={(USERS, name): replace(known, wrong_answers=("account",))}))
    storage.close()
    with at_work(one) as running:
        yield running


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A system that nobody has started."""
    return written(tmp_path_factory.mktemp("idle") / "system", enrolled=1)


def said_beforehand(folder: Path, answers: object) -> str:
    """A file with answers."""
    path = folder / "answers.json"
    path.write_text(json.dumps(answers))
    return str(path)


def answers_for(system: System, **others: object) -> dict[str, object]:
    """What a script answers; the first account is wrong."""
    word = {"user_auth": WORD} if system.security == "hardened" else {}
    return {**ANSWERS, "account": ["0000", ACCOUNT], **word, **others}


@pytest.mark.slow
def test_a_script_registers_and_pays(
    run: Run, system: System, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--folder", str(system.folder))
    ran = run("pay", *where, "--cart", "A pen", "--yes")
    assert ran.code == 1
    assert "No wallet of yours can pay this. Nothing was paid; register for a wallet first.\n" in ran.out
    assert f"To register: payrelay register --folder {system.folder}\n" in ran.out
    answers = ("--answers", said_beforehand(tmp_path, answers_for(system)))
    ran = run("register", *where, "--wallet", "wallet-1", *answers, "--accept-terms", "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["kind"], document["result"], document["is_registered"]) == (
        0,
        "registration",
        "ok",
        True,
    )
    assert (document["wallet"], document["authority"], document["reason"]) == ("wallet-1", "authority", None)
    assert "Account number: Not accepted\n" in ran.err
    assert heard.servers() == {system.relay, system.shop}
    is_readable = system.security != "hardened"
    assert heard.has_said("Kyoto")
    assert heard.has_said(ACCOUNT) == is_readable
    assert not heard.has_said(WORD)
    again = json.loads(run("register", *where, "--wallet", "wallet-1", "--json").out)
    assert again["registration"] == document["registration"]
    monkeypatch.setenv("PAYRELAY_PIN", WORD)
    paid = run("pay", *where, "--cart", "A pen", "--yes", "--json")
    assert (paid.code, json.loads(paid.out)["wallet"]) == (0, "wallet-1")
    assert not heard.has_said(WORD)
    monkeypatch.setenv("PAYRELAY_PIN", "another")
    paid = run("pay", *where, "--cart", "A pen", "--yes")
    assert paid.code == (0 if is_readable else 1)


@pytest.mark.slow
def test_a_person_corrects_an_answer_and_accepts(
    run: Run, system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = (WORD,) if system.security == "hardened" else ()
    types(monkeypatch, "A. User", "", "Kyoto", "", "", "", "0000", *word, "y", ACCOUNT)
    ran = run("register", "--folder", str(system.folder), "--wallet", "wallet-2")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("Name: ") == 1  # what was not wrong is not asked again
    assert ran.out.count("Street, or nothing: ") == 1
    assert ran.out.count("Terms: https://authority.example/terms, digest ") == 1
    assert ran.out.count("Account number: ") == 3  # asked, what is wrong, asked again
    assert "Result: ok" in ran.out
    assert f"To pay with it: payrelay pay --folder {system.folder} --wallet wallet-2" in ran.out


@pytest.mark.slow
def test_who_does_not_go_on_cancels(run: Run, system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ("register", "--folder", str(system.folder), "--wallet", "wallet-3")
    good = answers_for(system)
    without = {name: answer for name, answer in good.items() if name != "holder"}
    long = {**good, "town": "x" * 41}
    for answers, lines, again, code, said in (
        (good, ["n"], "", 1, "Result: cancelled"),
        (good, [], "--again", 2, "nobody is there to accept the terms; to accept them: --accept-terms"),
        ({**without, "name": "A"}, [], "--again", 2, "no answer to 'holder' (Name); not asked: 'name'"),
        ({**good, "twon": "Kyoto"}, [], "--again", 2, "answers.json: no question 'twon'; did you mean 'town'?"),
        (long, [], "--again", 2, "answers.json: town: expected at most 40 characters"),
        ({**good, "account": "0000"}, ["y"], "--again", 2, "no answer to 'account' (Account number)"),
    ):
        types(monkeypatch, *lines)
        ran = run(*where, "--answers", said_beforehand(tmp_path, answers), *([again] if again else []))
        assert (ran.code, ran.err.count("\n")) == (code, int(code == 2)), ran
        assert said in ran.out + ran.err
        types(monkeypatch)
        ran = run(*where, "--json")
        resumed = json.loads(ran.out)
        assert (resumed["result"], resumed["is_registered"]) == ("cancelled", False)
        assert f"To begin anew: payrelay register --folder {system.folder} --wallet wallet-3 --again\n" in ran.err


@pytest.mark.slow
def test_what_is_registered_holds_in_every_session_of_the_user(
    run: Run, system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ("--answers", said_beforehand(tmp_path, answers_for(system)))
    where = ("register", "--folder", str(system.folder), "--wallet", "wallet-2", *answers, "--accept-terms")
    assert run(*where).code == 0
    relay, ring = (
        system.settings("relay"),
        read_keyring(system.folder / "relay.keys.json").at(int(time.time()), os.urandom),
    )
    other = OpenSession(Symbol("session", "another-session-of-the-user"), USER, (), ())
    told = set_up_request(other, ring, "relay", relay.setup.token)
    url = f"{relay.server.url}{told.target}"
    assert httpx2.post(url, headers=list(told.headers), content=told.body, trust_env=False).status_code == 204
    monkeypatch.setenv("PAYRELAY_PIN", WORD)
    monkeypatch.setenv("PAYRELAY_SESSION", other.session.name)
    keys = ("--keyring", str(system.folder / "terminal.keys.json"))
    ran = run(
        "pay", "--relay", system.relay, "--shop", system.shop, *keys, "--cart", "A pen", "--wallet", "wallet-2", "--yes"
    )
    assert ran.code == 0


@pytest.mark.parametrize(("security", "place"), [("plain", 0), ("channel", 0), ("hardened", 1)])
def test_the_answers_of_the_help_are_all_that_must_be_answered(security: str, place: int) -> None:
    shown = [line for line in EXAMPLE.splitlines() if line.startswith("  {")]
    answers = json.loads(shown[place].partition("     ")[0])
    assert set(answers) == {one.name for one in form_at(security) if one.required}
    assert answers["account"] == ACCOUNT


def test_nobody_is_there(run: Run, idle: System) -> None:
    ran = run("register", "--folder", str(idle.folder), "--wallet", "wallet-2", "--json")
    assert (ran.code, ran.out) == (3, "")
    said = f"nobody answers at {idle.relay}; start the system: payrelay serve --folder {idle.folder}"
    assert ran.err == f"payrelay: {said}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say for which wallet: --wallet wallet-1 or wallet-2"),
        (["--wallet", "wallet-7"], "no wallet 'wallet-7'; did you mean 'wallet-2'?"),
        (["--wallet", "shop"], "no wallet 'shop'"),
        (["--wallet", "wallet-2", "--authority", "relay"], "--authority 'relay' names no authority; write it as"),
        (["--wallet", "wallet-2", "--answers", "nowhere.json"], "nowhere.json: cannot read the answers: No such file"),
    ],
)
def test_invalid_words(run: Run, idle: System, words: list[str], said: str) -> None:
    ran = run("register", "--folder", str(idle.folder), *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("holder: A", "it is no JSON"),
        ("[]", "expected one JSON object"),
        ('{"holder": 3}', "holder: expected a text of 1 to 128 characters, or a list of such texts"),
        ('{"holder": []}', "holder: expected a text"),
        ('{"holder": ""}', "holder: expected a text"),
    ],
)
def test_invalid_answers(run: Run, idle: System, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text)
    ran = run("register", "--folder", str(idle.folder), "--wallet", "wallet-2", "--answers", str(path))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"{path}: {said}" in ran.err
