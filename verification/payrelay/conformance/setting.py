"""Setting: who is who in a test, with which keys, and what stands before it begins.

All of it comes from one seed, so that a test that is run again says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from payrelay.conformance.alterations import BYSTANDERS
from payrelay.conformance.correspondence import Correspondence, made_of
from payrelay.conformance.course import Course
from payrelay.conformance.disbelief import Aspect
from payrelay.conformance.renaming import symbols_in
from payrelay.host.world import PERIODS, World
from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import signed, user_ref
from payrelay.model.protocol import auth_info, build
from payrelay.model.purchase import BRAND, TOTAL, USER, USER_AUTH, card_of, order_of, session_of, terms_of, wallets_of
from payrelay.model.registration import AUTHORITY
from payrelay.wire import Keyring, WritingError, write
from payrelay.wire.base64url import to_base64url
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
    """The keyring of each party, by what it is called; made of the seed, if there are none."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Where each party is, as others reach it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What parties of the model are called, as far as they are called otherwise."""
    clock: Callable[[], float] | None = None
    """What tells the time, in seconds since 1970; it stands still, if there is none."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """What the party under test calls reasons, if otherwise than the protocol does: by its word, the protocol's."""

    def time(self) -> int:
        """What time it is."""
        return self.now if self.clock is None else int(self.clock())

    def called(self, party: str) -> str:
        """What a party of the model is called."""
        return self.names.get(party, party)

    shows_peers: bool = False
    """Whether the kit can speak on the channel of somebody else than who sends a message."""
    periods: Mapping[str, float] = field(default_factory=dict)
    """How long the timers of the party under test run, where it is not as long as usual."""

    @cached_property
    def course(self) -> Course:
        """The runs of the model that tests are made of."""
        return Course(build(self.configuration), self.under_test)

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """All parties."""
        return tuple(self.course.system.machines_of)

    @cached_property
    def taking_part(self) -> frozenset[str]:
        """The parties under test that have a part in these runs."""
        return self.under_test.intersection(self.parties)

    @cached_property
    def keys(self) -> Mapping[str, Keyring]:
        """The keyring of each party, by what it is called."""
        security = self.configuration.security
        return self.rings or keyrings(self._everybody, self.seed, self.now - 3600, security=security)

    @property
    def _everybody(self) -> tuple[str, ...]:
        named = map(self.called, (*self.parties, AUTHORITY))
        return tuple(dict.fromkeys((*named, *BYSTANDERS.values())))

    def world(self, party: str, found: Correspondence | None = None) -> World:
        """What a party of the reference roles is told of the world, as anybody's would be configured; a terminal also
        what is of one test alone, which `found` has."""
        wallets = tuple(map(self.called, wallets_of(self.configuration)))
        world = World(
            relay=self.called("relay"),
            shop=self.called("shop"),
            authority=self.called(AUTHORITY),
            shops=(self.called("shop"),),
            wallets=wallets,
            authorities=(self.called(AUTHORITY),),
            brands=(BRAND,),
            pay_url=self.pay_url(party),
            capabilities=CAPABILITIES[self.configuration.capability],
        )
        if found is None or role_of(party) != "terminal":
            return world
        order = None if self.configuration.ordering else found.real(order_of("1"))
        session = found.name_of(session_of(self.configuration, party)).name
        return replace(world, order=order, session=session, user_auth=found.name_of(USER_AUTH).name)

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
        """What cannot be made: another peer than the channel shows, mostly, and without a root certificates that have
        ended."""
        peer = [] if self.shows_peers else ["wrong_peer"]
        return frozenset([*peer, *(["certificate_ended"] if self.rings else [])])

    # --- one test

    def correspondence(self, number: int) -> Correspondence:
        """The values of one test; nobody else has any of them."""
        random = counted(b"%s test %d" % (self.seed, number))
        # A secret of the kit's own: the pseudonyms of the party under test are not for it to see through.
        secret = random(64)
        rings = {
            name: replace(ring, secret=secret, made={}).at(self.time(), random) for name, ring in self.keys.items()
        }

        def fresh(symbol: Symbol) -> str:
            return self.pay_url(symbol.name) if symbol.kind == "pay_url" else made_of(symbol, random)

        terminals = {name: f"{name}{number}" for name in self.parties if role_of(name) == "terminal"}
        terminals = {} if self.under_test & set(terminals) else terminals
        found = Correspondence(fresh, rings, parties={**self.names, **terminals}, reasons=self.reasons)
        for name, called in terminals.items():
            rings[called] = replace(rings[self.called(name)], party=called)
        found.parties[USER] = f"user {to_base64url(random(9))}"
        if any(role_of(party) == "terminal" for party in self.under_test):
            # An order has nothing else by which it is known whose it is.
            found.texts["cart", CART] = f"{CART} {to_base64url(random(9))}"
        name_subject(found)
        return found

    def set_ups(self, found: Correspondence, wishes: Wishes) -> Iterator[tuple[str, Request]]:
        """What is set up at the parties under test: (party, request)."""
        for party, thing in self.things(wishes):
            if party in self.taking_part:
                issuer = found.rings[self.called(AUTHORITY)]
                yield party, set_up_request(found.real(thing), issuer, self.called(party), self.token)

    token: str = "token"

    def things(self, wishes: Wishes) -> Iterator[tuple[str, object]]:
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
    def standing(self) -> frozenset[Symbol]:
        """What is named in what stands before a test begins: the kit has made it."""
        return symbols_in(tuple(thing for _, thing in self.things(Wishes())))

    @property
    def _terminals(self) -> tuple[str, ...]:
        return tuple(name for name in self.parties if role_of(name) == "terminal")


def name_subject(found: Correspondence) -> None:
    """What an authority issues names the user as the authority knows it."""
    found.texts["subject", USER] = found.name_of(user_ref(USER, AUTHORITY)).name
