"""Chromium, told over its debugging pipe what to open and to press: the browser itself, and no driver that it needs."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.diagrams.tools import needs_chromium

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
    """A window without a screen. `requested` has every URL that any page has asked for."""

    def __init__(self, profile: Path) -> None:
        self.requested: list[str] = []
        self._number = 0
        self._unread = b""
        reads, self._writes = os.pipe()
        self._reads, writes = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _EXEC, str(reads), str(writes), needs_chromium(), "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}",
             "--remote-debugging-pipe", "about:blank"],
            pass_fds=(reads, writes), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(reads)
        os.close(writes)
        (page,) = [one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self._ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self._ask("Network.enable")

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

    # --- what a user does

    def open(self, url: str) -> None:
        """Type an address."""
        self._ask("Page.navigate", url=url)

    def press(self, name: str) -> None:
        """Press the button or the link that has this text, once it is there and can be seen."""
        chosen = f"""[...document.querySelectorAll('button, a')].find(
            one => one.innerText.includes({json.dumps(name)}) && one.checkVisibility())"""
        self._until(f"document.readyState === 'complete' && !!{chosen}", name)
        at = self._value(f"(({chosen}).scrollIntoView({{block: 'center'}}), (box => [box.x + box.width / 2, "
                         f"box.y + box.height / 2])(({chosen}).getBoundingClientRect()))")  # fmt: skip
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    def sees(self, text: str) -> str:
        """Wait until the page shows a text; all that it shows."""
        self._until(f"document.body.innerText.includes({json.dumps(text)})", text)
        return self.shows

    @property
    def shows(self) -> str:
        """All that the page shows."""
        return str(self._value("document.body ? document.body.innerText : ''"))

    # --- how it is told

    def _until(self, condition: str, what: str) -> None:
        until = time.monotonic() + SECONDS
        while self._value(condition) is not True:
            if time.monotonic() > until:
                raise AssertionError(f"there is no '{what}' in: {self.shows}")
            time.sleep(0.05)

    def _value(self, expression: str) -> Any:
        """The value of an expression in the page; None while one page makes place for the next."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer.get("result", {}).get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            asked["sessionId"] = self._session
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
