"""What is known of a party's runs: the names that it was set up with, that it told its peers, and that it was told.

A fuzzer that says nothing but what it makes up itself never gets beyond the first state of any machine. So the peers
of the party under test listen, and what is heard is said again now and then.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from payrelay.wire.base64url import from_base64url

Json = Any
MOST = 24
"""How many values of one name are remembered: the latest."""
NEVER = frozenset({"message", "sender", "receiver", "jws", "jwe"})
"""Members that are no names."""


class Familiar:
    """Values that were seen, by the names of the members in which they stood."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.heard: Counter[str] = Counter()
        self._kept: defaultdict[str, list[Json]] = defaultdict(list)
        self._seen: defaultdict[str, deque[Json]] = defaultdict(lambda: deque(maxlen=MOST))

    def learn(self, value: Json, name: str = "") -> None:
        """Remember a value, and all that stands in it."""
        if isinstance(value, dict):
            for inner, item in value.items():
                self.learn(item, name if inner in ("jws", "jwe") else inner)
            token = value.get("jws")
            if isinstance(token, str):
                self.learn(_content(token), name)
        elif isinstance(value, list):
            for item in value:
                self.learn(item, name)
        if isinstance(value, str | dict) and name and name not in NEVER and value not in self._seen[name]:
            self._seen[name].append(value)

    def hear(self, message: Json) -> None:
        """Remember what a message says, and that it was said."""
        if isinstance(message, dict) and isinstance(message.get("message"), str):
            self.heard[message["message"]] += 1
        self.learn(message)

    def keep(self, name: str, *values: Json) -> None:
        """Know values from the beginning, and never forget them."""
        self._kept[name].extend(values)

    def about(self, name: str, kind: type) -> Json:
        """A value of this kind that stood under a name; None if there is none."""
        found = [value for value in (*self._kept[name], *tuple(self._seen[name])) if type(value) is kind]
        return self.random.choice(found) if found else None

    def token(self, name: str, member: str) -> Json:
        """A signed or sealed object that stood under a name."""
        found = [value for value in tuple(self._seen[name]) if type(value) is dict and value.keys() == {member}]
        return self.random.choice(found) if found else None


def _content(token: str) -> Json:
    """What a signed object says."""
    try:
        return json.loads(from_base64url(token.split(".")[1])).get("content")
    except (ValueError, IndexError, AttributeError):
        return None


def said_in(body: bytes) -> Json:
    """The JSON of a message, signed as a whole or not; None if there is none."""
    try:
        text = from_base64url(body.decode("ascii").split(".")[1]) if body.startswith(b"ey") else body
        return json.loads(text)
    except (ValueError, IndexError):
        return None


@contextmanager
def peers_that_listen(familiar: Familiar) -> Iterator[str]:
    """A URL at which whatever a party sends is taken, and remembered."""

    class Taking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            familiar.hear(said_in(body))
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
