"""Unexplained: the event of a log that no run of the model explains, as it stands after the run that explains all
before it; and how a saved trace keeps it, beside the run itself."""

from __future__ import annotations

import json
from dataclasses import dataclass

from payrelay.diagrams.sequence.picture import Event, Message, Verdict
from payrelay.language.traces import Plain, TraceError, essentials

KEY = "unexplained"
"""Where it stands in the JSON document of a trace."""


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """An event at which a log leaves the model."""

    line: int
    """Its number in the log."""
    message: dict[str, Plain]
    """`{message, from, to, fields}`, as in a trace."""
    is_received: bool
    """Whether its receiver tells of it; else its sender does."""
    reasons: tuple[str, ...]
    """Why it is not explained, and what it violates."""

    @property
    def parties(self) -> tuple[str, str]:
        """Its two ends."""
        return self.message["from"], self.message["to"]

    def event(self, section: str) -> Event:
        """What there is to see of it."""
        sender, receiver = self.parties
        message = Message(
            sender=sender,
            receiver=receiver,
            name=self.message["message"],
            fields=essentials(self.message),
            section=section,
            fate="received" if self.is_received else "under way",
            remarks=(f"line {self.line}, not explained",),
        )
        party = receiver if self.is_received else sender
        return Event(number=None, kind="message", party=party, message=message, is_violating=True)

    @property
    def verdict(self) -> Verdict:
        """What is said of it under the picture."""
        first, *others = self.reasons
        return Verdict(lines=(f"line {self.line} is not explained: {first}", *others))

    def to_json(self) -> dict[str, Plain]:
        """It as a JSON object."""
        kept = {"line": self.line, "is_received": self.is_received, "message": self.message}
        return {**kept, "reasons": list(self.reasons)}


def unexplained_in(text: str) -> Unexplained | None:
    """What stands beside the trace in a JSON text. Raises TraceError if it is malformed."""
    found = json.loads(text).get(KEY)
    if found is None:
        return None
    match found:
        case {
            "line": int() as line,
            "is_received": bool() as is_received,
            "message": {"message": str(), "from": str(), "to": str(), "fields": dict()} as message,
            "reasons": [str(), *_] as reasons,
        } if all(isinstance(one, str) for one in reasons):
            return Unexplained(line=line, message=message, is_received=is_received, reasons=tuple(reasons))
    raise TraceError(f"{KEY}: it needs line, is_received, message and reasons, as check-trace writes them")
