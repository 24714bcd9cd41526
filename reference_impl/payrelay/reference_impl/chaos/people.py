"""The people of a campaign: who they are, what is set up for them, and what each of them does at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from payrelay.host.identifiers import fresh_identifier
from payrelay.language.messages import Stimulus
from payrelay.language.terms import Symbol
from payrelay.model.messages import user
from payrelay.reference_impl.systems import BRAND, enrolment
from payrelay.reference_impl.terminals import REGISTRATION, Terminal
from payrelay.wire.set_up import (
    Decision,
    EnrolledAt,
    IssuedAccount,
    KnownAs,
    OpenSession,
    RegistrableUser,
)

CARTS = ("A book", "A pen", "A lamp")
MOST_ACTS = 60
PATIENCE = 15.0
"""For how many seconds of silence somebody waits for an answer."""
DOES: Mapping[str, type[Stimulus]] = {
    "idle": user.UserOrders,
    "ordered": user.UserPays,
    "selecting": user.UserChooses,
    "confirming": user.UserConfirms,
    "in_progress": user.UserAsks,
}
"""What somebody does who wants to pay, by what the terminal shows."""
REGISTERS: Mapping[str, type[Stimulus]] = {
    "idle": user.UserRegisters,
    "filling": user.UserAnswers,
    "in_progress": user.UserAsks,
}


@dataclass(frozen=True)
class Payer:
    """A user who has an account, and is enrolled at wallets."""

    name: str
    decision: Decision = Decision.APPROVES
    unknown_at: frozenset[str] = frozenset()
    """The wallets that do not know the user, though the relay believes so."""


PAYERS = (Payer("payer"), Payer("poor", Decision.DECLINES))


class People:
    """All users, their sessions, and what has to be set up for them."""

    def __init__(self, wallets: tuple[str, ...], sessions: int, registrations: int, dice: Random) -> None:
        self.wallets, self._dice = wallets, dice
        self.payers = (*PAYERS, Payer("stranger", unknown_at=frozenset(wallets)))
        self.sessions = {payer.name: [self._text() for _ in range(sessions)] for payer in self.payers}
        self.accounts = {payer.name: self._symbol("account") for payer in self.payers}
        self.newcomers = [self._text() for _ in range(registrations)]
        """The sessions of those who want to be registered, each another user."""
        self.mistaken = frozenset(self.newcomers[3::4])
        """Those of users by whose names the wallets know others."""

    def _text(self) -> str:
        return fresh_identifier(self._dice.randbytes)

    def _symbol(self, kind: str) -> Symbol:
        return Symbol(kind, self._text())

    def things(self) -> Iterator[tuple[str, object]]:
        """What is set up, each thing with the party that is told."""
        for payer in self.payers:
            yield from self._things_of(payer)
        for number, session in enumerate(self.newcomers):
            user_refs = self._user_refs()
            yield "relay", OpenSession(Symbol("session", session), f"newcomer {number}", (), _known(user_refs))
            kind = number % 4
            wrong = ("account",) if kind == 1 else ()
            yield "authority", RegistrableUser(user_refs["authority"], kind != 2, wrong)
            for wallet in self.wallets if session in self.mistaken else ():
                # It will not take the user on in place of the other, and the certificate is revoked.
                of_another = {**user_refs, "authority": self._symbol("user_ref")}
                yield wallet, enrolment(wallet, of_another, self._symbol("account"), "hardened", self._symbol)

    def _user_refs(self) -> dict[str, Symbol]:
        """What the relay calls a user to each of the others."""
        return {peer: self._symbol("user_ref") for peer in (*self.wallets, "authority")}

    def _things_of(self, payer: Payer) -> Iterator[tuple[str, object]]:
        account = self.accounts[payer.name]
        user_refs = self._user_refs()
        enrolled = tuple(EnrolledAt(wallet, (BRAND,)) for wallet in self.wallets)
        yield "payment", IssuedAccount(account, payer.decision)
        for session in self.sessions[payer.name]:
            yield "relay", OpenSession(Symbol("session", session), payer.name, enrolled, _known(user_refs))
        for wallet in self.wallets:
            if wallet in payer.unknown_at:
                continue
            yield wallet, enrolment(wallet, user_refs, account, "hardened", self._symbol)


def _known(user_refs: Mapping[str, Symbol]) -> tuple[KnownAs, ...]:
    return tuple(KnownAs(peer, user_ref) for peer, user_ref in user_refs.items())


async def pays(terminal: Terminal, dice: Random, person: str) -> str:
    """Somebody orders something and pays, as such a person does; what became of it, as far as the person was told."""
    tries = 0
    cancels_at = dice.choice(("selecting", "confirming"))
    for _ in range(MOST_ACTS):
        shows, data = terminal.shows(), terminal.data()
        if shows in ("done", "failed"):
            outcome = str(data.outcome)
            tries += 1
            may_try = shows == "failed" or outcome == "declined"
            if person != "pays_again" or not may_try or tries > 1:
                return f"told_{outcome}"
            terminal.does(user.UserPaysAgain)
        elif shows in DOES:
            if person == "only_orders" and shows == "ordered":
                return "ordered_only"
            if person == "leaves" and shows == cancels_at:
                return "left"
            if person == "cancels" and shows == cancels_at:
                terminal.does(user.UserCancels)
            else:
                fields: dict[str, dict[str, Any]] = {
                    "idle": {"cart": dice.choice(CARTS)},
                    "selecting": {"index": dice.choice((1, 2))},
                }
                terminal.does(DOES[shows], **fields.get(shows, {}))
        elif not await terminal.moved(PATIENCE):
            return "gave_up"
    return "gave_up"


async def registers(terminal: Terminal, dice: Random, wallet: str) -> str:
    """Somebody wants to be registered for a wallet; what became of it."""
    leaves = dice.random() < 0.08
    cancels = dice.random() < 0.05
    for _ in range(MOST_ACTS):
        shows, data = terminal.shows(REGISTRATION), terminal.data(REGISTRATION)
        if shows in ("done", "failed"):
            return f"told_{data.result}"
        if shows in REGISTERS:
            if shows == "filling" and leaves:
                return "left"
            if shows == "filling" and cancels:
                terminal.does(user.UserCancels, REGISTRATION)
            else:
                fields: dict[str, dict[str, Any]] = {"idle": {"wallet": wallet}, "filling": {"is_complete": True}}
                terminal.does(REGISTERS[shows], REGISTRATION, **fields.get(shows, {}))
        elif not await terminal.moved(PATIENCE):
            return "gave_up"
    return "gave_up"
