"""The switchboard, with a program of the test's own as the system under test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest

from payrelay.conformance.connected import Connected
from payrelay.conformance.controller import Controller
from payrelay.conformance.correspondence import Correspondence
from payrelay.conformance.subjects import Answered, Asked
from payrelay.conformance.switchboard import (
    LAST_TAKEN,
    LATELY,
    DeadError,
    Place,
    Played,
    Reached,
    Switchboard,
)
from payrelay.host.addresses import Addresses
from payrelay.host.application import every_link_of
from payrelay.host.listening import bound
from payrelay.language.terms import Symbol
from payrelay.model.messages.purchase import CancelAck, OrderPlace, WalletQuery
from payrelay.wire.binding import to_request
from payrelay.wire.discovery import links_served, read_discovery
from payrelay.wire.event_log import PROCEDURE_HEADER
from payrelay.wire.exchange import Request, Response
from payrelay.wire.keyring import Keyring

SECRET = b"s" * 64


def keyring(party: str) -> Keyring:
    """A keyring at security plain."""
    return Keyring(party=party, security="plain", secret=SECRET)


@pytest.fixture
def board() -> Iterator[Switchboard]:
    """The kit as wallet and as shop; the relay is nobody, at a port where nobody is."""
    played = []
    for party in ("wallet-1", "shop"):
        taken = bound(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        links = every_link_of(party)
        played.append(Played(keyring(party), dict.fromkeys(links, url), (Place(taken, links),)))
    reached = {"relay": Reached("relay", Addresses(of_party={"relay": "http://127.0.0.1:9"}))}
    with Switchboard(played, reached) as board:
        yield board
    for one in played:
        one.places[0].bound.close()


def having(kind: str, name: str) -> Correspondence:
    """A test that knows one identifier."""
    found = Correspondence(lambda symbol: symbol.name, {})
    found.learn(Symbol(kind, "1"), name)
    return found


def query(wallet_txn: str) -> Request:
    """A request of the relay under test."""
    message = WalletQuery(
        sender="relay",
        receiver="wallet-1",
        wallet_txn=Symbol("wallet_txn", wallet_txn.ljust(22, "0")),
        user_ref=Symbol("user_ref", "0" * 22),
        brands=("brand",),
        currency="JPY",
    )
    return to_request(message, keyring("relay"))


def send(board: Switchboard, party: str, request: Request) -> httpx2.Response:
    """Send as the system under test does."""
    url = next(iter(board.played[party].urls.values()))
    with httpx2.Client(trust_env=False) as client:
        return client.post(f"{url}{request.target}", content=request.body, headers=list(request.headers))


def test_a_request_is_taken_and_handed_to_its_test(board: Switchboard) -> None:
    first, second = (having("wallet_txn", name.ljust(22, "0")) for name in ("one", "two"))
    with board.test("one", first) as one, board.test("two", second) as two:
        answered = send(board, "wallet-1", query("two"))
        assert (answered.status_code, answered.content) == (202, b"")
        heard = two.hear(1.0)
        assert isinstance(heard, Asked)
        assert (heard.party, heard.receiver, heard.number) == ("relay", "wallet-1", None)
        assert one.hear(0.0) is None
    assert board.all_strays().number == 0


def test_what_comes_before_a_test_knows_it_is_kept_for_it(board: Switchboard) -> None:
    found = having("session", "a session")
    with board.test("one", found) as one:
        send(board, "wallet-1", query("new"))
        assert one.hear(0.0) is None
        found.learn(Symbol("wallet_txn", "1"), "new".ljust(22, "0"))
        assert isinstance(one.hear(1.0), Asked)


@pytest.mark.parametrize("is_of_this_run", [True, False])
def test_what_is_of_another_run_comes_late(board: Switchboard, is_of_this_run: bool) -> None:
    """Whatever stands in it: names may be the same by chance, and tests are counted from 1 in each run."""
    run = board.run if is_of_this_run else "run-0"
    with board.test(f"{board.run}-1", having("wallet_txn", "one".ljust(22, "0"))) as one:
        request = query("one")
        send(board, "wallet-1", replace(request, headers=(*request.headers, (PROCEDURE_HEADER, f"{run}-1"))))
        assert isinstance(one.hear(0.5), Asked) is is_of_this_run
    assert board.all_strays().late == (not is_of_this_run)


def test_the_name_of_the_test_tells_it_if_it_comes_back(board: Switchboard) -> None:
    request = query("unknown")
    with board.test("one", having("session", "a session")) as one:
        send(board, "wallet-1", replace(request, headers=(*request.headers, (PROCEDURE_HEADER, "one"))))
        assert isinstance(one.hear(1.0), Asked)


def test_what_is_of_no_test_is_counted(board: Switchboard) -> None:
    send(board, "wallet-1", query("nobody"))
    with board.test("one", having("wallet_txn", "one".ljust(22, "0"))):
        pass
    send(board, "wallet-1", query("one"))
    strays = board.all_strays()
    assert (strays.number, strays.late) == (1, 1)
    assert list(strays.told) == ["relay -> wallet-1 /payrelay/v1/relay_wallet/wallet_query"]


def test_invalid_requests_are_refused_and_handed_over_all_the_same(board: Switchboard) -> None:
    request = query("one")
    with board.test("one", having("wallet_txn", "one".ljust(22, "0"))) as one:
        spoilt = replace(request, body=request.body.replace(b'"currency":"JPY"', b'"currency":"JPY","more":1'))
        answered = send(board, "wallet-1", replace(spoilt, headers=(*request.headers, (PROCEDURE_HEADER, "one"))))
        assert (answered.status_code, answered.json()["reason"]) == (400, "unknown_member")
        assert isinstance(one.hear(1.0), Asked)


def test_what_is_not_for_this_party_is_refused(board: Switchboard) -> None:
    assert send(board, "shop", query("one")).status_code == 404
    message = CancelAck(sender="shop", receiver="relay", relay_txn=Symbol("relay_txn", "0" * 22))
    with httpx2.Client(trust_env=False) as client:
        url = next(iter(board.played["shop"].urls.values()))
        assert client.get(f"{url}/payrelay/v1/setup/orders").status_code == 404
        assert client.get(f"{url}/health").json()["party"] == "shop"
        found = read_discovery(client.get(f"{url}/.well-known/payrelay").content)
    assert message.sender == "shop"
    assert set(getattr(found, "links", {})) == set(links_served("shop"))


def test_a_terminal_is_held_until_the_test_answers(board: Switchboard) -> None:
    nonce = Symbol("order_nonce", "n" * 22)
    request = to_request(
        OrderPlace(sender="terminal-1", receiver="shop", order_nonce=nonce, cart="a book"), keyring("terminal-1")
    )
    answers: list[httpx2.Response] = []
    with board.test("one", having("order_nonce", "n" * 22)) as one:
        terminal = threading.Thread(target=lambda: answers.append(send(board, "shop", request)))
        terminal.start()
        heard = one.hear(5.0)
        assert isinstance(heard, Asked)
        assert heard.number is not None
        time.sleep(0.05)
        assert not answers
        one.answer(heard.number, Response(200, (("content-type", "application/json"),), b"{}"))
        terminal.join(5)
    assert (answers[0].status_code, answers[0].content) == (200, b"{}")


def test_nobody_is_there_to_answer(board: Switchboard) -> None:
    message = CancelAck(sender="wallet-1", receiver="relay", relay_txn=Symbol("relay_txn", "0" * 22))
    with board.test("one", having("relay_txn", "0" * 22)) as one:
        number = one.send("relay", "wallet-1", to_request(message, keyring("wallet-1")))
        assert one.hear(5.0) == Answered(number, None)
        assert one.set_up("relay", query("x")) is None
        assert not one.crash("relay")
        assert not one.run_out("relay", "retry_time")


def test_a_timer_is_waited_for_or_the_clock_advanced(board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(board.ending, "wait", slept.append)
    board.periods, board.longest_wait = {"retry_time": 15.0, "offer_time": 3.0}, 5.0
    test = Connected(board, "one")
    assert not test.run_out("relay", "retry_time")
    assert test.run_out("relay", "offer_time")
    assert slept == [3.0]
    controller = Controller("http://127.0.0.1:9", calls=frozenset(["advance_clock"]))
    monkeypatch.setattr(controller, "advance_clock", lambda _seconds: True)
    board.controller = controller
    before = board.clock()
    assert test.run_out("relay", "retry_time")
    assert board.clock() - before >= 15.0
    controller.close()


def test_no_timer_is_waited_for_when_tests_are_to_end(board: Switchboard) -> None:
    board.periods, board.longest_wait = {"offer_time": 3600.0}, 3600.0
    board.ending.set()
    assert not Connected(board, "one").run_out("relay", "offer_time")


def test_a_dead_listener_is_the_kits_own_fault(board: Switchboard) -> None:
    board._listening[0].should_exit = True
    test = Connected(board, "one")
    with pytest.raises(DeadError, match="has ended"):
        test.hear(5.0)


def test_how_long_requests_take_is_told_by_the_last_ones_but_one_in_a_hundred() -> None:
    board = Switchboard((), {})
    assert board.slowest_lately() == 0.0
    now = board._loop.time()
    board._taken.extend([(now - 2 * LATELY, 9.0), (now, 0.01), (now, 0.5)])
    assert board.slowest_lately() == 0.5
    board._taken.extend([(now, 0.02)] * (LAST_TAKEN - 1))
    assert board.slowest_lately() == 0.02, "the one in a hundred is left out"
    board._taken.append((now, 0.4))
    board._taken.append((now, 0.3))
    assert board.slowest_lately() == 0.3
    board._loop.close()
