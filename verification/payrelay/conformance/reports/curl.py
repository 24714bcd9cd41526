"""curl: a request of a check as a command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from payrelay.conformance.redaction import HIDDEN

BASE = "$BASE_URL"


def curl(http: Mapping[str, Any], base: str = "") -> str:
    """The command. Without a base it takes it from the environment; what was redacted has to be filled in."""
    url = shlex.quote(f"{base}{http['path']}") if base else f'"{BASE}"{shlex.quote(http["path"])}'
    words = ["curl --include"]
    words += [f"--request {http['method']}"] if http["method"] != "POST" or not http["body"] else []
    words.append(url)
    words += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in http["headers"] if value != HIDDEN]
    if http.get("encoding") == "base64":
        words.append("--data-binary @-")
        return f"echo {http['body']} | base64 --decode | " + " \\\n  ".join(words)
    if http["body"]:
        words.append(f"--data-binary {shlex.quote(http['body'])}")
    return " \\\n  ".join(words)
