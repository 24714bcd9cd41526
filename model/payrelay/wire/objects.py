"""What signed and sealed objects there are: who signs each, for whom it is meant, and how long it holds.

The audience of an object is the party that it is sent to, and the roles that it may be passed on to; these follow
from what the links can carry. A statement about money holds for ever; whatever else is signed runs out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from payrelay.language.messages import Message, event_name
from payrelay.model.data import AuthInfo, ConfirmInfo, DualSignature, Form, PaymentInfo, PaymentInstruction, Receipt
from payrelay.model.protocol import DISPATCH
from payrelay.model.timers import ACTIVATION_TIME, FORM_EXPIRY, INFO_EXPIRY
from payrelay.wire.annotations import struct_of
from payrelay.wire.certificates import USER
from payrelay.wire.endpoints import every_link
from payrelay.wire.remembering import remembered
from payrelay.wire.shapes import Attested, Named, Shape, Struct, shapes_in

SIGNERS = {
    PaymentInfo: "shop",
    ConfirmInfo: "wallet",
    DualSignature: USER,
    Receipt: "payment",
    Form: "authority",
    AuthInfo: "authority",
}
"""The purpose of the certificate under which each object is signed."""
LIFETIMES = {
    PaymentInfo: INFO_EXPIRY,
    ConfirmInfo: INFO_EXPIRY,
    DualSignature: INFO_EXPIRY,
    PaymentInstruction: INFO_EXPIRY,
    Form: FORM_EXPIRY,
    AuthInfo: ACTIVATION_TIME,
}
"""How long each object holds that does not hold for ever."""
SKEW = 60
"""Seconds that the clock of a signer may be ahead."""


@remembered
def type_of(kind: type) -> str:
    """The type of a signed object or message: `payrelay-payment-info`."""
    return f"payrelay-{event_name(kind)}".replace("_", "-")


def type_of_sealed(shape: Shape) -> str:
    """The type of a sealed object: of a dataclass, or of the kind of a symbol."""
    if isinstance(shape, Struct):
        return type_of(shape.kind)
    assert isinstance(shape, Named)
    return f"payrelay-{shape.kinds[0]}".replace("_", "-")


def lifetime_of(kind: type) -> int | None:
    """For how many seconds an object holds; None for ever."""
    timer = LIFETIMES.get(kind)
    return None if timer is None else int(timer.seconds)


MESSAGES: Mapping[str, type[Message]] = MappingProxyType(
    {kind.__name__: kind for link in every_link() for kind in link.carries}
)
"""Every message that travels, by its name."""


@remembered
def routes_of(kind: type[Message]) -> tuple[tuple[str, str], ...]:
    """The ways that a message goes: the roles of sender and receiver."""
    return tuple(
        (sender, receiver)
        for link in every_link()
        if kind in link.carries
        for sender, receiver in (link.ends, link.ends[::-1])
        if (receiver, kind) in DISPATCH
    )


@remembered
def roles_for(kind: type) -> tuple[str, ...]:
    """The roles that an object can come to, over the links that can carry it."""
    found = {
        receiver for message in MESSAGES.values() if kind in attested_in(message) for _, receiver in routes_of(message)
    }
    return tuple(sorted(found))


@remembered
def attested_in(message: type[Message]) -> frozenset[type]:
    """The objects that a message can have in it, whether signed or not."""
    return frozenset(shape.content.kind for shape in shapes_in(struct_of(message)) if isinstance(shape, Attested))


@remembered
def audience(kind: type, receiver: str, role: str) -> tuple[str, ...]:
    """For whom an object is that is sent to a receiver of this role."""
    return receiver, *(f"role:{other}" for other in roles_for(kind) if other != role)
