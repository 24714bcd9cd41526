"""Deviations: how a test ends before its end, and who is to blame for it."""

from __future__ import annotations

from collections.abc import Iterable


class Deviation(Exception):
    """The party under test does otherwise than the model. `kind` is of KINDS; `at` is where in a message, if that is
    known, as a JSON pointer."""

    def __init__(self, kind: str, what: str, expected: Iterable[str] = (), at: str = "") -> None:
        super().__init__(what)
        self.kind, self.what, self.expected, self.at = kind, what, tuple(expected), at


KINDS = {
    "wrong_content": "a message says something else than it must",
    "unexpected": "a message comes that must not come now",
    "missing": "a message does not come that must",
    "malformed": "a message comes that cannot be read",
    "not_refused": "what must be refused is taken",
    "refused": "what must be taken is refused",
    "wrong_problem": "what must be refused is refused for another reason",
    "no_answer": "a request is not answered",
    "server_error": "a request is answered by an error of the server",
}
SILENT = frozenset({"missing", "no_answer"})
"""The kinds of deviations in which nothing came."""


class Late(Exception):
    """Nothing came that had to; but everything takes so long now that it might still have come."""


class Stuck(Exception):
    """The run cannot go on, and nobody is to blame: the party under test took another way that it may take."""
