"""Triggering: a terminal under test as a process of one test, and what its user does, told to it line by line.

The command of `[sut.trigger]` starts it, and is told where the relay and the shop are, and what the terminal begins the
test with. Each act of its user is one JSON object on a line of its standard input:

    {"event": "user_chooses", "fields": {"index": 1}}

An act is for what the terminal shows once its last request is answered; one that it offers nothing for is passed over.
The process is killed at the end of its test.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from payrelay.conformance.configuration import FIRST_SECTION, Configuration
from payrelay.conformance.controller import told_of
from payrelay.conformance.starting import begun, last_said
from payrelay.language.messages import Stimulus


class Triggered:
    """A terminal at work, for one test: it can be killed, and started again."""

    def __init__(self, configuration: Configuration, party: str, values: Mapping[str, str]) -> None:
        trigger = configuration.sut.trigger
        assert trigger is not None
        self._trigger, self._party = trigger, party
        self._wrong = partial(configuration.document.wrong, ("sut", "trigger"), "command")
        self._folder = TemporaryDirectory(prefix="payrelay-terminal-", ignore_cleanup_errors=True)
        self._values = {**values, "folder": self._folder.name}
        self._said = TemporaryFile()  # noqa: SIM115
        try:
            self._process = self._begun()
        except Exception:
            self._let_go()
            raise

    def _begun(self) -> subprocess.Popen[bytes]:
        return begun(self._trigger, self._values, self._wrong, self._said, subprocess.PIPE)

    @property
    def seconds(self) -> float:
        """Within how many seconds of its start it makes its first request."""
        return self._trigger.seconds

    def act(self, stimulus: Stimulus) -> None:
        """Its user does something. One that has ended does nothing, which shows."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(told_of(stimulus), ensure_ascii=False).encode() + b"\n")
            self._process.stdin.flush()

    def ended(self) -> str:
        """That it has ended by itself, and what it said last; nothing if it is there."""
        code = self._process.poll()
        if code is None:
            return ""
        return f"{self._party} has ended with {code}; it said last: {last_said(self._said)}"

    def crash(self) -> None:
        """Kill it at once, and start it again."""
        self._kill()
        self._process = self._begun()

    def end(self) -> None:
        """Its test is over."""
        self._kill()
        self._let_go()

    def _let_go(self) -> None:
        self._said.close()
        self._folder.cleanup()

    def _kill(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Triggers:
    """Starts terminals under test."""

    def __init__(self, configuration: Configuration, urls: Mapping[str, str]) -> None:
        """`urls` is where each peer is, and as `terminals` the relay for terminals."""
        self._configuration = configuration
        peers = {f"{party}.url": url for party, url in urls.items() if party not in (FIRST_SECTION, "relay")}
        relay = {"relay.url": urls[FIRST_SECTION]} if FIRST_SECTION in urls else {}
        self._same = {
            **peers,
            **relay,
            "relay": configuration.called("relay"),
            "shop": configuration.called("shop"),
            "authority": configuration.called("authority"),
            "security": configuration.sut.security,
            "capability": configuration.run.capabilities[0],
        }

    def begin(self, party: str, stands: Mapping[str, Any]) -> Triggered:
        """Start a terminal that begins a test with this. Raises ConfigurationError if it cannot be started."""
        order = stands.get("order") or {}
        own = {
            "name": self._configuration.called(party),
            "session": stands.get("session", ""),
            "order": order.get("order", ""),
            "user_auth": stands.get("user_auth") or "",
        }
        return Triggered(self._configuration, party, {**self._same, **own})
