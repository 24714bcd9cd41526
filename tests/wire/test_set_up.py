"""What is set up comes to the role that is told as it was meant, at every level; else it is a problem."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from tests.wire.travelling import symbol

from payrelay.language.terms import Signed, Symbol, Unverified
from payrelay.model.conversion import Amount
from payrelay.model.data import SECURITIES, AuthInfo
from payrelay.wire.identities import counted, keyrings
from payrelay.wire.problem_documents import Problem
from payrelay.wire.set_up import (
    SETUPS,
    Decision,
    EnrolledAt,
    IssuedAccount,
    KnownAs,
    OpenSession,
    PayableOrder,
    RegistrableUser,
    UserEnrolment,
    read_set_up,
    set_up_at,
    set_up_request,
)

PARTIES = ("relay", "shop", "wallet-1", "payment", "authority")
NOW = 1_800_000_000
TOLD = {"shop": "shop", "relay": "relay", "wallet": "wallet-1", "payment": "payment", "authority": "authority"}


def things(security: str) -> tuple[Any, ...]:
    names = symbol("reg_id", "1"), symbol("certificate", "1")
    held = AuthInfo(names[0], "user", "wallet-1", names[1], Symbol("secret", "s"), Symbol("account", "a"))
    return (
        PayableOrder(
            symbol("order_ref", "1"), "relay", "payment", Amount(2, "JPY"), "Bookshop", "a book & more", ("brand",)
        ),
        OpenSession(
            symbol("session", "1"),
            "user",
            (EnrolledAt("wallet-1", ("brand",)),),
            (KnownAs("wallet-1", symbol("user_ref", "1")),),
        ),
        UserEnrolment(symbol("user_ref", "1"), "relay", "Wallet 1", ("card",), ("brand",), Unverified(held)),
        IssuedAccount(Symbol("account", "a"), Decision.DECLINES),
        RegistrableUser(symbol("user_ref", "1"), False, ("holder",)),
    )  # fmt: skip


@pytest.mark.parametrize("security", SECURITIES)
def test_everything_comes_as_it_was_meant(security: str) -> None:
    rings = keyrings(PARTIES, b"seed", NOW, security=security)
    made = things(security)
    assert {type(thing) for thing in made} == {one.kind for one in SETUPS}
    for thing, one in zip(made, SETUPS, strict=True):
        if isinstance(thing, UserEnrolment) and security == "hardened":
            continue  # tested below: the authority signs
        request = set_up_request(thing, rings["relay"], TOLD[one.role], "token")
        assert set_up_at(request.path) is one
        assert ("authorization", "Bearer token") in request.headers
        assert read_set_up(request, rings[TOLD[one.role]], NOW) == thing


def test_an_enrolment_is_signed_by_the_authority() -> None:
    rings = keyrings(PARTIES, b"seed", NOW)
    enrolment = things("hardened")[2]
    from payrelay.language.terms import Sealed

    held = replace(enrolment.auth_info.content, secret=Sealed("wallet-1", Symbol("secret", "s")))
    signed = replace(enrolment, auth_info=Signed("authority", held))
    authority = rings["authority"].at(NOW, counted(b"1"))
    found = read_set_up(set_up_request(signed, authority, "wallet-1", "token"), rings["wallet-1"], NOW)
    assert found == signed


def test_invalid_things_are_refused() -> None:
    ring = keyrings(PARTIES, b"seed", NOW, security="plain")
    request = set_up_request(things("plain")[3], ring["relay"], "payment", "token")
    for changed, name in (
        (replace(request, body=b"{}"), "malformed"),
        (replace(request, body=request.body.replace(b"declines", b"sleeps")), "malformed"),
        (replace(request, target="/payrelay/v1/setup/orders"), "not-found"),
        (replace(request, target="/payrelay/v1/setup"), "not-found"),
        (replace(request, headers=()), "unsupported-media-type"),
        (replace(request, headers=(("content-type", "application/json; charset=latin-1"),)), "unsupported-media-type"),
    ):
        found = read_set_up(changed, ring["payment"], NOW)
        assert isinstance(found, Problem)
        assert found.name == name


def test_each_is_described() -> None:
    for one in SETUPS:
        schema = one.schema("hardened")
        assert set(schema["properties"]) == {field.name for field in fields(one.kind)}
        assert one.says.endswith(".")
