"""The network graph, and the structural properties that are questions about it."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest

from payrelay.language.links import Link
from payrelay.language.systems import System
from payrelay.model.configurations import BENIGN, HAPPY
from payrelay.model.messages.purchase import ForwardedPaymentInfo, OrderPlace, PaymentInfoMessage, PaymentRequest
from payrelay.model.messages.terminal_edge import PaymentProcessingRequest, ProcedureRequest
from payrelay.model.network import consent_carriers, flow, joined_without_relay, network
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import build

STRUCTURAL = [prop for prop in PROPERTIES if prop.level in ("structural", "function")]


def with_link(system: System, link: Link) -> System:
    """The system with one more link."""
    return replace(system, links=(*system.links, link))


def test_the_network_has_every_party_and_every_direction() -> None:
    graph = network(build(BENIGN))
    assert set(graph) == {"terminal-1", "relay", "shop", "wallet-1", "wallet-2", "payment"}
    assert graph.edges["terminal-1", "relay"]["link"] == "terminal_edge"
    assert ProcedureRequest in graph.edges["terminal-1", "relay"]["carries"]
    assert ProcedureRequest not in graph.edges["relay", "terminal-1"]["carries"]
    assert graph.edges["relay", "wallet-2"]["section"] == "second communicating section"
    assert not graph.has_edge("terminal-1", "wallet-1")
    assert not graph.has_edge("wallet-1", "payment")
    assert graph.edges["relay", "payment"]["carries"] == ()


def test_the_shop_speaks_with_terminal_and_wallet() -> None:
    """So the relay cannot lie on every path whatever; only on every path of what must go through it."""
    graph = network(build(HAPPY))
    assert nx.has_path(graph.subgraph(set(graph) - {"relay"}), "terminal-1", "wallet-1")
    assert OrderPlace in graph.edges["terminal-1", "shop"]["carries"]
    assert PaymentRequest in graph.edges["wallet-1", "shop"]["carries"]


def test_payment_information_and_consent_flow_through_the_relay() -> None:
    graph = network(build(BENIGN))
    info = flow(graph, (PaymentInfoMessage, ForwardedPaymentInfo))
    assert set(info.edges) == {("shop", "relay"), ("relay", "wallet-1"), ("relay", "wallet-2")}
    consent = flow(graph, consent_carriers())
    assert set(consent.edges) == {("terminal-1", "relay"), ("relay", "wallet-1"), ("relay", "wallet-2")}
    assert PaymentProcessingRequest in consent_carriers()
    assert joined_without_relay(build(BENIGN)) is None


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (Link("shortcut", ("shop", "wallet"), (ForwardedPaymentInfo,)), "payment information can go from shop"),
        (Link("leak", ("shop", "relay"), (ForwardedPaymentInfo,)), None),
    ],
)
def test_a_way_around_the_relay_is_found(link: Link, why: str | None) -> None:
    found = joined_without_relay(with_link(build(HAPPY), link))
    assert found is None if why is None else str(found).startswith(why)


def test_a_link_that_brings_payment_information_to_the_terminal_is_found() -> None:
    system = with_link(build(HAPPY), Link("leak", ("shop", "terminal"), (PaymentInfoMessage,)))
    assert joined_without_relay(system) == "payment information can go to terminal-1"


@pytest.mark.parametrize(
    ("label", "link", "why"),
    [
        ("P8s", Link("bad", ("terminal", "wallet"), ()), "bad joins the terminal to another party than relay and shop"),
        ("P8s", Link("bad", ("terminal", "shop"), (PaymentInfoMessage,)), "bad can carry payment information"),
        ("P1s", Link("bad", ("wallet", "payment"), ()), "a link joins wallet and payment server"),
        ("P22", Link("bad", ("terminal", "relay"), ()), "bad belongs to the wrong communicating section"),
    ],
)
def test_each_structural_check_can_fail(label: str, link: Link, why: str) -> None:
    prop = next(one for one in STRUCTURAL if one.label == label)
    assert prop.check is not None
    assert prop.check(build(HAPPY)) is None
    assert str(prop.check(with_link(build(HAPPY), link))).startswith(why)
