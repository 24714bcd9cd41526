"""The named scenarios, run by servers: the same states as in the model, and logs that are runs of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.host.following import unexplained
from tests.host.town import ACCOUNT, ORDER, TERMINAL, Town
from tests.wire.runs import happenings_of, system_of

from payrelay.host.memory import MemoryStorage
from payrelay.host.storage import Changes
from payrelay.language.systems import System
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import ATTEMPTS, BENIGN, CLAIM_8_LITERALLY, HAPPY, REGISTRATION
from payrelay.model.data import SECURITIES
from payrelay.model.messages import user
from payrelay.model.scenarios import SCENARIOS
from payrelay.wire.set_up import Decision, OpenSession

SHARED = {"relay_directory", "payment_account"}
"""The machines that have one state only, and are kept as records."""
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def orders(town: Town) -> None:
    town.does(user.UserOrders, cart="a book")
    town.does(user.UserPays)


def happy_path(town: Town) -> None:
    orders(town)
    town.does(user.UserConfirms)


def wallet_selection(town: Town) -> None:
    orders(town)
    town.does(user.UserChooses, index=1)
    town.does(user.UserConfirms)


def cancel(town: Town) -> None:
    orders(town)
    town.does(user.UserChooses, index=1)
    town.does(user.UserCancels)


def keep_alive(town: Town) -> None:
    """What goes to the payment server is on its way until the user has asked three times."""
    orders(town)
    town.begins(user.UserConfirms)
    slow = town.arrives_all_but("payment")
    for _ in range(3):
        assert town.network.wait("hold_time")
        slow += town.arrives_all_but("payment")
        assert town.control(TERMINAL, "purchase") == "in_progress"
        town.begins(user.UserAsks)
        slow += town.arrives_all_but("payment")
    town.network.under_way.extend(slow)
    town.network.settle()


def paid_again(town: Town) -> None:
    town.does(user.UserPays)
    town.does(user.UserConfirms)
    town.issuer_decides(Decision.APPROVES)
    town.does(user.UserPaysAgain)
    town.does(user.UserConfirms)


def status_inquiry(town: Town) -> None:
    """What the wallet asks the shop takes so long that the relay asks the payment server."""
    orders(town)
    town.begins(user.UserConfirms)
    slow = town.arrives_all_but("shop")
    town.network.wait("doubt_time")
    town.network.settle()
    town.network.under_way.extend(slow)
    town.network.settle()


def registration(town: Town) -> None:
    town.does(user.UserRegisters, wallet="wallet-1")
    while town.control(TERMINAL, "registration") == "filling":
        town.does(user.UserAnswers, is_complete=True)


CASES: dict[str, tuple[Callable[[Town], None], dict[str, object], PaymentConfiguration]] = {
    "happy_path": (happy_path, {}, HAPPY),
    "wallet_selection": (wallet_selection, {"wallets": 2}, BENIGN),
    "decline": (wallet_selection, {"wallets": 2, "issuer": Decision.DECLINES}, BENIGN),
    "cancel": (cancel, {"wallets": 2}, BENIGN),
    "keep_alive": (keep_alive, {}, replace(BENIGN, wallets=1)),
    "paid_again": (paid_again, {"order": True, "issuer": Decision.DECLINES}, ATTEMPTS),
    "status_inquiry": (status_inquiry, {"asks_payment_server": True}, CLAIM_8_LITERALLY),
    "registration_refused": (registration, {"enrolled": False, "acceptable": False}, REGISTRATION),
    "registration_unwanted": (registration, {"enrolled": False, "takes_on_strangers": False}, REGISTRATION),
    "registration": (registration, {"enrolled": False}, REGISTRATION),
    "registration_corrected": (registration, {"enrolled": False, "wrong_answers": ("account",)}, REGISTRATION),
}


def states_in_model(name: str, security: str) -> Counter[tuple[str, str, str]]:
    """The states of all machines that did anything in a scenario."""
    scenario = BY_NAME[name]
    system: System = system_of(scenario, security)
    last = {}
    for happening in happenings_of(system, scenario):
        if happening.reaction is not None:
            last.update(happening.reaction.after())
    instances = system.instances
    return Counter((instances[n].party, instances[n].table.name, local.control) for n, local in last.items())


def states_here(town: Town) -> Counter[tuple[str, str, str]]:
    return Counter(
        (name, machine.table, machine.local.control)
        for name, storage in town.storages.items()
        for machine in storage.machines()
    )


@pytest.mark.slow
@pytest.mark.parametrize("security", ["hardened", "plain"])
@pytest.mark.parametrize("name", CASES)
def test_servers_do_what_the_model_does(name: str, security: str) -> None:
    run, setting, configuration = CASES[name]
    town = Town(security=security, **setting)  # type: ignore[arg-type]
    run(town)
    assert unexplained(town, replace(configuration, security=security, nonces="each")) == ""
    if name in BY_NAME:
        wanted, found = states_in_model(name, security), states_here(town)
        assert {table for _, table, _ in wanted - found} <= SHARED
        # What was set up stands there, too, though it did nothing.
        assert {table for _, table, _ in found - wanted} <= {"enrolment"}


@pytest.mark.slow
@pytest.mark.parametrize("security", SECURITIES)
def test_a_user_registers_and_pays_with_what_was_registered(security: str) -> None:
    town = Town(security=security, enrolled=False)
    orders(town)
    assert (town.control(TERMINAL, "purchase"), town.postings()) == ("failed", [])
    assert town.registers() == "ok"
    town.does(user.UserPaysAgain)
    town.does(user.UserConfirms)
    assert (town.outcome(), town.postings()) == ("approved", [ORDER.total])
    other = Town(security=security, enrolled=False)
    assert other.registers() == "ok"
    other.pin = "guessed"
    other.crash(TERMINAL)
    orders(other)
    other.does(user.UserConfirms)
    is_proved = security != "hardened"
    assert (other.outcome() == "approved", other.postings() == [ORDER.total]) == (is_proved, is_proved)


def test_a_question_that_is_answered_by_nothing_is_left_out() -> None:
    town = Town(security="plain", enrolled=False)
    answers = town.network.parties[TERMINAL].world.answers
    assert isinstance(answers, dict)
    answers.update(mail="", street="1 Main Street")
    assert town.registers() == "ok"
    (sent,) = (
        json.loads(carried.flight.outgoing.request.body)["values"]
        for carried in town.network.carried
        if carried.flight.outgoing.request.target.endswith("/form_answers")
    )
    said = {one["field"]: one["value"] for one in sent}
    assert "mail" not in said
    assert (said["street"], said["account"]) == ("1 Main Street", ACCOUNT.name)


@pytest.mark.slow
def test_what_is_registered_holds_in_every_session_of_the_user() -> None:
    town = Town(enrolled=False)
    assert town.registers() == "ok"
    other, stranger = ("another-session-of-the-user", "user"), ("a-session-of-somebody-else", "somebody")
    for name, owner in (other, stranger):
        town.set_up("relay", OpenSession(Symbol("session", name), owner, (), ()))
        town.session = name
        town.crash(TERMINAL)
        town.does(user.UserOrders, cart="a book")
        town.does(user.UserPays)
        assert town.control(TERMINAL, "purchase") == ("confirming" if owner == "user" else "failed")
        town.storages[TERMINAL] = MemoryStorage()


def test_at_security_channel_it_is_the_same() -> None:
    town = Town(security="channel")
    happy_path(town)
    assert unexplained(town, replace(HAPPY, security="channel", nonces="each")) == ""
    assert town.outcome() == "approved"


def test_a_log_that_is_none_of_the_model_is_seen() -> None:
    town = Town()
    happy_path(town)
    shop = town.storages["shop"]
    lines = list(shop.events())
    assert unexplained(town, replace(HAPPY, nonces="each")) == ""
    other = lines[-1].replace("PaymentResponse", "PaymentRequest")
    shop.commit(Changes(events=(other,)))
    assert unexplained(town, replace(HAPPY, nonces="each")) != ""
