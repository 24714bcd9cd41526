"""Requirements in words, as `payrelay explain` and `payrelay conform explain` tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payrelay.conformance.revisions import Requirement


def requirements_called(name: str) -> list[Requirement]:
    """The requirements of this id, or of the obligation of this id."""
    from payrelay.conformance.revisions import revision

    wanted = name.strip().lower()
    return [one for one in revision().requirements if wanted in (one.id, _obligation(one).lower())]


def _obligation(of: Requirement) -> str:
    """The id of the obligation of docs/wire.md that a requirement is; its own, if it is none."""
    return next((source for source in of.source if source.startswith("W-")), of.id)


def requirement_names() -> list[str]:
    """Everything that a requirement is called."""
    from payrelay.conformance.revisions import revision

    return list(dict.fromkeys(name for one in revision().requirements for name in (one.id, _obligation(one))))


def requirement_lines(of: Requirement) -> Iterator[str]:
    """A requirement, in lines."""
    from payrelay.conformance.deviations import KINDS
    from payrelay.conformance.revisions import revision
    from payrelay.model.data import SECURITIES

    yield f"{of.id}, a requirement of revision {revision().name}"
    yield f"  {of.text}"
    yield f"  {of.level}, for: {', '.join(of.roles)}. From: {', '.join(of.source)}."
    if of.securities != SECURITIES:
        yield f"  Only at security {', '.join(of.securities)}."
    if of.properties:
        yield f"  In the model: {', '.join(of.properties)}."
    if of.untestable:
        yield f"  No test speaks of it. {of.untestable}"
        return
    for condition in of.tested_by:
        yield f"  Tested by: {condition}."
    if of.broken_by:
        yield f"  Broken by: {'; '.join(KINDS[kind] for kind in of.broken_by)}."
    if of.broken_at:
        yield f"  As to what a message says, only at: {', '.join(of.broken_at)}."
