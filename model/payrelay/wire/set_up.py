"""The set-up interface: how a shop's order, a wallet's enrolment, an account, a session come to exist before a run.

In production these come to exist as every operator likes, and the interface is off. Where it is on, a test can be run
against anybody's implementation: one request for each thing, `POST` with a bearer token, the same request again
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from payrelay.language.terms import Symbol
from payrelay.model.conversion import Amount
from payrelay.wire.annotations import struct_of
from payrelay.wire.endpoints import METHOD, PREFIX
from payrelay.wire.exchange import JSON, Request, media_type
from payrelay.wire.hands import Reading, Writing
from payrelay.wire.json_text import canonical, parse
from payrelay.wire.keyring import Keyring
from payrelay.wire.problem_documents import Problem, problem_of
from payrelay.wire.problems import Refusal
from payrelay.wire.shapes import Struct


@dataclass(frozen=True)
class PayableOrder:
    """A frozen order that can be paid, as if OrderPlace had been acknowledged."""

    order: Symbol
    relay: str
    payment_server: str
    total: Amount
    payee_name: str
    description: str
    brands: tuple[str, ...]


@dataclass(frozen=True)
class EnrolledAt:
    """A wallet where a user is enrolled, and the brands that it knows."""

    wallet: str
    brands: tuple[str, ...]


@dataclass(frozen=True)
class KnownAs:
    """The pseudonym under which the relay speaks of a user to one of its peers."""

    receiver: str
    user_ref: Symbol


@dataclass(frozen=True)
class OpenSession:
    """A terminal's session, as if its user had logged in: whose it is, and where the user is enrolled, in the user's
    order."""

    session: Symbol
    user: str
    wallets: tuple[EnrolledAt, ...]
    known_as: tuple[KnownAs, ...]


@dataclass(frozen=True)
class UserEnrolment:
    """A user's enrolment at a wallet, as if a registration had ended well: what the authority issued, and what the
    wallet offers."""

    user_ref: Symbol
    relay: str
    display_name: str
    instruments: tuple[str, ...]
    brands: tuple[str, ...]
    auth_info: object


class Decision(StrEnum):
    """What the issuer of an account decides when it is asked."""

    APPROVES = "approves"
    DECLINES = "declines"


@dataclass(frozen=True)
class IssuedAccount:
    """An account, and what its issuer decides when it is asked."""

    account: Symbol
    issuer: Decision


@dataclass(frozen=True)
class RegistrableUser:
    """A user whom the authority registers or not, and the questions whose answers it finds wrong, once each."""

    user_ref: Symbol
    acceptable: bool
    wrong_answers: tuple[str, ...]


@dataclass(frozen=True)
class SetUp:
    """One kind of thing that can be set up."""

    name: str
    """The last part of the path."""
    role: str
    """The role that is told."""
    kind: type

    @property
    def path(self) -> str:
        """The path, below the URL that the discovery document has as `setup`."""
        return f"{PREFIX}/setup/{self.name}"

    @property
    def says(self) -> str:
        """What it is, in a sentence."""
        return " ".join((self.kind.__doc__ or "").split())

    @property
    def shape(self) -> Struct:
        """Its form in JSON."""
        return struct_of(self.kind)

    def schema(self, security: str) -> dict[str, Any]:
        """The JSON Schema of its body."""
        definitions: dict[str, Any] = {}
        schema = self.shape.object_schema(security, definitions)
        return {**schema, "$defs": definitions} if definitions else schema


SETUPS: tuple[SetUp, ...] = (
    SetUp("orders", "shop", PayableOrder),
    SetUp("sessions", "relay", OpenSession),
    SetUp("enrolments", "wallet", UserEnrolment),
    SetUp("accounts", "payment", IssuedAccount),
    SetUp("users", "authority", RegistrableUser),
)
"""All that a run needs before it begins."""


def set_up_at(path: str) -> SetUp | None:
    """The kind of thing that is set up at a path; None if there is none."""
    return next((one for one in SETUPS if one.path == path), None)


def set_up_request(thing: object, keyring: Keyring, receiver: str, token: str) -> Request:
    """The request that sets something up at a party."""
    one = next(one for one in SETUPS if one.kind is type(thing))
    body = canonical(one.shape.write(thing, Writing(keyring, receiver)))
    return Request(METHOD, one.path, (("content-type", JSON), ("authorization", f"Bearer {token}")), body)


def read_set_up(request: Request, keyring: Keyring, now: int) -> object:
    """What is to be set up at the party of this keyring; or the problem. The token is the host's to compare."""
    one = set_up_at(request.path)
    if one is None or one.role != keyring.role:
        return Problem("not-found", "nothing is set up here")
    if media_type(request.headers) != (JSON, "utf-8"):
        return Problem("unsupported-media-type", f"expected {JSON} in UTF-8")
    try:
        return one.shape.read(parse(request.body), Reading(keyring, now), "")
    except Refusal as refusal:
        return problem_of(refusal.malformed)
