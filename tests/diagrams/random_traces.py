"""Traces as plain data: written step by step by a test, or drawn at random from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from tests.diagrams.labels import ODD

from payrelay.language.traces import Trace, TraceStep

NAMES = ("PaymentRequest", "ForwardedPaymentProcessingRequest", "Ack", "注文の確認", "Wallet_select-Summary", "X" * 60)
PARTIES = (
    *("terminal-1", "relay", "wallet-1", "wallet-2", "shop", "payment", "authority", "terminal-2", "店", "wallet-3"),
    "a party with a long name that nobody would choose",
)


def message(name: str, sender: str, receiver: str, **fields: Any) -> dict[str, Any]:
    """A message of a trace."""
    return {"message": name, "from": sender, "to": receiver, "fields": fields}


def step(n: int, kind: str, actor: str, receives: dict[str, Any] | None = None, **more: Any) -> TraceStep:
    """A step of a trace, in which nothing but this matters."""
    sends = tuple(more.pop("sends", ()))
    more = {"procedure": None, "section": "", "before": {}, "after": {}, **more}
    return TraceStep(n=n, kind=kind, actor=actor, receives=receives, sends=sends, **more)


def trace(*steps: TraceStep, parties: Sequence[str] = (), **more: Any) -> Trace:
    """A trace of these steps; of these parties, if there are more than move."""
    initial = {f"{party}/machine": {"state": "idle", "data": None} for party in parties}
    more = {"property": "", "conjunct": "", **more}
    configuration = {"name": "written", "says": "Written by a test."}
    return Trace(model="", configuration=configuration, initial=initial, steps=tuple(steps), **more)


def random_trace(lifelines: int, messages: int, seed: int) -> Trace:
    """A trace with so many lifelines, the user's among them, and so many messages received or lost, and all else."""
    chance = random.Random(seed)
    parties, steps, under_way, arrived = PARTIES[: lifelines - 1], list[TraceStep](), list[dict[str, Any]](), 0

    def sent(by: str) -> dict[str, Any]:
        to = chance.choice([party for party in parties if party != by])
        fields = {"amount": chance.randint(1, 3), "text": chance.choice(ODD)}
        return message(chance.choice(NAMES), by, to, **fields) | {"by": "a section"}

    while arrived < messages:
        n = len(steps) + 1
        if not under_way or chance.random() < 0.15:
            actor = chance.choice(parties)
            kind = chance.choice(("timeout", "crash", "restart", "user", "timeout"))
            receives = message("UserPays", "user", actor) if kind == "user" else None
            sends = [sent(actor) for _ in range(chance.randint(0 if under_way else 1, 2))]
            input_, early = "retry_time", kind == "timeout" and chance.random() < 0.3
        else:
            arrived += 1
            receives = chance.choice(under_way)
            kind = chance.choice(("deliver", "deliver", "deliver", "deliver", "duplicate", "lose"))
            if kind != "duplicate":
                under_way.remove(receives)
            actor, input_, early = receives["to"], "", False
            sends = [] if kind == "lose" else [sent(actor) for _ in range(chance.choice((0, 1, 1, 1, 2)))]
        under_way += sends
        machine = f"{actor}/machine"
        steps.append(
            step(
                n, kind, actor, receives, sends=sends, input=input_, early=early,
                section=chance.choice(("", "first section", "second section")) if receives else "",
                answer=chance.choice(("handled", "handled", "ignored")),
                before={machine: {"state": "idle", "data": {"type": "Data", "count": n}}},
                after={machine: {"state": chance.choice(("idle", "waiting_for_something")), "data": None}},
                occurrences=({"occurrence": "MoneyDebited", "machine": machine, "fields": {"amount": 2}},)
                if chance.random() < 0.2 else (),
            )
        )  # fmt: skip
    violated = {"property": "nothing_bad_happens", "conjunct": "Never(occurred)"} if chance.random() < 0.5 else {}
    return trace(*steps, parties=parties, **violated)
