"""Pays in a browser, and writes docs/pictures/payment.png: the page to confirm on a phone, and the result beside it.

    python -m docs.screenshot            pay in Chromium, and write the picture; the same: make screenshot
    python -m docs.screenshot --check    exit 1 if the pages do not say any more what they said in the picture

A whole system is served on loopback for that, with a clock that stands still and random bytes that are always the same.
So the pages are the same each time; how letters look is Chromium's to say. The picture has the digest of what they say
in it, so that it is known whether it is stale.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import re
import shutil
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx2
import uvicorn
from tests.cli.chromium import Chromium, Tab
from tests.ports import free_ports

from docs.documents import DOCS
from payrelay.reference_impl.servers import Server, make_server
from payrelay.reference_impl.settings_files import read_settings
from payrelay.reference_impl.systems import Plan, write_system
from payrelay.wire.identities import counted

PICTURE = DOCS / "pictures" / "payment.png"
COMMAND = "python -m docs.screenshot"
NOW = 1_800_000_000
WIDTH, HEIGHT, SCALE = 390, 520, 2
KEYWORD = b"payrelay pages"
"""What the digest in the picture is called (PNG, tEXt)."""
STEPS = ("Order A book", "Pay 1200 JPY", "Go on", "Choose Wallet 1", "Confirm and pay")
SHOWN = ("Confirm payment", "Keep the payment number")
"""What the two pages in the picture are known by."""
OF_ONE_RUN = re.compile(r'name="envelope" value="[^"]*"|data-payrelay-slot="identifier">[^<]*')
"""What is another whenever anything comes from the random bytes in another order."""


@contextmanager
def served(folder: Path) -> Iterator[Plan]:
    """A system that answers, all of it in one thread of this process."""
    plan = Plan(first_port=free_ports(8))
    listening: list[uvicorn.Server] = []
    servers: list[Server] = []
    settings = [read_settings(path, {}) for path in write_system(folder, plan, now=NOW, random=counted(b"picture"))]
    for one in settings:
        name = one.party.name
        server = make_server(one, clock=lambda: float(NOW), random=counted(name.encode()))
        servers.append(server)
        for (host, port), application in server.applications:
            listening.append(uvicorn.Server(uvicorn.Config(application, host=host, port=port, log_config=None)))

    async def all_of_it() -> None:
        await asyncio.gather(*(one.serve() for one in listening))
        await asyncio.gather(*(one.client.close() for one in servers))

    thread = threading.Thread(target=asyncio.run, args=(all_of_it(),))
    thread.start()
    try:
        until = threading.Event()
        while not all(one.started for one in listening) and thread.is_alive():
            until.wait(0.05)
        yield plan
    finally:
        for listener in listening:
            listener.should_exit = True
        thread.join()


def pages(plan: Plan) -> list[str]:
    """The two pages as a browser gets them, but for the names that are of one run alone, and their style."""
    found: list[str] = []
    with httpx2.Client(headers={"accept": "text/html", "accept-language": "en"}, trust_env=False) as browser:
        page = browser.get(plan.url("shop"))
        for button in STEPS:
            page = _pressed(browser, page, button)
            if any(said in page.text for said in SHOWN):
                found.append(OF_ONE_RUN.sub("", page.text))
        style = browser.get(f"{plan.terminals_url}/style.css").text
    assert len(found) == len(SHOWN), found
    return [*found, style]


def _pressed(browser: httpx2.Client, page: httpx2.Response, button: str) -> httpx2.Response:
    """The page behind a link or the button of a form."""
    link = re.search(rf'<a class="[^"]*" href="([^"]*)">{button}', page.text)
    if link:
        return browser.get(unescape(link[1]))
    for form in re.findall(r"<form.*?</form>", page.text, re.DOTALL):
        pressed = re.search(rf'<button[^>]* name="([^"]*)" value="([^"]*)"[^>]*>{button}', form)
        action = re.search(r'action="([^"]*)"', form)
        if pressed and action:
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
            return browser.post(page.url.join(action[1]), data={**hidden, pressed[1]: unescape(pressed[2])})
    raise ValueError(f"there is no '{button}' in: {page.text}")


def digest(shown: list[str]) -> bytes:
    """What the picture says that it shows."""
    return hashlib.sha256("\0".join(shown).encode()).hexdigest().encode()


def photograph(plan: Plan, chromium: str, folder: Path) -> bytes:
    """Pay in Chromium: the two pages side by side, as a PNG."""
    with Chromium(chromium, folder / "profile", "--hide-scrollbars", "--force-color-profile=srgb") as browser:
        tab = browser.tab()
        tab.sized(WIDTH, HEIGHT, scale=SCALE)
        tab.open(plan.url("shop"))
        taken = []
        for button in STEPS:
            tab.press(button)
            if button == STEPS[-2]:
                tab.sees(SHOWN[0])
                taken.append(tab.picture())
        tab.sees(SHOWN[1])
        taken.append(tab.picture())
        return _side_by_side(tab, taken, folder / "both.html")


def _side_by_side(tab: Tab, taken: list[bytes], page: Path) -> bytes:
    """Pictures of screens, each with a frame."""
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in taken)
    style = f"""body {{ margin: 0; display: flex; gap: 24px; padding: 12px; background: #e9ecf0 }}
        img {{ width: {WIDTH}px; height: {HEIGHT}px; border: 1px solid #a9b2bc; border-radius: 16px }}"""
    page.write_text(f"<!DOCTYPE html><style>{style}</style>{images}", encoding="utf-8")
    tab.sized(2 * (WIDTH + 2) + 48, HEIGHT + 2 + 24, scale=SCALE)
    tab.open(page.as_uri())
    return tab.picture()


def labelled(picture: bytes, text: bytes) -> bytes:
    """A PNG with a text in it, right after its head."""
    chunk = b"tEXt" + KEYWORD + b"\0" + text
    head = 8 + 25  # the signature, and the first chunk, which is always as long
    return (
        picture[:head]
        + struct.pack(">I", len(chunk) - 4)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + picture[head:]
    )


def label(picture: bytes) -> bytes:
    """The text in a PNG that `labelled` has made."""
    found = re.search(rb"tEXt" + KEYWORD + rb"\0([0-9a-f]{64})", picture)
    return found[1] if found else b""


def main(arguments: Sequence[str]) -> int:
    """Write the picture, or tell whether it is current; the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Pay in a browser, and write a picture of it.")
    parser.add_argument("--check", action="store_true", help="only tell whether the picture is current")
    parser.add_argument("--output", type=Path, default=PICTURE, metavar="FILE", help="where the picture is")
    asked = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if not asked.check and chromium is None:
        print("payrelay: chromium is missing: Debian package chromium", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with served(folder / "described") as plan:
            now = digest(pages(plan))
        if asked.check:
            if asked.output.is_file() and label(asked.output.read_bytes()) == now:
                return 0
            print(f"{asked.output.name} is stale; mend it with: {COMMAND}", file=sys.stderr)
            return 1
        assert chromium is not None
        with served(folder / "photographed") as plan:
            asked.output.write_bytes(labelled(photograph(plan, chromium, folder), now))
    print(f"{asked.output}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
