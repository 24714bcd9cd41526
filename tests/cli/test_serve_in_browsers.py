"""A user with a browser: one system, one Chromium and its real clicks, Lynx and w3m.

Whatever the user does, the books agree at the end with what the user saw.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.chromium import Chromium, Tab
from tests.cli.conftest import Run
from tests.cli.systems_at_work import ENVIRONMENT
from tests.cli.test_serve import Served, served
from tests.diagrams.tools import needs_chromium
from tests.ports import free_ports

from payrelay.reference_impl.systems import ACCOUNT, Plan, write_system

pytestmark = pytest.mark.slow
PAID = "The payment server has approved the payment"
PRICES = {"A book": 1200, "A pen": 150, "A lamp": 4980}
HASTE = {"PAYRELAY_TIMERS_HOLD_TIME": "0.5", "PAYRELAY_TIMERS_DOUBT_TIME": "4", "PAYRELAY_TIMERS_RETRY_TIME": "2"}
"""So that a user need not wait long to be told that it takes long."""


def needs(program: str) -> list[str]:
    """A browser for text, or the test is not run."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program}: Debian package {program}")
    return [found]


@dataclass
class Town:
    """A system that is served, and a browser in front of it."""

    folder: Path
    plan: Plan
    system: Served
    browser: Chromium
    paid: int = 0
    """What should have been paid so far."""

    def order(self, thing: str, tab: Tab | None = None, language: str = "en") -> Tab:
        """Order something, and go to the relay to pay it: its first page is there."""
        tab = tab or self.browser.tab(language)
        tab.open(self.system.url("Order and pay"))
        tab.press(f"Order {thing}")
        tab.press(f"Pay {PRICES[thing]} JPY")
        tab.press("Go on")
        tab.sees("Choose a wallet")
        return tab

    def chosen(self, thing: str) -> Tab:
        """The page on which a payment is to be confirmed."""
        tab = self.order(thing)
        tab.press("Choose Wallet 2")
        tab.sees("Confirm payment")
        return tab

    @contextmanager
    def silent(self, party: str) -> Iterator[None]:
        """Meanwhile a party says nothing."""
        process = self.system.process_of(party)
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One system for all of these."""
    program = needs_chromium()
    folder, profile = tmp_path_factory.mktemp("town") / "system", tmp_path_factory.mktemp("profile")
    plan = Plan(wallets=3, first_port=free_ports(9), declined=("wallet-3",), doubted=("account",))
    write_system(folder, plan, now=int(time.time()), random=os.urandom)
    with (
        Chromium(program, profile) as browser,
        served("--folder", str(folder), environment={**ENVIRONMENT, **HASTE}) as system,
    ):
        yield Town(folder, plan, system, browser)


@pytest.fixture
def town(whole: Town) -> Iterator[Town]:
    """The system; afterwards it is looked whether any page asked for anything beyond this machine."""
    whole.browser.requested.clear()
    yield whole
    asked = [url for url in whole.browser.requested if url.startswith("http")]
    assert asked
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    ports = {urlsplit(url).port for url in asked}
    assert ports <= {whole.plan.ports[0], urlsplit(whole.plan.url("shop")).port}  # and nobody but relay and shop


def test_a_request_that_leaves_this_machine_would_be_seen(whole: Town) -> None:
    tab = whole.browser.tab()
    tab.browser.ask("Network.setBlockedURLs", tab.session, urls=["*example.invalid*"])
    tab.open("data:text/html,<p>a page</p><img src='http://example.invalid/seen'>")
    tab.sees("a page")
    assert "http://example.invalid/seen" in whole.browser.requested


def test_a_user_chooses_a_wallet_and_pays(town: Town) -> None:
    tab = town.order("A pen")
    assert "Wallet 1" in tab.shows
    tab.press("Choose Wallet 2")
    shown = tab.sees("Confirm and pay 150 JPY")
    for said in ("150 JPY", "150 Japanese yen", "Bookshop", "wallet-2", "account ending 1234"):
        assert said in shown
    tab.press("Confirm and pay")
    tab.sees(PAID)
    town.paid += 150


def test_a_user_waits_and_the_page_asks_again_by_itself(town: Town) -> None:
    tab = town.chosen("A book")
    with town.silent("payment"):
        tab.press("Confirm and pay")
        shown = tab.sees("It takes longer than usual")
        assert "This page asks again by itself" in shown
        assert "unknown" not in shown
    assert "1200 JPY" in tab.sees(PAID)  # nobody has pressed anything
    assert urlsplit(str(tab.value("location.href"))).path.startswith("/payrelay/v1/terminal_edge/waiting/terminal-")
    tab.reload()
    assert "1200 JPY" in tab.sees(PAID)
    town.paid += 1200


def test_a_user_asks_how_it_goes_on_and_is_told_when_it_is_in_doubt(town: Town) -> None:
    tab = town.chosen("A pen")
    with town.silent("payment"):
        tab.press("Confirm and pay")
        tab.sees("It takes longer than usual")
        time.sleep(5)
        tab.press("Ask again now")
        shown = tab.sees("The outcome is unknown")
        assert "Do not pay anew elsewhere" in shown
    tab.press("Ask again now")
    assert "150 JPY" in tab.sees(PAID)
    town.paid += 150


def test_a_user_reloads_while_it_is_waited_for_the_result(town: Town) -> None:
    tab = town.chosen("A pen")
    with town.silent("payment"):
        tab.press("Confirm and pay")
        time.sleep(0.2)
        tab.reload()
        tab.sees("It takes longer than usual")
        tab.reload()
        tab.sees("It takes longer than usual")
    tab.press("Ask again now")
    tab.sees(PAID)
    town.paid += 150


def test_a_user_is_declined_and_pays_with_the_next_attempt(town: Town) -> None:
    tab = town.order("A lamp")
    tab.press("Choose Wallet 3")
    tab.press("Confirm and pay")
    assert "Nothing was paid" in tab.sees("Declined")
    tab.press("Try again")
    tab.press("Choose Wallet 1")
    tab.press("Confirm and pay 4980 JPY")
    tab.sees(PAID)
    town.paid += 4980


@pytest.mark.parametrize("is_chosen", [False, True])
def test_a_user_cancels_and_pays_with_the_next_attempt(town: Town, is_chosen: bool) -> None:
    tab = town.chosen("A pen") if is_chosen else town.order("A pen")
    tab.press("Cancel, pay nothing")
    assert "Nothing was paid" in tab.sees("Cancelled")
    tab.press("Try again")
    tab.press("Choose Wallet 1")
    tab.press("Confirm and pay")
    tab.sees(PAID)
    town.paid += 150


def test_a_double_click_is_one_consent(town: Town) -> None:
    tab = town.chosen("A pen")
    tab.press("Confirm and pay", times=2)
    tab.sees(PAID)
    town.paid += 150


def test_a_user_goes_back_and_confirms_once_more(town: Town) -> None:
    tab = town.chosen("A pen")
    tab.press("Confirm and pay")
    tab.sees(PAID)
    town.paid += 150
    tab.back()
    tab.sees("Confirm Form Resubmission")  # it has not kept the page, and would have to ask anew for it
    tab.reload()
    tab.sees(PAID)


def test_a_user_goes_back_to_the_catalogue_and_orders_another_thing(town: Town) -> None:
    tab = town.browser.tab()
    tab.open(town.system.url("Order and pay"))
    tab.press("Order A pen")
    tab.sees("Pay 150 JPY")
    tab.back()
    tab.press("Order A book")
    tab.sees("Pay 1200 JPY")
    tab.press("Order something else")
    tab.sees("Order A lamp")


def test_an_order_in_two_tabs_is_paid_once(town: Town) -> None:
    one = town.chosen("A lamp")
    reference = next(url for url in town.browser.requested if "/start?" in url)
    other = town.browser.tab()
    other.open(reference)
    other.press("Go on")
    other.sees("Confirm payment")  # it is the same payment, as far as it is
    one.press("Confirm and pay")
    other.press("Confirm and pay")
    one.sees(PAID)
    other.sees(PAID)
    town.paid += 4980


def test_a_page_that_is_too_old_says_what_to_do(town: Town) -> None:
    tab = town.order("A pen")
    tab.press("Choose Wallet 1")
    tab.sees("Confirm payment")
    tab.browser.ask("Network.clearBrowserCookies", tab.session)
    tab.press("Confirm and pay")
    assert "Allow cookies for this site, and begin again where you ordered" in tab.sees("Not possible")


def test_a_user_reads_the_pages_in_her_own_language(town: Town) -> None:
    tab = town.browser.tab("de-CH,de;q=0.9,en;q=0.5")
    tab.open(town.system.url("Order and pay"))
    tab.press("A book")
    assert "1.200 Japanische Yen" in tab.sees("1200 JPY zahlen")
    assert tab.value("document.documentElement.lang") == "de"


def test_a_user_registers_over_two_pages_corrects_an_answer_and_pays(town: Town) -> None:
    tab = town.browser.tab()
    tab.open(town.system.url("Register at a wallet"))
    tab.press("Shorter pages")
    tab.press("Register for wallet-1")
    for account in ("1234", ACCOUNT):
        first = tab.sees("Page 1 of 2")
        tab.enter("Name", "A. User")
        tab.press("Send")
        last = tab.sees("Page 2 of 2")
        is_again = account == ACCOUNT
        assert ("answer again" in first, "answer again" in last) == (is_again, is_again)
        tab.enter("Account number", account)
        tab.press("Send")
    tab.sees("The wallet knows you now")
    town.order("A book", tab)
    tab.press("Choose Wallet 1")
    tab.press("Confirm and pay 1200 JPY")
    tab.sees(PAID)
    town.paid += 1200


def test_a_user_registers_on_one_page_which_says_what_is_wrong(town: Town) -> None:
    tab = town.browser.tab()
    tab.open(town.system.url("Register at a wallet"))
    tab.press("Register for wallet-2")
    for said in ("Page 1 of 1", "Not accepted"):
        tab.sees(said)
        tab.enter("Name", "A. User")
        tab.enter("Account number", ACCOUNT)
        tab.press("Send")
    tab.sees("The wallet knows you now")


def test_a_user_cancels_a_registration(town: Town) -> None:
    tab = town.browser.tab()
    tab.open(town.system.url("Register at a wallet"))
    tab.press("Register for wallet-3")
    tab.sees("Page 1 of 1")
    tab.press("Send")  # the browser itself says that an answer is missing
    tab.sees("Page 1 of 1")
    tab.press("Cancel, do not register")
    assert "You are not registered" in tab.sees("Cancelled")


def test_a_user_pays_in_lynx(town: Town, tmp_path: Path) -> None:
    lynx = needs("lynx")
    # To the second thing; order it, go to the relay, go on; the first wallet; confirm.
    keys = ("<tab>", "^J", "^J", "^J", "^J", "^J", "Q")
    (tmp_path / "keys").write_text("".join(f"key {key}\n" for key in keys))
    shown = subprocess.run(
        [*lynx, "-accept_all_cookies", f"-cmd_script={tmp_path / 'keys'}", town.system.url("Order and pay")],
        env={**os.environ, "TERM": "vt100", "LINES": "40"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert "approved" in shown, shown
    town.paid += 150
    town.browser.tab().open(town.plan.terminals_url)  # for the one who looks where Chromium has been


def test_a_user_reads_the_pages_in_w3m(town: Town) -> None:
    w3m = needs("w3m")
    tab = town.browser.tab()
    tab.open(town.system.url("Order and pay"))
    tab.press("Order A pen")
    tab.sees("Pay 150")
    start = str(tab.value("document.querySelector('a.first').href"))
    said = subprocess.run([*w3m, "-dump", start], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "nothing is paid before you confirm it" in " ".join(said.split())
    assert "Go on" in said
    catalogue = [*w3m, "-dump", town.system.url("Order and pay")]
    said = subprocess.run(catalogue, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "A book 1200 JPY\n" in said


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_every_page_fits_the_screen_and_its_buttons_a_thumb(town: Town, width: int) -> None:
    tab = town.browser.tab()
    tab.sized(width, 640)

    def look() -> None:
        wide, small, unlabelled = tab.value(LOOK)
        assert wide <= width
        assert small == []
        assert unlabelled == []

    tab.open(town.system.url("Order and pay"))
    for heading, button in (
        ("A lamp", "Order A pen"),
        ("Your order is placed", "Pay 150"),
        ("You come from a shop", "Go on"),
        ("Choose a wallet", "Choose Wallet 1"),
        ("Confirm payment", "Cancel, pay nothing"),
        ("Cancelled", "Try again"),
    ):
        tab.sees(heading)
        look()
        tab.press(button)
    tab.sees("Choose a wallet")
    tab.browser.ask("Network.clearBrowserCookies", tab.session)
    tab.open(town.system.url("Register at a wallet"))
    tab.press("Register for wallet-2")
    tab.sees("Send")
    look()


LOOK = """[
    document.documentElement.scrollWidth,
    [...document.querySelectorAll('button, .button, input:not([type=hidden])')]
        .filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML),
    [...document.querySelectorAll('input:not([type=hidden])')].filter(one => !one.labels.length).map(one => one.name)
]"""
"""How wide the page is, what is too small for a thumb, and what has no label."""


def test_the_books_agree_with_what_the_user_saw(whole: Town, run: Run) -> None:
    whole.system.end()
    audited = run("audit", str(whole.folder), "--json")
    document = json.loads(audited.out)
    assert (audited.code, document["agrees"]) == (0, True), audited.out
    assert whole.paid
    assert document["debited"] == {"JPY": f"{whole.paid} JPY"}
