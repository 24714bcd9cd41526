"""A server with an error planted in it, so that a fuzzer can be seen to find one of each kind.

python -m tests.fuzz.planted SETTINGS --attached, with the name of the error in the environment
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from payrelay.host import application, serving
from payrelay.host.party import Party
from payrelay.model.conversion import Amount
from payrelay.reference_impl.__main__ import main
from payrelay.wire.exchange import Response
from payrelay.wire.problem_documents import Problem
from payrelay.wire.shapes import Digest
from payrelay.wire.terms import Hash

VARIABLE = "FUZZ_PLANTED"


def _raise_at_an_inquiry() -> None:
    receive = Party.receive

    def faulty(self: Party, request: Any, peer: str | None = None) -> Any:
        if request.path.endswith("inquiry"):
            raise RuntimeError("planted")
        return receive(self, request, peer)

    setattr(Party, "receive", faulty)  # noqa: B010


def _say_201() -> None:
    serving.TAKEN = Response(201)


def _answer(change: Callable[[Response], Response]) -> None:
    """Change every problem that is told."""
    to_response = Problem.to_response
    Problem.to_response = lambda self: change(to_response(self))  # type: ignore[method-assign]


def _say_it_as_text() -> None:
    _answer(lambda response: replace(response, headers=(("content-type", "text/plain"), *response.headers[1:])))


def _leave_the_title_out() -> None:
    _answer(lambda response: replace(response, body=response.body.replace(b'"title"', b'"tittle"')))


def _take_any_digest() -> None:
    def faulty(_self: Digest, value: Any, _reader: Any, _at: str) -> Any:
        return Hash(str(value))

    setattr(Digest, "read", faulty)  # noqa: B010


def _refuse_small_amounts() -> None:
    check = Amount.__post_init__

    def faulty(self: Amount) -> None:
        check(self)
        if self.value < 1000:
            raise ValueError("planted")

    Amount.__post_init__ = faulty  # type: ignore[method-assign]


def _ask_for_no_token() -> None:
    setattr(application, "hmac", SimpleNamespace(compare_digest=lambda _one, _other: True))  # noqa: B010


PLANTED: Mapping[str, Callable[[], None]] = {
    "a fault of the program": _raise_at_an_inquiry,
    "another status": _say_201,
    "another media type": _say_it_as_text,
    "another schema": _leave_the_title_out,
    "takes what is not allowed": _take_any_digest,
    "refuses what is allowed": _refuse_small_amounts,
    "asks for no token": _ask_for_no_token,
}
"""What can be planted."""

if __name__ == "__main__":
    PLANTED[os.environ[VARIABLE]]()
    sys.exit(main(sys.argv[1:]))
