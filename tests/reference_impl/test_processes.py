"""Every party as a process: a payment over real sockets, one killed in the middle, and all end cleanly."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.ports import free_ports
from tests.reference_impl.test_logs import first_unexplained
from tests.reference_impl.test_pages import field, link, slots

from payrelay.language.configurations import ConfigurationError
from payrelay.model.configurations import HAPPY
from payrelay.reference_impl.audit import audit
from payrelay.reference_impl.books import read_books
from payrelay.reference_impl.logs import merged_log
from payrelay.reference_impl.processes import Processes, running
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, storages_of, write_system

pytestmark = pytest.mark.slow
ENVIRONMENT = {**os.environ, "PYTHONPATH": ":".join(sys.path)}


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Path]:
    plan = Plan(wallets=1, first_port=free_ports(8))
    written = write_system(tmp_path / "system", plan, now=int(time.time()), random=os.urandom)
    return {path.stem: path for path in written}


def press(browser: httpx2.Client, page: httpx2.Response, action: str) -> httpx2.Response:
    target = page.url
    if "action=" in page.text:
        target = page.url.join(page.text.partition('method="post" action="')[2].partition('"')[0])
    return browser.post(target, data={"envelope": field(page.text, "envelope"), "action": action})


def ordered(browser: httpx2.Client, shop: str) -> httpx2.Response:
    """The page that asks for consent."""
    catalogue = browser.get(shop)
    order = browser.post(f"{shop}/order", data={"order_nonce": field(catalogue.text, "order_nonce"), "cart": "A pen"})
    return press(browser, browser.get(link(order.text)), "open")


def inquired(browser: httpx2.Client, page: httpx2.Response) -> httpx2.Response:
    """The page with the result, which the user asks for until it is there."""
    for _ in range(10):
        if "outcome" in slots(page):
            break
        data = {"envelope": field(page.text, "envelope"), "action": "inquire"}
        data["inquiry_token"] = slots(page)["inquiry_token"]
        page = browser.post(page.url, data=data)
    return page


def audited(settings: dict[str, Path]) -> tuple[tuple[object, ...], dict[str, int], list[str]]:
    """What the audit finds and counts, and the logs of all servers as one."""
    with storages_of(settings.values()) as storages:
        report = audit(read_books(storages))
        return report.findings, report.counts, merged_log(storages)


def test_a_payment_over_sockets(settings: dict[str, Path]) -> None:
    shop = str(read_settings(settings["shop"], {}).server.url)
    with running(settings, ENVIRONMENT) as processes, httpx2.Client(trust_env=False, timeout=30) as browser:
        assert {
            browser.get(f"{read_settings(path, {}).server.url}/health").status_code for path in settings.values()
        } == {200}
        confirm = ordered(browser, shop)
        assert slots(confirm)["amount"] == "150 JPY"
        result = press(browser, confirm, "confirm")
        assert slots(result)["outcome"] == "approved"
        assert set(processes.end_all().values()) == {0}
    findings, counts, lines = audited(settings)
    assert (findings, counts["debits"], counts["paid"], counts["under_way"]) == ((), 1, 1, 0)
    assert len(lines) > 20
    # A browser goes by one name at the shop and by another at the relay.
    of_payment = [line for line in lines if '"link":"direct_edge"' not in line]
    configuration = replace(HAPPY, ordering=False, nonces="each", security="plain", capability="html")
    assert first_unexplained(of_payment, configuration) is None


def test_a_killed_payment_server_comes_back_and_the_payment_is_made_once(settings: dict[str, Path]) -> None:
    shop = str(read_settings(settings["shop"], {}).server.url)
    environment = {**ENVIRONMENT, "PAYRELAY_TIMERS_RETRY_TIME": "0.5", "PAYRELAY_TIMERS_HOLD_TIME": "2"}
    processes = Processes(settings, environment)
    try:
        for party in settings:
            processes.start(party)
        with httpx2.Client(trust_env=False, timeout=30) as browser:
            confirm = ordered(browser, shop)
            processes.kill("payment")
            page = press(browser, confirm, "confirm")
            assert "inquiry_token" in slots(page)  # it takes longer
            processes.start("payment")
            assert slots(inquired(browser, page))["outcome"] == "approved"
    finally:
        ended = processes.end_all()
    assert set(ended.values()) == {0}
    findings, counts, _ = audited(settings)
    assert (findings, counts["debits"], counts["under_way"]) == ((), 1, 0)


def test_a_party_that_cannot_start_says_why(settings: dict[str, Path]) -> None:
    port = read_settings(settings["shop"], {}).server.address[1]
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ConfigurationError, match=r"shop did not start; it said: .*cannot listen at 127.0.0.1:"):
            Processes(settings, ENVIRONMENT).start("shop")


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_party_that_could_not_keep_a_step_makes_it_later(settings: dict[str, Path], fails_at: int) -> None:
    """The payment server's storage fails, at its decision or after it; started again, it decides once."""
    shop = str(read_settings(settings["shop"], {}).server.url)
    timers = {"PAYRELAY_TIMERS_RETRY_TIME": "0.5", "PAYRELAY_TIMERS_HOLD_TIME": "2"}
    processes = Processes(settings, {**ENVIRONMENT, **timers, "PAYRELAY_STORAGE_FAILS_AT": str(fails_at)})
    processes.start("payment")
    processes.environment = {**ENVIRONMENT, **timers}
    try:
        for party in settings:
            if party != "payment":
                processes.start(party)
        with httpx2.Client(trust_env=False, timeout=30) as browser:
            page = press(browser, ordered(browser, shop), "confirm")
            if fails_at == 1:
                assert processes.running["payment"].wait(timeout=20) == 5
                processes.end("payment")
                processes.start("payment")
            assert slots(inquired(browser, page))["outcome"] == "approved"
    finally:
        processes.end_all()
    findings, counts, _ = audited(settings)
    assert (findings, counts["debits"], counts["under_way"]) == ((), 1, 0)


def test_a_server_that_is_told_to_stop_turns_away_who_waits(settings: dict[str, Path]) -> None:
    """The payment server is gone, and the relay holds a request; it does not wait for what will not come."""
    shop = str(read_settings(settings["shop"], {}).server.url)
    with running(settings, ENVIRONMENT) as processes, httpx2.Client(trust_env=False, timeout=30) as browser:
        confirm = ordered(browser, shop)
        processes.kill("payment")
        with ThreadPoolExecutor(1) as another:
            waiting = another.submit(press, browser, confirm, "confirm")
            time.sleep(1)
            assert not waiting.done()
            assert processes.end("relay") == 0
            assert waiting.result().status_code == 503
        processes.start("relay")
        processes.start("payment")
    findings, counts, _ = audited(settings)
    assert (findings, counts["confirmed"]) == ((), 1)


def test_a_party_whose_storage_fails_stops(settings: dict[str, Path]) -> None:
    """It does not go on with what it may not remember."""
    shop = str(read_settings(settings["shop"], {}).server.url)
    processes = Processes(settings, ENVIRONMENT)
    try:
        processes.start("shop")
        with httpx2.Client(trust_env=False, timeout=30) as browser:
            catalogue = browser.get(shop)
            with sqlite3.connect(settings["shop"].with_suffix(".sqlite")) as other:
                other.execute("ALTER TABLE events RENAME TO elsewhere")
            data = {"order_nonce": field(catalogue.text, "order_nonce"), "cart": "A pen"}
            assert browser.post(f"{shop}/order", data=data).status_code == 503
        assert processes.running["shop"].wait(timeout=20) == 5
    finally:
        processes.end_all()
