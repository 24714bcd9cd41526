"""Peers: the kit's parties at work, for whoever develops another."""

from __future__ import annotations

from pathlib import Path

import pytest

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import Plan
from payrelay.conformance.peers import Peers, chosen
from payrelay.language.configurations import ConfigurationError
from payrelay.wire.identities import counted


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    """A relay is under test."""
    write_folder(tmp_path / "c", Plan(("relay",), security="hardened"), random=counted(b"c"))
    return Assembly(read_configuration(tmp_path / "c", {}))


def test_who_is_played(assembly: Assembly) -> None:
    assert chosen(assembly, []) == ("shop", "wallet-1", "wallet-2", "payment", "authority")
    assert chosen(assembly, ["wallet", "shop"]) == ("wallet-1", "wallet-2", "shop")
    assert chosen(assembly, ["wallet-2"]) == ("wallet-2",)


def test_invalid_names_are_told(assembly: Assembly) -> None:
    with pytest.raises(ConfigurationError, match="it cannot be played too"):
        chosen(assembly, ["relay"])
    with pytest.raises(ConfigurationError, match="did you mean 'shop'"):
        chosen(assembly, ["shoop"])


def test_a_welcome_tells_how_to_end_them(assembly: Assembly) -> None:
    peers = Peers(assembly, ("shop",), lambda _line: None)
    assert "Ctrl-C ends all." in peers.welcome()[-1]
