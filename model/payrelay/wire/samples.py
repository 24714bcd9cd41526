"""Samples: one message of every class, made of its shape, that fit together as those of one payment do.

For vectors, measurements and whoever needs a message to begin with. They are the same each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from payrelay.language import terms
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    Capabilities,
    ConfirmInformation,
    ErrorInformation,
    FormField,
    FormInformation,
    Information,
    Kind,
    ProgressInformation,
    RegistrationInformation,
    ResultInformation,
    SelectInformation,
    Summary,
    WalletOption,
)
from payrelay.model.data import OrderInfo, PaymentInfo, PaymentInstruction
from payrelay.model.sections import summarize
from payrelay.wire import symbols
from payrelay.wire.annotations import struct_of
from payrelay.wire.base64url import to_base64url
from payrelay.wire.certificates import USER
from payrelay.wire.hands import Writing
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.keyring import Keyring
from payrelay.wire.objects import MESSAGES, SIGNERS, attested_in, routes_of
from payrelay.wire.shapes import (
    Attested,
    Digest,
    Flag,
    Many,
    Named,
    Party,
    Row,
    Secret,
    Struct,
    Text,
    Whole,
    Word,
)
from payrelay.wire.terms import Sealed, Signed

NOW = 1_800_000_000
SEED = b"payrelay: published, for tests and vectors alone"
PARTIES = ("terminal-1", "relay", "shop", "shop-2", "wallet-1", "wallet-2", "payment", "authority")
PLAYS = {"terminal": "terminal-1", "wallet": "wallet-1", USER: "wallet-1"}
"""Who plays a role that is not the name of a party."""

TEXTS = {
    "cart": "1 × Genji monogatari, 1 × tea",
    "payee_name": "東京書店 <Books & Tea>",
    "currency": "JPY",
    "brands": "example-pay",
    "display_name": "Wallet One",
    "instruments": "card ending 47",
    "instrument_label": "card ending 47",
    "reason": "ORDER_EXPIRED",
    "outcome": "approved",
    "code": "",
    "refusal": "",
    "errors": "account",
    "subject": "user",
    "terms": "https://authority.example/terms",
    "terms_digest": "0" * 43,
    "field": "account",
    "result": "ok",
}
"""Texts, by the fields in which they stand; in any other its name stands."""
NUMBERS = {"tries": 2, "max_length": 40}
SAID = {
    "WalletRefusal": "failed",
    "RegistrationReject": "ANSWERS",
    "WalletReject": "NOT_PAYABLE",
    "RegistrationResult": "",
    "ErrorSummary": "SHOP_TIMEOUT",
}
"""The words of those that do not say how a payment went well."""
AMOUNT = Amount(1980, "JPY")
FORM_FIELD = FormField("account", "Account number", required=True, max_length=40, sensitive=True)
ANSWER = "4711-0815"


def party_of(role: str) -> str:
    """Who plays a role, or has the keys of a purpose."""
    return PLAYS.get(role, role)


def name_of(kind: str) -> str:
    """The name of the one symbol of a kind."""
    if kind in symbols.TEXTS:
        return {"answer": ANSWER, "account": ANSWER, "user_auth": "1234"}.get(kind, f"sample {kind}")
    text = to_base64url(hashlib.sha256(kind.encode()).digest()[:18])
    return f"https://shop.example/{kind}" if kind in symbols.ADDRESSES else text


class Samples:
    """Samples at a level of security, with everybody's keys."""

    def __init__(self, security: str) -> None:
        self.security = security
        made = keyrings(PARTIES, SEED, NOW - 1000, security=security)
        self.rings: Mapping[str, Keyring] = {
            party: ring.at(NOW, counted(SEED + party.encode())) for party, ring in made.items()
        }

    def message(self, kind: type[Message]) -> Message:
        """The sample of a class, on the first of its routes."""
        sender, receiver = map(party_of, routes_of(kind)[0])
        maker = _Maker(self, kind.__name__, sender, receiver)
        made = maker.term(struct_of(kind), "")
        if kind.__name__ == "ProcedureAbort":
            made = replace(made, proc_key=None)  # it names one or the other
        return replace(made, sender=sender, receiver=receiver)  # type: ignore[no-any-return]

    def messages(self) -> tuple[Message, ...]:
        """The samples of all classes."""
        return tuple(map(self.message, MESSAGES.values()))


def _first_receiver(kind: type) -> str:
    """To whom whoever signs an object sends it."""
    role = "wallet" if SIGNERS[kind] == USER else SIGNERS[kind]
    routes = (route for message in MESSAGES.values() if kind in attested_in(message) for route in routes_of(message))
    return party_of(next(receiver for sender, receiver in routes if sender == role))


class _Maker:
    def __init__(self, samples: Samples, name: str, sender: str, receiver: str) -> None:
        self.samples, self.name, self.sender, self.receiver = samples, name, sender, receiver

    def term(self, shape: Any, field: str) -> Any:
        match shape:
            case Struct():
                return self._struct(shape)
            case Text():
                return self._text(field)
            case Party():
                return party_of({"payment_server": "payment"}.get(field, field))
            case Whole():
                return NUMBERS.get(field, 1)
            case Flag():
                return field not in ("is_final", "is_last_try")
            case Word(words=words):
                return next(iter(words.values()))
            case Named(kinds=kinds):
                return Symbol(kinds[0], name_of(kinds[0]))
            case Digest():
                return terms.Hash(self._hashed(field))
            case Many(item=item):
                return (self.term(item, "wallet" if isinstance(item, Party) else field),)
            case Row(items=items):
                return tuple(self.term(item, field) for item in items)
            case Attested():
                return self._attested(shape)
            case Secret():
                return self._secret(shape)
        raise TypeError(f"{self.name}.{field}: no sample of {shape}")

    def _text(self, field: str) -> str:
        usual = TEXTS.get(field, field)
        return SAID.get(self.name, usual) if field in ("reason", "outcome", "code") else usual

    def _struct(self, shape: Struct) -> Any:
        if shape.kind is Amount:
            return AMOUNT
        if shape.kind is Capabilities:
            return CAPABILITIES["plain_text"]
        if shape.kind is FormField:
            return FORM_FIELD
        if shape.kind is Summary:
            return self._page(shape)
        return shape.kind(
            **{m.name: self.term(m.shape, m.name) for m in shape.members if not self._is_left_out(m.name, m.shape)}
        )

    def _is_left_out(self, name: str, shape: Any) -> bool:
        """What is said hardened alone; who sends it is added later."""
        is_said_hardened = isinstance(shape, Secret) and not shape.may_be_clear and name == "user_auth"
        return name in ("sender", "receiver", "retry_of") or (is_said_hardened and self.samples.security != "hardened")

    def _page(self, shape: Struct) -> Summary:
        shapes = {member.name: member.shape for member in shape.members}
        kind: Any = self.term(shapes["kind"], "kind")
        bound = self.term(shapes["bound"], "bound") if "bound" in shapes else None
        page = summarize(PAGES[kind], CAPABILITIES["plain_text"], self.samples.security, bound)
        assert isinstance(page, Summary)
        return page

    def _hashed(self, field: str) -> Any:
        match field:
            case "order_info_hash":
                return self.term(struct_of(OrderInfo), "")
            case "instruction_hash":
                return self._secret(Secret(struct_of(PaymentInstruction), may_be_clear=False))
            case "info_digest":
                return self._attested(Attested(struct_of(PaymentInfo)))
        return Symbol("order_description", TEXTS["cart"]), Symbol("order_salt", name_of("order_salt"))

    def _attested(self, shape: Attested) -> Any:
        content = self.term(shape.content, "")
        if self.samples.security != "hardened":
            return terms.Unverified(content)
        kind = shape.content.kind
        signer = party_of(SIGNERS[kind])
        signed = terms.Signed(signer, content)
        if signer == self.sender:
            return signed
        return Signed(
            signer, content, Writing(self.samples.rings[signer], _first_receiver(kind)).signed(signed, shape.content)
        )

    def _secret(self, shape: Secret) -> Any:
        content = self.term(shape.content, "")
        if self.samples.security != "hardened":
            return content
        if isinstance(shape.content, Named):
            to = {"answer": "authority"}.get(shape.content.kinds[0], "wallet-1")
            return terms.Sealed(to, content)
        sealed = terms.Sealed("payment", content)
        return Sealed(
            "payment", content, Writing(self.samples.rings["wallet-1"], "shop").sealed(sealed, shape.content, None)
        )


def _pages() -> dict[Kind, Information]:
    identifier, payee = name_of("proc_id"), TEXTS["payee_name"]
    option = WalletOption("wallet-1", TEXTS["display_name"], (TEXTS["instruments"],))
    return {
        Kind.SELECT: SelectInformation((option,)),
        Kind.CONFIRM: ConfirmInformation(AMOUNT, identifier, payee, instrument_label=TEXTS["instrument_label"]),
        Kind.RESULT: ResultInformation("approved", AMOUNT, identifier, payee_name=payee),
        Kind.FORM: FormInformation((FORM_FIELD,), TEXTS["terms"], TEXTS["terms_digest"]),
        Kind.REG_RESULT: RegistrationInformation("ok", name_of("reg_id")),
        Kind.PROGRESS: ProgressInformation(10, name_of("inquiry_token"), identifier),
        Kind.ERROR: ErrorInformation("SHOP_TIMEOUT", identifier),
    }


PAGES: Mapping[Kind, Information] = _pages()
"""What is told on each kind of page."""
