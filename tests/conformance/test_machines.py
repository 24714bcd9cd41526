"""Machines by themselves: who answers as the role does, as far as anybody can hear it."""

from __future__ import annotations

from functools import cache

import pytest

from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import Wanted


@cache
def relay() -> Selftest:
    """The kit held against the relay."""
    return Selftest(Wanted().plan("relay", "plain"))


def is_alike(name: str) -> bool:
    """Whether the machines of a variant are, in every purpose."""
    of = relay()
    tables = of.variants[name].tables
    assert tables is not None
    return all(of._comparison(part)._machines.is_alike(tables) for part in of.searched)


@pytest.mark.slow
@pytest.mark.parametrize("state", ["wait_auth_info", "storing", "activating"])
def test_whom_a_crash_has_cut_off_hears_nothing(state: str) -> None:
    assert is_alike(f"registration_relay.{state}.restart.drop"), "who waited before it is remembered, and in vain"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "registration_relay.storing.hold_time.drop",
        "registration_relay.storing.restart.amnesia",
        "registration_relay.storing.auth_info_stored.drop",
        "relay_directory.open.cancel.find_named.drop",
    ],
)
def test_what_others_hear_otherwise_is_not_alike(name: str) -> None:
    assert not is_alike(name)
