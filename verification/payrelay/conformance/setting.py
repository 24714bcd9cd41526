"""Setting: who is who in a test, with which keys, and what stands before it begins.

All of it comes from one seed, so that a test that is run again says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.correspondence import Correspondence, made_of
from payrelay.conformance.course import Course
from payrelay.conformance.disbelief import Aspect
from payrelay.host.world import PERIODS, World
from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.data import signed, user_ref
from payrelay.model.protocol import auth_info, build
from payrelay.model.purchase import BRAND, TOTAL, USER, card_of, order_of, session_of, terms_of, wallets_of
from payrelay.model.registration import AUTHORITY
from payrelay.wire import Keyring, WritingError, write
from payrelay.wire.exchange import Request
from payrelay.wire.forgeries import Keys
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.set_up import (
    Decision,
    EnrolledAt,
    IssuedAccount,
    KnownAs,
    OpenSession,
    PayableOrder,
    RegistrableUser,
    UserEnrolment,
    set_up_request,
)
from payrelay.wire.spoilings import Spoiled, spoil

YEAR = 365 * 24 * 3600
CART = "a book"
"""What is ordered."""


@dataclass(frozen=True)
class Wishes:
    """What the world is to choose in a test where it is the party under test that learns of it."""

    issuer: str = "approves"
    acceptable: bool = True
    wrong_answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """What all tests of a run have in common."""

    configuration: PaymentConfiguration
    under_test: frozenset[str]
    """The parties that the kit does not play."""
    seed: bytes
    now: int
    """When it begins, in seconds since 1970."""
    rings: Mapping[str, Keyring] = field(default_factory=dict)
    """The keyring of each party; made of the seed, if there are none."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Where the kit plays each party, as the party under test reaches it."""

    periods: Mapping[str, float] = field(default_factory=dict)
    """How long the timers of the party under test run, where it is not as long as usual."""

    @cached_property
    def course(self) -> Course:
        """The runs of the model that tests are made of."""
        return Course(build(self.configuration))

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """All parties."""
        return tuple(self.course.system.machines_of)

    @cached_property
    def keys(self) -> Mapping[str, Keyring]:
        """The keyring of each party."""
        security = self.configuration.security
        return self.rings or keyrings(self._everybody, self.seed, self.now - 3600, security=security)

    @property
    def _everybody(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.parties, AUTHORITY, *BYSTANDERS.values())))

    def world(self, party: str) -> World:
        """What a party of the reference roles is told of the world, as anybody's would be configured."""
        wallets = wallets_of(self.configuration)
        order = order_of("1") if not self.configuration.ordering else None
        return World(wallets=wallets, brands=(BRAND,), order=order, pay_url=self.pay_url(party))

    def period(self, timer: str) -> float:
        """How long a timer of the party under test runs, in seconds."""
        return self.periods.get(timer, PERIODS[timer])

    def pay_url(self, party: str) -> str:
        """Where a shop is asked for payment."""
        base = self.urls.get(party, f"https://{party}.example")
        return f"{base}/payrelay/v1/wallet_shop/payment_request"

    @cached_property
    def _forgers(self) -> tuple[Mapping[str, Keyring], Mapping[str, Keyring]]:
        """Those of the same names whom nobody trusts, and everybody with certificates that have ended."""
        names, begins = self._everybody, self.now - 2 * YEAR
        strangers = keyrings(names, self.seed + b" strangers", self.now - 3600, security=self.configuration.security)
        if self.rings or self.configuration.security != "hardened":
            return strangers, strangers
        return strangers, keyrings(names, self.seed, begins, self.now - 60, security=self.configuration.security)

    def spoilings(self, found: Correspondence, body: bytes, now: int) -> Iterator[Spoiled]:
        """All that can be wrong with the bytes of a message, one thing at a time."""
        strangers, former = self._forgers
        keys = Keys(found.rings, strangers, former, now)
        yield from spoil(body, keys, self.configuration.security, counted(self.seed + b" spoilt"))

    def aspects(self, message: Message) -> list[Aspect]:
        """What can be wrong with the bytes of a message."""
        found = self.correspondence(0)
        try:
            body = write(found.message(message), found.rings[found.party(message.sender)])
        except WritingError:
            return []
        return [
            Aspect(one.name, one.at, one.refused)
            for one in self.spoilings(found, body, self.now)
            if one.name not in self.unmade
        ]

    @property
    def unmade(self) -> frozenset[str]:
        """What cannot be made: another peer than the channel shows, and without a root certificates that have ended."""
        return frozenset(["wrong_peer", *(["certificate_ended"] if self.rings else [])])

    # --- one test

    def correspondence(self, number: int) -> Correspondence:
        """The values of one test; nobody else has any of them."""
        random = counted(b"%s test %d" % (self.seed, number))
        # A secret of the kit's own: the pseudonyms of the party under test are not for it to see through.
        secret = random(64)
        rings = {name: replace(ring, secret=secret, made={}).at(self.now, random) for name, ring in self.keys.items()}

        def fresh(symbol: Symbol) -> str:
            return self.pay_url(symbol.name) if symbol.kind == "pay_url" else made_of(symbol, random)

        terminals = {name: f"{name}.{number}" for name in self.parties if role_of(name) == "terminal"}
        terminals = {} if self.under_test & set(terminals) else terminals
        found = Correspondence(fresh, rings, parties=terminals)
        for name, called in terminals.items():
            rings[called] = replace(rings[name], party=called)
        subject = found.name_of(user_ref(USER, AUTHORITY)).name
        found.texts["subject", USER] = subject
        return found

    def set_ups(self, found: Correspondence, wishes: Wishes) -> Iterator[tuple[str, Request]]:
        """What is set up at the parties under test: (party, request)."""
        for party, thing in self._things(wishes):
            if party in self.under_test:
                yield party, set_up_request(found.real(thing), found.rings[AUTHORITY], party, self.token)

    token: str = "token"

    def _things(self, wishes: Wishes) -> Iterator[tuple[str, object]]:
        """What stands before a test begins, in the words of the model."""
        configuration = self.configuration
        wallets = wallets_of(configuration)
        peers = (*wallets, AUTHORITY)
        known = tuple(KnownAs(peer, user_ref(USER, peer)) for peer in peers)
        enrolled = wallets if configuration.procedures else ()
        for session in {session_of(configuration, terminal): None for terminal in self._terminals}:
            at = tuple(EnrolledAt(wallet, (BRAND,)) for wallet in enrolled)
            yield "relay", OpenSession(session, USER, at, known)
        for wallet in enrolled:
            if wallet in configuration.strangers:
                continue
            info = replace(auth_info(wallet, configuration.security), enrolment_nonce=Symbol("enrolment_nonce", wallet))
            held = signed(AUTHORITY, info, configuration.security)
            name = f"Wallet {wallet.rpartition('-')[2]}"
            yield wallet, UserEnrolment(user_ref(USER, wallet), "relay", name, (card_of(wallet),), (BRAND,), held)
        terms = terms_of("1")
        yield "shop", PayableOrder(order_of("1").order, "relay", "payment", TOTAL, terms.payee_name, CART, (BRAND,))
        yield "payment", IssuedAccount(Symbol("account", USER), Decision(wishes.issuer))
        yield AUTHORITY, RegistrableUser(user_ref(USER, AUTHORITY), wishes.acceptable, wishes.wrong_answers)

    @property
    def _terminals(self) -> tuple[str, ...]:
        return tuple(name for name in self.parties if role_of(name) == "terminal")
