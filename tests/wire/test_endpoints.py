"""Endpoints are derived from the model: none is missing, and each is where it is said to be."""

from dataclasses import replace

import pytest

from payrelay.language.messages import Message
from payrelay.language.terms import Symbol
from payrelay.model import links
from payrelay.model.data import OrderRef
from payrelay.model.messages import purchase as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages.registration import FormAnswers, FormSummary, RegistrationResult
from payrelay.model.protocol import DISPATCH
from payrelay.wire.endpoints import (
    TERMINAL,
    Endpoint,
    endpoint_at,
    endpoint_of,
    endpoints_of,
    every_endpoint,
    every_link,
)


def unreached(endpoints: tuple[Endpoint, ...]) -> set[tuple[str, str]]:
    """What some link carries to a role that takes it, and no endpoint has."""
    sent = {(one.link, one.receiver, one.message.__name__) for one in endpoints}
    answered = {(one.link, TERMINAL, answer.__name__) for one in endpoints for answer in one.answers}
    wanted = {
        (link.name, role, kind.__name__)
        for link in every_link()
        for kind in link.carries
        for role in link.ends
        if (role, kind) in DISPATCH
    }
    return {(link, kind) for link, _, kind in wanted - sent - answered}


def test_every_message_of_every_link_has_its_endpoint() -> None:
    assert unreached(every_endpoint()) == set()
    kinds = {kind for link in every_link() for kind in link.carries}
    reached = {one.message for one in every_endpoint()} | {kind for one in every_endpoint() for kind in one.answers}
    assert reached == kinds


def test_a_message_without_an_endpoint_is_seen() -> None:
    without = tuple(one for one in every_endpoint() if one.message is not said.PaymentRequest)
    assert unreached(without) == {("wallet_shop", "PaymentRequest")}
    mute = tuple(replace(one, answers=()) for one in every_endpoint())
    assert ("terminal_edge", "ConfirmSummary") in unreached(mute)


def test_no_two_endpoints_share_a_path() -> None:
    paths = [one.path for one in every_endpoint()]
    assert len(paths) == len(set(paths)) == 43
    assert all(endpoint_at(one.path) is one for one in every_endpoint())
    assert endpoint_at("/payrelay/v1/relay_shop/payment_request") is None


def test_a_terminal_serves_nothing_and_is_answered() -> None:
    for one in every_endpoint():
        assert one.receiver != TERMINAL
        assert one.has_answer == (one.sender == TERMINAL)


def test_what_a_terminal_is_answered_depends_on_what_it_does() -> None:
    answers = {one.message: set(one.answers) for one in every_endpoint() if one.sender == TERMINAL}
    purchase = {
        edge.WalletSelectSummary,
        edge.ConfirmSummary,
        edge.ProgressSummary,
        edge.ResultSummary,
        edge.ErrorSummary,
    }
    registration = {FormSummary, RegistrationResult, edge.ProgressSummary, edge.ErrorSummary}
    assert answers[edge.ProcedureRequest] == answers[edge.PaymentProcessingRequest] == purchase
    assert answers[FormAnswers] == registration
    assert answers[edge.Cancel] == purchase | registration
    assert answers[said.OrderPlace] == {said.OrderAck}


def test_payment_information_has_no_way_to_a_terminal() -> None:
    ways = {(one.sender, one.receiver) for one in every_endpoint() if one.message is said.PaymentInfoMessage}
    assert ways == {("shop", "relay")}
    assert not any(said.PaymentInfoMessage in one.answers for one in every_endpoint())
    leaking = replace(links.DIRECT_EDGE, carries=(*links.DIRECT_EDGE.carries, said.PaymentInfoMessage))
    assert said.PaymentInfoMessage in endpoints_of([leaking])[0].answers


@pytest.mark.parametrize(
    ("sender", "receiver", "path"),
    [
        ("relay", "shop", "/payrelay/v1/relay_shop/procedure_abort"),
        ("wallet-2", "shop-7", "/payrelay/v1/wallet_shop/procedure_abort"),
        ("terminal-1", "shop", None),
        ("shop", "relay", None),
    ],
)
def test_the_endpoint_of_a_message_depends_on_its_ends(sender: str, receiver: str, path: str | None) -> None:
    order = OrderRef("shop", Symbol("order_ref", "1"))
    message: Message = said.ProcedureAbort(sender=sender, receiver=receiver, order_ref=order)
    found = endpoint_of(message)
    assert (found.path if found else None) == path
