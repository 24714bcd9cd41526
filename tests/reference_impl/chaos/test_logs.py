"""Logs are sorted by what their runs can be; nothing is lost of them."""

from __future__ import annotations

import json

from payrelay.reference_impl.chaos.logs import FOLLOWED, NOT_FOLLOWED, WRONG_CLOCK, runs_in, sorted_logs


def line(run: str, number: int, *symbols: tuple[str, str], link: str = "relay_shop", more: object = None) -> str:
    told = [{"kind": kind, "name": name} for kind, name in symbols]
    message = {"message": "M", "fields": {"told": told, "more": more}}
    at = f"2026-01-01T00:00:{number:02}Z"
    event = {"at": at, "link": link, "from": "relay", "to": "shop", "direction": "sent", "message": message}
    return json.dumps({**event, "http": None, "procedure": run}, separators=(",", ":"))


LINES = [
    line("one", 1, ("relay_txn", "t1")),
    line("one", 2, ("relay_txn", "t1 wallet-1")),
    line("two", 3, ("relay_txn", "t2")),
    line("two", 4, ("relay_txn", "t3")),
    line("three", 5, ("relay_txn", "t4")),
    line("three", 6, ("relay_txn", "t5")),
    line("three", 7, ("relay_txn", "t6")),
    line("registration", 8, ("reg_txn", "r1")),
    line("ordered only", 9, ("order_nonce", "n1")),
    line("refused at once", 10, ("registration_nonce", "n2")),
    line("stranger", 11, ("relay_txn", "t7")),
    line("gone back", 30, ("relay_txn", "t9")),
    line("gone back", 13, ("relay_txn", "t9")),
    line("doubted", 31, ("relay_txn", "t8"), more={"type": "Unverified", "content": None}),
]


def test_runs_are_sorted_by_the_number_of_their_procedures() -> None:
    found = sorted_logs({"relay": LINES}, frozenset({"stranger"}))
    runs = {name: sorted({json.loads(line)["procedure"] for line in lines}) for name, lines in found.items()}
    assert runs == {
        "purchases_1": ["one", "ordered only"],
        "purchases_2": ["two"],
        "registrations_1": ["refused at once", "registration"],
        "registrations_2": [],
        WRONG_CLOCK: ["doubted", "gone back"],
        NOT_FOLLOWED: ["stranger", "three"],
    }
    assert sorted(one for lines in found.values() for one in lines) == sorted(LINES)
    assert set(found) == {*FOLLOWED, WRONG_CLOCK, NOT_FOLLOWED}
    assert runs_in(found["purchases_1"]) == 2
