"""The network as a graph: who can send what to whom (claims 1-3, 8; § 1.1).

Nodes are parties, edges are the channels of the links, in either direction, with the kinds of messages that can go
that way. Structural properties are questions about this graph.
"""

from __future__ import annotations

from itertools import product
from typing import get_type_hints

import networkx as nx

from payrelay.language.links import Link, role_of
from payrelay.language.messages import Message
from payrelay.language.systems import System
from payrelay.model.data import Consent
from payrelay.model.messages.purchase import ForwardedPaymentInfo, PaymentInfoMessage
from payrelay.model.protocol import DISPATCH

PAYMENT_INFO_CARRIERS: tuple[type[Message], ...] = (PaymentInfoMessage, ForwardedPaymentInfo)
"""The messages that payment information is the content of."""


def parties_of(system: System) -> tuple[str, ...]:
    """Every party of a system, in the order of its machines."""
    return tuple(system.machines_of)


def carried(link: Link, receiver: str) -> tuple[type[Message], ...]:
    """The kinds of messages that can go over a link to a role."""
    return tuple(kind for kind in link.carries if (receiver, kind) in DISPATCH)


def network(system: System) -> nx.DiGraph[str]:
    """The network of a system: an edge for each direction of a link between two parties.

    A node has its `role`; an edge has the `link` that it belongs to, the `section` of the relay that it is incident
    to, the kinds of messages it `carries` and the artefacts that it must `never` carry.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    parties = parties_of(system)
    for party in parties:
        graph.add_node(party, role=role_of(party))
    for link, sender, receiver in product(system.links, parties, parties):
        if sender != receiver and link.joins(role_of(sender), role_of(receiver)):
            kinds = carried(link, role_of(receiver))
            graph.add_edge(sender, receiver, link=link.name, section=link.section, carries=kinds, never=link.never)
    return graph


def flow(graph: nx.DiGraph[str], kinds: tuple[type[Message], ...]) -> nx.DiGraph[str]:
    """The part of a network that can carry one of these kinds of messages."""
    part: nx.DiGraph[str] = nx.DiGraph()
    part.add_nodes_from(graph.nodes(data=True))
    part.add_edges_from(edge for edge in graph.edges if set(kinds) & set(graph.edges[edge]["carries"]))
    return part


def consent_carriers() -> tuple[type[Message], ...]:
    """The messages that a user's consent is a field of."""
    kinds = {kind for _, kind in DISPATCH}
    return tuple(sorted((kind for kind in kinds if Consent in get_type_hints(kind).values()), key=lambda k: k.__name__))


def joined_without_relay(system: System) -> str | None:
    """The first way around the relay for payment information or consent, in a sentence; None if there is none.

    That the relay lies on every path whatever from a terminal to a wallet would be too much to ask: the shop speaks
    with both (claim 3, preamble). It lies on every path of what must go through it.
    """
    graph = network(system)
    ways = (("payment information", PAYMENT_INFO_CARRIERS, "shop"), ("consent", consent_carriers(), "terminal"))
    for what, kinds, source in ways:
        part = flow(graph, kinds)
        without = part.subgraph([party for party in part if part.nodes[party]["role"] != "relay"])
        for sender, receiver in product(part, part):
            roles = part.nodes[sender]["role"], part.nodes[receiver]["role"]
            if roles == (source, "wallet") and nx.has_path(without, sender, receiver):
                return f"{what} can go from {sender} to {receiver} without the relay"
    info = flow(graph, PAYMENT_INFO_CARRIERS)
    exposed = next((p for p in info if info.nodes[p]["role"] == "terminal" and info.in_degree(p)), None)
    return None if exposed is None else f"payment information can go to {exposed}"
