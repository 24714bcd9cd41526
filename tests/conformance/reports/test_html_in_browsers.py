"""The page, in Chromium: it fetches nothing, fits every screen, and what went wrong is one click away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.chromium import Chromium, Tab
from tests.diagrams.tools import needs_chromium

from payrelay.conformance.reports.html import html

from ..runs import built

pytestmark = pytest.mark.slow
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how much the page is wider than the screen."""
SEEN = "(one => { const box = one.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0; })"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """The report of a faulty relay, opened from a disk."""
    program = needs_chromium()
    folder = tmp_path_factory.mktemp("report")
    result = built("relay", variant="broken_consent_kept", walks=12).result()
    (folder / "report.html").write_text(html(result), encoding="utf-8")
    with Chromium(program, tmp_path_factory.mktemp("profile")) as browser:
        found = browser.tab()
        found.open((folder / "report.html").as_uri())
        found.sees("relay: does not conform")
        yield found


def test_nothing_is_fetched(tab: Tab) -> None:
    assert [Path(url).name for url in tab.browser.requested] == ["report.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_every_screen(tab: Tab, width: int, scheme: str) -> None:
    tab.sized(width, 800, scheme)
    tab.value("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert tab.value(WIDE) == 0


def test_the_first_failure_is_seen_without_a_click(tab: Tab) -> None:
    tab.sized(1280, 900)
    tab.reload()
    tab.sees("What went wrong")
    assert tab.value(f"{SEEN}(document.querySelector('#failures .check[open] .picture'))")
    failing = "document.querySelector('#failures .check[open] .picture g.bad.step')"
    inside = f"((one, of) => one.bottom <= of.bottom + 1 && one.top >= of.top)({failing}.getBoundingClientRect(), "
    assert tab.value(f"{inside}document.querySelector('#failures .check[open] .picture').getBoundingClientRect())")


def test_a_click_leads_from_a_requirement_to_its_check_and_opens_it(tab: Tab) -> None:
    link = "document.querySelector('tr[data-word=fail] td a')"
    tab.value("document.querySelectorAll('details').forEach(one => { one.open = false; })")
    target = tab.value(f"{link}.hash.slice(1)")
    tab.value(f"{link}.click()")
    tab.sees("Broken by it")
    assert tab.value(f"document.getElementById({target!r}).open")
    assert tab.value(f"{SEEN}(document.getElementById({target!r}))")


def test_requirements_are_found_by_word_and_by_verdict(tab: Tab) -> None:
    rows = "[...document.querySelectorAll('tr.row')].filter(one => !one.hidden)"
    everything = tab.value(f"{rows}.length")
    tab.press("failed ")
    failed = tab.value(f"{rows}.map(one => one.dataset.word)")
    assert set(failed) == {"fail"}
    tab.value("(find.value = 'zzz', find.dispatchEvent(new Event('input')))")
    assert tab.value(f"{rows}.length") == 0
    assert "Nothing is called so." in tab.shows
    tab.value("(find.value = '', find.dispatchEvent(new Event('input')))")
    tab.press("all ")
    assert tab.value(f"{rows}.length") == everything
