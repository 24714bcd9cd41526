"""Chromium, told over its debugging pipe what to open and to press: the browser itself, and no driver that it needs."""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SECONDS = 30
"""How long anything may take."""

_EXEC = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(file), fcntl.F_DUPFD, 10) for file in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from file 3 and writes to file 4."""


class Chromium:
    """A browser without a screen. `requested` has every URL that any of its pages has asked for."""

    def __init__(self, program: str, profile: Path, *options: str) -> None:
        self.requested: list[str] = []
        self._number = 0
        self._unread = b""
        reads, self._writes = os.pipe()
        self._reads, writes = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _EXEC, str(reads), str(writes), program, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}",
             *options, "--remote-debugging-pipe", "about:blank"],
            pass_fds=(reads, writes), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(reads)
        os.close(writes)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._writes)  # it ends once nobody tells it anything
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._reads)

    def tab(self, language: str = "en") -> Tab:
        """Another tab of the same user."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Network.enable", session)
        self.ask("Page.enable", session)
        agent = self.ask("Browser.getVersion")["userAgent"]
        self.ask("Network.setUserAgentOverride", session, userAgent=agent, acceptLanguage=language)
        return Tab(self, session)

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Tell it something; what it answers."""
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            asked["sessionId"] = session
        os.write(self._writes, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("method") == "Network.requestWillBeSent":
                self.requested.append(told["params"]["request"]["url"])
            if told.get("id") == self._number:
                return dict(told.get("result", {}))

    def _read(self) -> dict[str, Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._reads, selectors.EVENT_READ)
            while b"\0" not in self._unread:
                assert selector.select(SECONDS), "Chromium says nothing"
                more = os.read(self._reads, 1 << 16)
                assert more, "Chromium has ended"
                self._unread += more
        line, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(line))


class Tab:
    """One page after another, and what a user does there."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self.browser, self.session = browser, session

    # --- what a user does

    def open(self, url: str) -> None:
        """Type an address."""
        self._ask("Page.navigate", url=url)

    def press(self, name: str, times: int = 1) -> None:
        """Press the button or the link that has this text, once it is there and can be seen."""
        chosen = f"""[...document.querySelectorAll('button, a')].find(
            one => one.innerText.includes({json.dumps(name)}) && one.checkVisibility())"""
        self._until(f"document.readyState === 'complete' && !!{chosen}", name)
        at = self.value(f"(({chosen}).scrollIntoView({{block: 'center'}}), (box => [box.x + box.width / 2, "
                        f"box.y + box.height / 2])(({chosen}).getBoundingClientRect()))")  # fmt: skip
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self._ask("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=count)

    def enter(self, label: str, text: str) -> None:
        """Write something into the field that has this label, in place of what is there."""
        chosen = f"[...document.querySelectorAll('label')].find(one => one.innerText.includes({json.dumps(label)}))"
        self._until(f"document.readyState === 'complete' && !!{chosen}?.control", label)
        self.value(f"(({chosen}).control.focus(), ({chosen}).control.select())")
        self._ask("Input.insertText", text=text)

    def back(self) -> None:
        """Press the browser's button to go back."""
        history = self._ask("Page.getNavigationHistory")
        before = history["entries"][history["currentIndex"] - 1]
        self._ask("Page.navigateToHistoryEntry", entryId=before["id"])

    def reload(self) -> None:
        """Press the browser's button to load the page again, and agree to send again what was sent."""
        self._ask("Page.reload")

    def sees(self, text: str) -> str:
        """Wait until a page is whole and shows a text; all that it shows."""
        self._until(f"document.readyState === 'complete' && document.body.innerText.includes({json.dumps(text)})", text)
        return self.shows

    @property
    def shows(self) -> str:
        """All that the page shows."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    # --- how it looks

    def sized(self, width: int, height: int, scheme: str = "light", scale: float = 1) -> None:
        """Look at it on a screen of this size, by day or by night."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, *, is_whole: bool = False) -> bytes:
        """What is on the screen, or the whole page, as a PNG."""
        self._until("document.readyState === 'complete'", "a whole page")
        taken = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=is_whole)
        return base64.b64decode(taken["data"])

    # --- how it is told

    def _until(self, condition: str, what: str) -> None:
        until = time.monotonic() + SECONDS
        while self.value(condition) is not True:
            if time.monotonic() > until:
                raise AssertionError(f"there is no '{what}' in: {self.shows}")
            time.sleep(0.05)

    def value(self, expression: str) -> Any:
        """The value of an expression in the page; None while one page makes place for the next."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer.get("result", {}).get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **parameters)
