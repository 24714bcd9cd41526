"""What a person sees of the relay's pages: the same slots and actions, with words, labels and a style around them.

The contents converting unit says what stands on a page; here it is only dressed, and only for a browser, which asks for
`text/html`. A dressed page is read as any reader reads it before it leaves: where it does not say exactly what the page
of the contents converting unit says, or is too long for the terminal, that one leaves as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as Incoming

from payrelay.host.populations.authority import FIRST_ROUND
from payrelay.model.conversion import CAPABILITIES, Kind, Summary, template_named
from payrelay.model.conversion.values import TEXT_LENGTH
from payrelay.reference_impl.rendering import language_for, rendered
from payrelay.reference_impl.waiting import waiting_cookie, waiting_path
from payrelay.wire.binding import PAGE_HEADERS
from payrelay.wire.envelopes import BOUND, HEADER, OPENING, opened
from payrelay.wire.exchange import PROBLEM, Headers, Response, header, media_type
from payrelay.wire.pages import PLAIN_TEXT, Page, page_in
from payrelay.wire.problem_documents import problem_in

HTML = "text/html"
ITEM = re.compile(r"(.+)_([1-9][0-9]*)")
"""The name of a slot of one of several items."""


@dataclass(frozen=True)
class Shown:
    """What a template is told of a page."""

    summary: Summary
    template: str
    envelope: str
    held: Mapping[str, Any]
    """What is in the envelope."""
    action: str
    """Where its form goes."""
    waiting: str = ""
    """Where it asks again by itself; empty if it does not."""

    @property
    def slots(self) -> dict[str, str]:
        """The contents by the names of their slots."""
        return {name: contents for name, _, contents in self.summary.slots}

    @property
    def items(self) -> list[dict[str, Any]]:
        """The contents of what there is several of, each without its number."""
        count = template_named(self.template).count
        made: list[dict[str, Any]] = []
        for index in range(1, count + 1):
            names = {one.field for one in template_named(self.template).slots if one.index == index}
            found = {name: self.slots.get(f"{name}_{index}", "") for name in names}
            if any(found.values()):
                made.append({**found, "index": index})
        return made

    @property
    def actions(self) -> tuple[str, ...]:
        """What the user may do."""
        return self.summary.actions

    @property
    def bound(self) -> Mapping[str, Any]:
        """What the page stands for, as far as it has names."""
        found = self.held.get(BOUND)
        return found if isinstance(found, dict) else {}

    @property
    def wallet(self) -> str:
        """The wallet that pays, once it is settled."""
        return str(self.bound.get("wallet", ""))

    @property
    def is_registration(self) -> bool:
        """Whether it is of a registration, and no payment."""
        return str(self.held.get("request_nonce", "")).startswith("registration_nonce.")

    @property
    def is_asked_again(self) -> bool:
        """Whether it is a form of which answers were wrong, here or on another page."""
        return self.bound.get("round", FIRST_ROUND) != FIRST_ROUND or any(one.get("error") for one in self.items)

    @property
    def tone(self) -> str:
        """Whether it is good news, bad news, or none."""
        said = self.slots.get("outcome") or self.slots.get("result")
        if said is None:
            return "bad" if self.summary.kind is Kind.ERROR else "plain"
        return {"approved": "good", "ok": "good", "cancelled": "plain"}.get(said, "bad")


def is_browser(incoming: Incoming) -> bool:
    """Whether whoever asks would have HTML. A program says nothing of the sort, or that it takes anything."""
    return HTML in incoming.headers.get("accept", "")


def dressed(incoming: Incoming, response: Response, *, is_secure: bool) -> Response:
    """An answer of the relay as a browser gets it."""
    if not is_browser(incoming):
        return response
    media, charset = media_type(response.headers)
    if media == PROBLEM:
        return _of_problem(incoming, response)
    if media not in (HTML, PLAIN_TEXT):
        return response
    page = page_in(response.body, media, charset)
    if not isinstance(page, Page):
        return response
    envelope = (header(response.headers, HEADER) if media == PLAIN_TEXT else page.envelope) or ""
    found = opened(envelope)
    held = found if isinstance(found, dict) else {}
    if media == PLAIN_TEXT and OPENING in held:
        return response  # what the terminal asked for
    template = page.summary.template_id.replace("plain_text", "html", 1)
    shown = Shown(page.summary, template, envelope, held, incoming.url.path, waiting_path(held))
    contents = {"page": shown, "charset": charset, "most": TEXT_LENGTH}
    written = rendered(f"terminal/{page.summary.kind}.html", language_for(incoming), **contents)
    made = written.encode(charset, "xmlcharrefreplace")
    if len(made) - len(envelope) > _room(held) or not _says_the_same(made, charset, page.summary, template, envelope):
        return response
    kept = tuple((name, value) for name, value in response.headers if name not in ("content-type", HEADER))
    headers: Headers = (("content-type", f"{HTML}; charset={charset}"), *kept)
    if page.summary.kind is Kind.PROGRESS and shown.waiting:
        headers = (*headers, waiting_cookie(held, shown.slots["inquiry_token"], is_secure))
    return Response(response.status, headers, made)


def _of_problem(incoming: Incoming, response: Response) -> Response:
    """Why nothing came of a request, in words."""
    problem = problem_in(response)
    written = rendered("problem.html", language_for(incoming), name=problem.name, status=response.status)
    kept = tuple(problem.headers)
    return Response(
        response.status, (("content-type", f"{HTML}; charset=utf-8"), *PAGE_HEADERS, *kept), written.encode()
    )


def _room(held: Mapping[str, Any]) -> int:
    """How many bytes the terminal takes, as it said when it began; what a browser takes, if it did not."""
    opening = held.get(OPENING)
    capabilities = opening.get("capabilities") if isinstance(opening, dict) else None
    most = capabilities.get("max_bytes") if isinstance(capabilities, dict) else None
    return most if isinstance(most, int) else CAPABILITIES["html"].max_bytes


def _says_the_same(made: bytes, charset: str, summary: Summary, template: str, envelope: str) -> bool:
    found = page_in(made, HTML, charset)
    return isinstance(found, Page) and (
        found.summary.template_id,
        found.summary.slots,
        found.summary.actions,
        found.envelope,
    ) == (template, summary.slots, summary.actions, envelope)
