"""Named faults of the seam: what a party leaves unchecked between bytes and messages, as values given to its host.

A faulty variant of a role is its table with edits (`payrelay.language.edits`). What no table says, as roles never see
bytes, is made faulty here: so a kit that tests implementations can be seen to notice it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from payrelay.language.configurations import did_you_mean
from payrelay.language.messages import Message
from payrelay.model.data import CURRENT
from payrelay.wire.jose import JoseRefusal, Jws
from payrelay.wire.terms import Signed, Unverified


@dataclass(frozen=True)
class Fault:
    """One thing that is not done."""

    name: str
    says: str
    believes: tuple[str, ...] = ()
    """Why a signed object was not verified that is believed all the same: how such a reason begins; empty if no fault
    of this sort, one empty text for whatever the reason."""
    ignores_expiry: bool = False
    ignores_channel: bool = False
    """Whether it does not matter whom the channel shows."""
    answers_before_durable: bool = False
    """Whether a message is taken, and answered to, though nothing of it could be kept."""
    makes_anew: bool = False
    """Whether what is said again is signed and sealed again: other bytes."""

    def sees(self, message: Message) -> Message:
        """The message that a role sees with this fault."""
        seen: Any = _believed(message, self.believes) if self.believes else message
        if self.ignores_expiry and "validity" in type(seen).given:
            seen = replace(seen, validity=CURRENT)
        return seen  # type: ignore[no-any-return]


FAULTS: tuple[Fault, ...] = (
    Fault("signature_unchecked", "signed objects are believed, whoever signed them", believes=("",)),
    Fault("audience_unchecked", "signed objects are believed that are for somebody else", believes=("it is for some",)),
    Fault(
        "expiry_unchecked",
        "signed objects are believed that have run out",
        believes=("it has run out", "it is from the future"),
        ignores_expiry=True,
    ),
    Fault("channel_unchecked", "a message is taken from whoever it says it is from", ignores_channel=True),
    Fault("durability_unchecked", "a message is answered though it could not be kept", answers_before_durable=True),
    Fault("made_anew", "what is sent again is signed and sealed anew, in other bytes", makes_anew=True),
)
"""Every fault of the seam."""
SOUND = Fault("", "nothing is left out")


def fault_named(name: str) -> Fault:
    """The fault of this name. Raises ValueError, with a suggestion, if there is none."""
    found = next((fault for fault in FAULTS if fault.name == name), None)
    if found is None:
        raise ValueError(f"no fault '{name}'{did_you_mean(name, [fault.name for fault in FAULTS])}")
    return found


def together(faults: Iterable[Fault]) -> Fault:
    """Several faults as one."""
    faults = tuple(faults)
    switches = [one.name for one in fields(Fault) if one.type == "bool"]
    return Fault(
        name="+".join(fault.name for fault in faults),
        says="; ".join(fault.says for fault in faults),
        believes=tuple(reason for fault in faults for reason in fault.believes),
        **{switch: any(getattr(fault, switch) for fault in faults) for switch in switches},
    )


def _believed(term: Any, reasons: tuple[str, ...]) -> Any:
    """A term with what was not verified for these reasons as if it were."""
    if isinstance(term, Unverified):
        signer = _signer(term.token)
        if term.content is not None and signer and any(term.reason.startswith(reason) for reason in reasons):
            return Signed(signer, term.content, term.token)
        return term
    if isinstance(term, tuple):
        return tuple(_believed(item, reasons) for item in term)
    if is_dataclass(term) and isinstance(term, Message):
        return replace(term, **{one.name: _believed(getattr(term, one.name), reasons) for one in fields(term)})
    return term


def _signer(token: str) -> str:
    """Who a signed object says that it is by."""
    try:
        claims = json.loads(Jws(token).payload)
    except (JoseRefusal, ValueError):
        return ""
    by = claims.get("iss") if isinstance(claims, dict) else None
    return by if isinstance(by, str) else ""
