"""The network's links: what each carries and must never carry, and which way."""

import re
from collections.abc import Collection

import networkx as nx
import pytest

from payrelay.language.links import Link, link_between, role_of
from payrelay.language.messages import Message
from payrelay.language.systems import System
from payrelay.model import links
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import HAPPY
from payrelay.model.data import AuthInfo, PaymentInfo, PaymentInstruction
from payrelay.model.messages.purchase import PaymentInfoMessage, SettlementStatus, SettlementStatusInquiry
from payrelay.model.messages.terminal_edge import TerminalAnswer, TerminalRequest
from payrelay.model.protocol import DISPATCH, build, links_of
from payrelay.model.sections import FIRST, SECOND

LITERALLY = HAPPY.derived({"relay_asks_payment_server": "true"})
ALL = links_of(LITERALLY)
BOTH = PaymentConfiguration(name="both", says="A purchase and a registration.", wallets=2, registrations=1)


def directions(kind: type[Message]) -> tuple[set[str], str]:
    """Who sends a message and who receives it, as the first line of its docstring says."""
    if issubclass(kind, TerminalRequest):
        return {"terminal"}, "relay"
    if issubclass(kind, TerminalAnswer):
        return {"relay"}, "terminal"
    found = re.match(r"([a-z ]+) -> ([a-z ]+): ", kind.__doc__ or "")
    assert found, f"{kind.__name__} does not say from whom to whom"
    roles = {"payment server": "payment"}
    senders = [roles.get(name, name) for name in found[1].split(" or ")]
    return set(senders), roles.get(found[2], found[2])


@pytest.mark.parametrize("link", ALL, ids=lambda link: link.name)
def test_what_a_link_carries_goes_from_one_end_to_the_other(link: Link) -> None:
    assert len(set(link.carries)) == len(link.carries)
    for kind in link.carries:
        senders, receiver = directions(kind)
        assert receiver in link.ends
        assert senders & (set(link.ends) - {receiver})


def undelivered(dispatch: Collection[tuple[str, type[Message]]]) -> list[str]:
    """What a link can carry to a receiver that has no machine for it, and what no link carries to one that has."""
    carried = {(directions(kind)[1], kind) for link in ALL for kind in link.carries}
    lost = [f"{kind.__name__} to {receiver}" for receiver, kind in carried - set(dispatch)]
    return sorted([*lost, *(f"{kind.__name__} never to {receiver}" for receiver, kind in set(dispatch) - carried)])


def test_every_message_of_every_link_has_a_machine_at_its_receiver() -> None:
    # A shop that misbehaves sends this to the terminal, whose machine puts it aside.
    assert undelivered(DISPATCH) == ["PaymentInfoMessage never to terminal"]
    without = set(DISPATCH) - {("relay", PaymentInfoMessage)}
    assert undelivered(without) == ["PaymentInfoMessage never to terminal", "PaymentInfoMessage to relay"]


def test_the_literal_reading_of_claim_8_needs_two_messages_more() -> None:
    silent = {link.name: link.carries for link in links_of(HAPPY)}
    asking = {link.name: link.carries for link in ALL}
    assert silent["relay_payment"] == ()
    assert asking == {**silent, "relay_payment": (SettlementStatusInquiry, SettlementStatus)}


def test_what_a_link_must_never_carry() -> None:
    never = {link.name: set(link.never) for link in ALL}
    assert never["direct_edge"] == {PaymentInfo}
    assert never["terminal_edge"] == {PaymentInfo, AuthInfo, PaymentInstruction}
    assert PaymentInfoMessage not in links.DIRECT_EDGE.carries
    assert not any(PaymentInfo in link.never and PaymentInfoMessage in link.carries for link in ALL)


def network(system: System) -> "nx.Graph[str]":
    """The parties of a system, and which of them are joined by a link."""
    parties = sorted(system.machines_of)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(parties)
    graph.add_edges_from((a, b) for a in parties for b in parties if a < b and link_between(system.links, a, b))
    return graph


def test_only_these_parties_are_joined() -> None:
    graph = network(build(BOTH))
    pairs = {tuple(sorted((role_of(a), role_of(b)))) for a, b in graph.edges}
    assert pairs == {
        ("relay", "terminal"),
        ("shop", "terminal"),
        ("relay", "shop"),
        ("relay", "wallet"),
        ("authority", "relay"),
        ("payment", "relay"),
        ("shop", "wallet"),
        ("payment", "shop"),
    }
    assert set(graph["terminal-1"]) == {"relay", "shop"}


def test_the_first_section_is_the_terminals_and_the_second_everybody_elses() -> None:
    for link in ALL:
        section = "" if "relay" not in link.ends else FIRST if "terminal" in link.ends else SECOND
        assert link.section == section


def test_claims_name_their_links() -> None:
    assert {link.name: link.claims for link in ALL if 8 in link.claims} == {
        "terminal_edge": (1, 4, 8),
        "relay_shop": (1, 8),
        "relay_wallet": (1, 4, 8, 12, 14, 15),
        "relay_authority": (8, 12, 13),
        "relay_payment": (8,),
    }
