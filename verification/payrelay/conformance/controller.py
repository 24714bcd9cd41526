"""Controller: asks a party under test for what no message can do (`payrelay.conformance.control`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from payrelay.conformance.control import CALLS, KIND
from payrelay.language.messages import Stimulus
from payrelay.language.traces import plain_input

SECONDS = 30.0
"""How long a call may take: a party is started again within it."""


class ControlError(Exception):
    """The test controller does not do what it says that it can. One line."""


def told_of(stimulus: Stimulus) -> dict[str, Any]:
    """What a user does, as JSON: without the nonce of what comes of it, which is the terminal's own."""
    fields = plain_input(stimulus)["fields"]
    return {"event": stimulus.event, "fields": {name: value for name, value in fields.items() if name != "nonce"}}


@dataclass
class Controller:
    """A test controller at a URL, which may be there or not."""

    url: str
    """Before `/capabilities`, without a slash at its end."""
    token: str = ""
    calls: frozenset[str] | None = None
    """What it can do; None as long as it was not asked."""
    _client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        shown = {"authorization": f"Bearer {self.token}"} if self.token else {}
        self._client = httpx2.Client(trust_env=False, timeout=SECONDS, headers=shown)

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def capabilities(self) -> frozenset[str]:
        """What it can do. Raises ControlError if it is not there."""
        try:
            answered = self._client.get(f"{self.url}/capabilities")
            document = answered.json() if answered.status_code == 200 else None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise ControlError(f"{self.url}/capabilities: {type(error).__name__}: {error}") from None
        if (
            not isinstance(document, dict)
            or document.get("kind") != KIND
            or not isinstance(document.get("calls"), list)
        ):
            expected = f'expected 200 and {{"kind": "{KIND}", "calls": [...]}}'
            raise ControlError(f"{self.url}/capabilities: {expected}, not status {answered.status_code}")
        self.calls = frozenset(one for one in document["calls"] if one in CALLS)
        return self.calls

    def can(self, call: str) -> bool:
        """Whether it can do something."""
        return call in (self.capabilities() if self.calls is None else self.calls)

    def advance_clock(self, seconds: float) -> bool:
        """Set the clock of the parties under test forward."""
        return self._call("advance_clock", {"seconds": seconds})

    def crash_restart(self, party: str) -> bool:
        """Kill a party, and start it again."""
        return self._call("crash_restart", {"party": party})

    def force(self, test: str, party: str, stimulus: Stimulus, stands: Mapping[str, Any]) -> bool:
        """Have the user of a party do something. The nonce of what comes of it is the party's own; `stands` is what the
        party begins the test with."""
        return self._call("force", {"test": test, "party": party, **told_of(stimulus), "stands": dict(stands)})

    def _call(self, call: str, asked: dict[str, Any]) -> bool:
        try:
            status = self._client.post(f"{self.url}/{call}", json=asked).status_code
        except httpx2.HTTPError as error:
            raise ControlError(f"{self.url}/{call}: {type(error).__name__}: {error}") from None
        if status not in (200, 204, 409):
            raise ControlError(f"{self.url}/{call}: expected 204, or 409 if it cannot be done now, not {status}")
        return status != 409
