"""What is known of a party's runs: the names that it was set up with, that it told its peers, and that it was told.

A fuzzer that says nothing but what it makes up itself never gets beyond the first state of any machine. So what is
heard is said again now and then.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from random import Random
from typing import Any

from payrelay.wire.base64url import from_base64url
from payrelay.wire.binding import answer_in_page
from payrelay.wire.exchange import Response, media_type
from payrelay.wire.pages import HTML_MEDIA, PLAIN_TEXT
from payrelay.wire.problem_documents import Problem

Json = Any
MOST = 24
"""How many values of one name are remembered: the latest."""
NEVER = frozenset({"message", "sender", "receiver", "jws", "jwe"})
"""Members that are no names."""


class Familiar:
    """Values that were seen, by the names of the members in which they stood."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.heard: Counter[tuple[str, str]] = Counter()
        self._kept: defaultdict[str, list[Json]] = defaultdict(list)
        self._seen: defaultdict[str, deque[Json]] = defaultdict(lambda: deque(maxlen=MOST))

    def learn(self, value: Json, name: str = "") -> None:
        """Remember a value, and all that stands in it."""
        if isinstance(value, dict):
            for inner, item in value.items():
                if not (inner in ("jws", "jwe") and isinstance(item, str)):
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
        """Remember what a message says, and who said it."""
        if isinstance(message, dict):
            self.heard[str(message.get("sender")), str(message.get("message"))] += 1
        self.learn(message)

    def hear_answer(self, answer: Response) -> None:
        """Remember the answer to a terminal, in clear or in a page."""
        media, charset = media_type(answer.headers)
        page = answer_in_page(answer, media, charset) if media in (*HTML_MEDIA, PLAIN_TEXT) else answer.body
        self.hear(None if answer.status != 200 or isinstance(page, Problem) else said_in(page))

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
