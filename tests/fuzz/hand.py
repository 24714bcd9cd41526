"""The hand that a fuzzer's cases go through: it names parties that are there, and signs and seals with their keys.

What it changes stays as right or as wrong as it was made. Now and then it signs nothing, or signs as somebody else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fuzz.familiar import Familiar

from payrelay.language.links import role_of
from payrelay.language.messages import event_name
from payrelay.model.data import PaymentInstruction
from payrelay.wire import symbols
from payrelay.wire.base64url import to_base64url
from payrelay.wire.certificates import USER, encoded, identity_in
from payrelay.wire.digests import digest_of_bytes
from payrelay.wire.endpoints import endpoint_at
from payrelay.wire.envelopes import CHARSET, NEXT_NONCE, OPENING
from payrelay.wire.forms import ACTIONS
from payrelay.wire.jose import seal, sign, unsigned
from payrelay.wire.keyring import Keyring
from payrelay.wire.objects import SIGNERS, audience, lifetime_of, type_of

Json = Any
OBJECTS = {event_name(kind): kind for kind in SIGNERS}
"""What is signed, by the name of the member in which it stands."""
SEALED = {
    "instruction": ("payment", type_of(PaymentInstruction)),
    "user_auth": ("wallet", "payrelay-user-auth"),
    "value": ("authority", "payrelay-answer"),
    "secret": ("wallet", "payrelay-secret"),
}
"""What is sealed: for which role, and as what type."""
ACCESS = frozenset({"session", "handle", "capabilities"})
"""Names without which nothing goes on."""
TERMINALS = ("terminal-1", "terminal-2", "terminal-3")
SECRETS = frozenset({"user_auth", "value", "secret"})
"""What is sealed beside something."""


def text_of(value: Json) -> bytes:
    """JSON as bytes, whatever it is; what is no JSON as it is."""
    if isinstance(value, bytes):
        return value
    text = json.dumps(_whole(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)
    return text.encode(errors="surrogatepass")


def _whole(value: Json) -> Json:
    """JSON in which whole numbers stand as RFC 8785 has them: to a schema 1.0 is a whole number, too."""
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass
class Hand:
    """What stands between a fuzzer and a party."""

    party: str
    security: str
    rings: Mapping[str, Keyring]
    """Of everybody."""
    familiar: Familiar
    random: Random
    sent: dict[str, Json] = field(default_factory=dict)
    """The JSON of what was sent last, by the id of its case."""

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.random.randrange(one_in) == 0

    def party_of(self, role: str) -> str:
        """One of those who play a role."""
        found = [name for name in self.rings if role_of(name) == role] or TERMINALS
        return self.random.choice(found)

    # --- who and what

    def fitted(self, body: Json, path: str) -> Json:
        """A body in which parties are there, and names known."""
        if not isinstance(body, dict):
            return body
        endpoint = endpoint_at(path)
        made = {name: self._fitted(item, name) for name, item in body.items()}
        if endpoint is not None and not self.chance(32):
            for name, party in (("sender", self.party_of(endpoint.sender)), ("receiver", self.party)):
                if isinstance(body.get(name), str) and symbols.is_party(body[name]):
                    made[name] = party
        return made

    def _fitted(self, value: Json, name: str) -> Json:
        if isinstance(value, str):
            return self._name(value, name)
        if isinstance(value, list):
            return [self._fitted(item, name) for item in value]
        if not isinstance(value, dict):
            return value
        known = None if value.keys() & {"jws", "jwe"} else self.familiar.about(name, dict)
        if known is not None and value.keys() == known.keys() and not self.chance(8 if name in ACCESS else 2):
            return known
        return {inner: self._fitted(item, name if inner in ("jws", "jwe") else inner) for inner, item in value.items()}

    def _name(self, value: str, name: str) -> str:
        role = {"payment_server": "payment"}.get(name, name)
        if role in ("relay", "shop", "wallet", "payment", "authority"):
            return self.party_of(role) if symbols.is_party(value) else value
        if name == "receiver":
            return self.random.choice(tuple(self.rings)) if symbols.is_party(value) else value
        known = self.familiar.about(name, str)
        kind = symbols.kinds_of(name)[0]
        is_right = symbols.is_name(kind, value)
        if not is_right or kind in symbols.ADDRESSES:
            return value
        if known is not None and not self.chance(32 if name in ACCESS else 2):
            return str(known)
        is_fresh = kind not in symbols.TEXTS and self.chance(2)
        return to_base64url(self.random.randbytes(18)) if is_fresh else value

    def asked(self, query: Mapping[str, Json]) -> dict[str, Json]:
        """A query for an order that is known."""
        return {name: self._name(item, name) if isinstance(item, str) else item for name, item in query.items()}

    def form(self, fields: Mapping[str, Json], path: str) -> dict[str, Json]:
        """A form with an envelope that is one, and an action that a page offers."""
        endpoint = endpoint_at(path)
        assert endpoint is not None
        made = dict(fields)
        if isinstance(made.get("envelope"), str) and not self.chance(8):
            nonce = "registration_nonce." if "registration" in path or self.chance(4) else ""
            opening: Json = {"message": endpoint.message.__name__}
            capabilities = {"media": "text/html", "max_bytes": 9999, "columns": 80, "rows": 40, "charset": "utf-8"}
            opening["capabilities"] = {**capabilities, "max_options": 9}
            if "registration" in path:
                opening |= {"authority": "authority", "wallet": self.party_of("wallet")}
            else:
                opening["order_ref"] = self.familiar.about("order_ref", dict)
            envelope = {
                "sender": self.party,
                "receiver": self.party_of("terminal"),
                NEXT_NONCE: nonce + to_base64url(self.random.randbytes(18)),
                CHARSET: "utf-8",
                OPENING: opening,
                "handle": self.familiar.about("handle", str),
                "bound": self.familiar.about("bound", dict),
            }
            made["envelope"] = to_base64url(text_of({name: item for name, item in envelope.items() if item}))
        if "action" in made and not self.chance(8):
            made["action"] = self.random.choice([*ACTIONS, "choose_1"])
            made["inquiry_token"] = self.familiar.about("inquiry_token", str) or ""
        return made

    # --- what is signed and sealed

    def json(self, case_id: str, body: Json) -> bytes:
        """A body in clear, with what is signed and sealed in it."""
        payload = text_of(self._objects(body) if self.security == "hardened" else body)
        self._note(case_id, body, payload)
        return payload

    def _note(self, case_id: str, body: Json, payload: bytes) -> None:
        """Note what is sent, if it was made as JSON."""
        if not isinstance(body, bytes):
            self.sent[case_id] = json.loads(payload)

    def jws(self, case_id: str, body: Json, path: str) -> bytes:
        """A message, signed as a whole by its sender."""
        made = self._objects(body)
        payload = text_of(made)
        self._note(case_id, body, payload)
        endpoint = endpoint_at(path)
        assert endpoint is not None
        typed = type_of(endpoint.message)
        sender = made.get("sender") if isinstance(made, dict) else None
        by = sender if isinstance(sender, str) and sender in self.rings else self.party_of(endpoint.sender)
        if self.chance(100):
            return payload
        if self.chance(100):
            return unsigned(typed, payload).encode()
        if self.chance(100):
            by, typed = self.party, "payrelay-receipt"
        return sign(typed, payload, self.rings[by].signers[role_of(by)]).encode()

    def _objects(self, value: Json, name: str = "", around: Json = None, is_message: bool = True) -> Json:
        """What is to be signed or sealed, signed and sealed."""
        if isinstance(value, list):
            return [self._objects(item, name, around, False) for item in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"jws"} and name in OBJECTS:
            return self._signed(name, value["jws"])
        if value.keys() == {"jwe"} and name in SEALED:
            return self._sealed(name, value["jwe"], around)
        beside = None
        if not is_message and value.keys() & SECRETS:
            clear = {inner: item for inner, item in value.items() if inner not in SECRETS}
            beside = self._objects(clear, name, None, False)
        return {inner: self._objects(item, inner, beside, False) for inner, item in value.items()}

    def _signed(self, name: str, content: Json) -> Json:
        known = self.familiar.token(name, "jws")
        if isinstance(content, str) or (known is not None and self.chance(2)):
            return known or {"jws": content}
        kind = OBJECTS[name]
        purpose = SIGNERS[kind]
        by = self.party_of("wallet" if purpose == USER else purpose)
        seconds = lifetime_of(kind)
        begins = int(time.time()) - (0 if seconds is None or not self.chance(16) else 2 * seconds)
        claims = {
            "iss": by,
            "aud": list(audience(kind, self.party, role_of(self.party))),
            "iat": begins,
            "content": self._objects(content, name, None, False),
            **({} if seconds is None else {"exp": begins + seconds}),
        }
        return {"jws": sign(type_of(kind), text_of(claims), self.rings[by].signers[purpose])}

    def _sealed(self, name: str, content: Json, beside: Json) -> Json:
        known = self.familiar.token(name, "jwe")
        if known is not None and self.chance(2):
            return known
        role, typed = SEALED[name]
        to = self.party if role == role_of(self.party) else self.party_of(role)
        ring = self.rings[self.party]
        recipient = identity_in(encoded(ring.recipients[to] if to in ring.recipients else self._own(to)), ring.roots)
        assert recipient is not None
        now = int(time.time())
        claims: Json = {"aud": to, "iat": now, "content": content}
        if name == "instruction":
            claims["exp"] = now + 900
        elif beside is not None:
            claims["beside"] = digest_of_bytes(text_of(beside))
        return {"jwe": seal(typed, text_of(claims), recipient, self.random.randbytes)}

    def _own(self, party: str) -> Any:
        return self.rings[party].openers[0].certificate
