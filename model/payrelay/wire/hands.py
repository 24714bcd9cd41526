"""The hands of a party that writes or reads one message: what shapes cannot do without keys."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from payrelay.language import terms
from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.wire import symbols
from payrelay.wire.certificates import Identity, encoded, identity_in
from payrelay.wire.digests import digest_of_bytes, written_digest
from payrelay.wire.jose import JoseRefusal, Jws, open_sealed, seal, sealed_for, sign, unsigned
from payrelay.wire.json_text import MOST_BYTES, Json, canonical, parse
from payrelay.wire.keyring import KeyPair, Keyring, Pen
from payrelay.wire.objects import SIGNERS, SKEW, audience, lifetime_of, type_of, type_of_sealed
from payrelay.wire.problems import Refusal, WritingError
from payrelay.wire.pseudonyms import name_behind, pseudonym
from payrelay.wire.shapes import TOKEN_PATTERNS, Shape, Struct, Term
from payrelay.wire.terms import Sealed, Signed, Unverified


class Writing:
    """A party that writes one message."""

    def __init__(self, keyring: Keyring, receiver: str) -> None:
        self.keyring, self.receiver, self.security = keyring, receiver, keyring.security

    def name_of(self, symbol: Symbol) -> str:
        """A name that can travel as it is, or the party's pseudonym for it."""
        if symbols.is_name(symbol.kind, symbol.name):
            return symbol.name
        if not self.keyring.secret or symbol.kind in symbols.ADDRESSES:
            raise WritingError(f"{symbol} is no text that can travel, and {self.keyring.party} has no pseudonyms")
        return pseudonym(self.keyring.secret, symbol.kind, symbol.name)

    def digest(self, term: terms.Hash) -> str:
        """A digest, as it came or as it is computed."""
        return written_digest(term, self)

    def signed(self, term: terms.Signed | terms.Unverified, shape: Struct) -> str:
        """A signed object: as it came, or made once."""
        if isinstance(term, Signed | Unverified):
            return term.token
        typed = type_of(shape.kind)
        content = shape.write(term.content, self)
        if isinstance(term, terms.Unverified):
            return unsigned(typed, canonical({"content": content}))
        if term.by != self.keyring.party:
            raise WritingError(f"{self.keyring.party} cannot sign for {term.by}")
        meant_for = list(audience(shape.kind, self.receiver, role_of(self.receiver)))
        claims = {"iss": term.by, "aud": meant_for, "content": content}
        return self._made(typed, claims, lambda pen: self._sign(shape.kind, claims, pen))

    def _sign(self, kind: type, claims: dict[str, Json], pen: Pen) -> str:
        signer = self._signer(SIGNERS[kind])
        return sign(type_of(kind), canonical({**claims, **_times(lifetime_of(kind), pen.now)}), signer)

    def _signer(self, purpose: str) -> KeyPair:
        try:
            return self.keyring.signers[purpose]
        except KeyError:
            raise WritingError(f"{self.keyring.party} has no key to sign with as {purpose}") from None

    def sealed(self, term: terms.Sealed, shape: Shape, beside: Json) -> str:
        """A sealed object: as it came, or made once."""
        if isinstance(term, Sealed):
            return term.token
        claims = {"aud": term.to, "content": shape.write(term.content, self)}
        if beside is not None:
            claims["beside"] = digest_of_bytes(canonical(beside))
        return self._made(type_of_sealed(shape), claims, lambda pen: self._seal(term.to, shape, claims, pen))

    def _seal(self, to: str, shape: Shape, claims: dict[str, Json], pen: Pen) -> str:
        certificate = self.keyring.recipients.get(to)
        recipient = certificate and identity_in(encoded(certificate), self.keyring.roots)
        if (
            not recipient
            or not isinstance(recipient.key, X25519PublicKey)
            or (recipient.purpose, recipient.party) != (role_of(to), to)
            or not recipient.is_valid(pen.now)
        ):
            raise WritingError(f"{self.keyring.party} has no certificate of {to} that is trusted to seal with")
        seconds = lifetime_of(shape.kind) if isinstance(shape, Struct) else None
        plaintext = canonical({**claims, **_times(seconds, pen.now)})
        return seal(type_of_sealed(shape), plaintext, recipient, pen.random)

    def _made(self, typed: str, claims: dict[str, Json], make: Callable[[Pen], str]) -> str:
        # Under the party's secret: from a plain digest in a store that is lost, a short secret could be guessed.
        name = hmac.digest(self.keyring.secret, canonical([typed, claims]), "sha256").hex()
        made = self.keyring.made.get(name)
        if made is None:
            if self.keyring.pen is None:
                raise WritingError(f"{self.keyring.party} has nothing to make a {typed} with")
            made = self.keyring.made[name] = make(self.keyring.pen)
        return made

    def envelope(self, kind: type[Message], body: Json) -> bytes:
        """A message, signed as a whole. It tells no time: what is sent again is the same bytes."""
        return sign(type_of(kind), canonical(body), self._signer(self.keyring.role)).encode()


def _times(seconds: int | None, now: int) -> dict[str, int]:
    return {"iat": now} if seconds is None else {"iat": now, "exp": now + seconds}


class Reading:
    """A party that reads one message."""

    def __init__(self, keyring: Keyring, now: int) -> None:
        self.keyring, self.now, self.security = keyring, now, keyring.security
        self.times_out = False
        """Whether the role is told if something has run out; else what has run out is not believed."""
        self.is_expired = False

    def body(self, data: bytes) -> tuple[Json, str | None, str | None]:
        """The JSON of a message, who has signed it as a whole, and as what type."""
        is_jws = data[:2] == b"ey"  # how every header of JSON begins in base64url, and no JSON does
        if self.security != "hardened" or not is_jws or self.keyring.role == "terminal":
            return parse(data), None, None
        if len(data) > MOST_BYTES:
            raise Refusal("too_large", detail=f"{len(data)} bytes")
        try:
            token = data.decode("ascii")
        except UnicodeDecodeError:
            raise Refusal("not_utf8") from None
        if not TOKEN_PATTERNS["jws"].fullmatch(token):
            raise Refusal("not_signed")
        try:
            signed = Jws(token)
            signer = signed.signer(None, self.keyring.roots, self.now)
        except JoseRefusal as refusal:
            raise Refusal("bad_signature", detail=str(refusal)) from None
        if signer.purpose != role_of(signer.party):
            raise Refusal("bad_signature", detail=f"a certificate for {signer.purpose} signs no messages")
        return parse(signed.payload), signer.party, signed.header["typ"]

    def name_in(self, kind: str, name: str) -> str:
        """A name as this party knows it: behind a pseudonym that it made itself stands what it was made of."""
        return name_behind(self.keyring.secret, kind, name) or name

    def signed(self, token: str, shape: Struct) -> Term:
        """What a signed object says: verified, or not."""
        content: Term = None
        try:
            signed = Jws(token)
            claims = _claims(signed.payload)
            content = self._content(claims, shape)
            signer = signed.signer(type_of(shape.kind), self.keyring.roots, self.now)
            self._check(claims, shape.kind, signer)
        except JoseRefusal as refusal:
            return Unverified(content, token, str(refusal))
        return Signed(signer.party, content, token)

    def _content(self, claims: dict[str, Json], shape: Shape) -> Term:
        try:
            return shape.read(claims.get("content"), self, "/content")
        except Refusal as refusal:
            raise JoseRefusal(str(refusal.malformed)) from None

    def _check(self, claims: dict[str, Json], kind: type, signer: Identity) -> None:
        if claims.keys() != {"iss", "aud", "iat", "content", *(() if lifetime_of(kind) is None else ("exp",))}:
            raise JoseRefusal("it has not just iss, aud, iat, content, and exp if it runs out")
        if (signer.purpose, signer.party) != (SIGNERS[kind], claims["iss"]):
            raise JoseRefusal("it is not signed by whom it says, or by somebody who signs no such thing")
        meant_for = claims["aud"]
        if type(meant_for) is not list or not {self.keyring.party, f"role:{self.keyring.role}"} & set(
            map(str, meant_for)
        ):
            raise JoseRefusal("it is for somebody else")
        self._check_times(claims)

    def _check_times(self, claims: dict[str, Json]) -> None:
        times = [claims[name] for name in ("iat", "exp") if name in claims]
        if any(type(time) is not int for time in times):
            raise JoseRefusal("its times are no whole seconds")
        if times[0] > self.now + SKEW:
            raise JoseRefusal("it is from the future")
        if times[-1] <= self.now and "exp" in claims:
            if not self.times_out:
                raise JoseRefusal("it has run out")
            self.is_expired = True

    def sealed(self, token: str, shape: Shape, beside: Json) -> Term:
        """What is sealed: opened if it is for this party and can be, else a text that tells nothing."""
        to, unread = "", digest_of_bytes(token.encode())
        try:
            to, name = sealed_for(token)
            opener = next((one for one in self.keyring.openers if one.thumbprint == name), None)
            if to != self.keyring.party or opener is None:
                return Sealed(to, unread, token)
            claims = _claims(open_sealed(token, type_of_sealed(shape), opener))
            self._check_sealed(claims, shape, beside)
            return Sealed(to, self._content(claims, shape), token)
        except JoseRefusal:
            return Sealed(to, unread, token)

    def _check_sealed(self, claims: dict[str, Json], shape: Shape, beside: Json) -> None:
        runs_out = isinstance(shape, Struct) and lifetime_of(shape.kind) is not None
        wanted = {"aud", "iat", "content", *["exp"] * runs_out, *["beside"] * (beside is not None)}
        if claims.keys() != wanted or claims["aud"] != self.keyring.party:
            raise JoseRefusal("it is for somebody else, or says more or less than it must")
        if beside is not None and claims["beside"] != digest_of_bytes(canonical(beside)):
            raise JoseRefusal("it was sealed beside something else")
        self._check_times(claims)


def _claims(payload: bytes) -> dict[str, Json]:
    try:
        claims = parse(payload)
    except Refusal as refusal:
        raise JoseRefusal(str(refusal.malformed)) from None
    if type(claims) is not dict:
        raise JoseRefusal("it says no JSON object")
    return claims


def expiry_of(term: object) -> int | None:
    """When a signed object runs out that came over the wire, in seconds since 1970; None if never, or unknown."""
    if not isinstance(term, Signed):
        return None
    expiry = _claims(Jws(term.token).payload).get("exp")
    return expiry if type(expiry) is int else None
