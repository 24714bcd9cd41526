"""What is wrong with bytes that are no message: said as a value, for whoever has to answer it."""

from __future__ import annotations

from dataclasses import dataclass

REASONS = {
    "too_large": "a message is at most 64 KiB",
    "not_utf8": "a message is text in UTF-8, without a byte order mark",
    "not_json": "a message is JSON, one value and no more",
    "too_deep": "no message is nested so deeply",
    "duplicate_member": "no object has two members of one name",
    "not_signed": "between servers, a hardened message is signed by its sender",
    "bad_signature": "the signature must be its sender's, under a trusted certificate, over just this kind of message",
    "unknown_message": "there is no message of this name that a receiver of this role gets from such a sender",
    "wrong_receiver": "the message is for somebody else",
    "wrong_sender": "the sender is not whom the channel or the signature shows",
    "missing_member": "a member is missing",
    "unknown_member": "a member that is not one of this object",
    "wrong_type": "a member of another JSON type, or a message that is no object",
    "not_whole": "a number that is not whole, or out of range",
    "not_text": "text that is empty, too long, not NFKC, padded, or has control or invisible characters",
    "not_an_identifier": "an identifier is base64url of at least 128 bits, 22 to 256 characters",
    "not_a_value": "a value that the field cannot have",
}
"""Every reason to refuse bytes, in words. The names are stable: `Malformed.reason` is one of them."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """No message of this protocol: `reason` is one of `REASONS`, `pointer` says where (RFC 6901)."""

    reason: str
    pointer: str = ""
    detail: str = ""

    def __str__(self) -> str:
        where = f" at {self.pointer}" if self.pointer else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{REASONS[self.reason]}{where}{detail}"


class Refusal(Exception):
    """Raised inside of `payrelay.wire` alone; `read` makes a value of it."""

    def __init__(self, reason: str, pointer: str = "", detail: str = "") -> None:
        super().__init__(reason, pointer, detail)
        self.malformed = Malformed(reason, pointer, detail)


class WritingError(Exception):
    """A message that cannot be written: a term without a form on the wire, or a key that is missing. Our own fault."""
