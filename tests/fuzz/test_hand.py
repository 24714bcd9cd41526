"""What the hand signs and seals is what a party reads as verified; what it was made wrong stays wrong."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

import pytest
from tests.fuzz.documents import validator_of, with_contents
from tests.fuzz.familiar import Familiar, said_in
from tests.fuzz.hand import Hand, text_of

from payrelay.model.messages.purchase import AuthorizationRequest, PaymentInfoMessage
from payrelay.wire import read, write
from payrelay.wire.endpoints import path_of
from payrelay.wire.identities import keyrings
from payrelay.wire.openapi import document_of
from payrelay.wire.samples import PARTIES, Samples
from payrelay.wire.terms import Sealed, Signed

SERVERS = PARTIES[1:]


class SteadyHand(Hand):
    """Never the odd thing that happens once in so many times."""

    def chance(self, one_in: int) -> bool:
        return one_in == 0


def hand_of(party: str) -> Hand:
    random = Random(1)
    rings = keyrings(SERVERS, b"fuzz", int(time.time()) - 1000)
    return SteadyHand(party, "hardened", rings, Familiar(random), random)


def in_clear(kind: Any) -> dict[str, Any]:
    """A message as it is in clear."""
    message = Samples("plain").message(kind)
    document: dict[str, Any] = json.loads(write(message, Samples("plain").rings[message.sender]))
    return document


def test_what_is_signed_and_sealed_is_believed() -> None:
    hand = hand_of("relay")
    body = in_clear(PaymentInfoMessage)
    body["payment_info"] = {"jws": body["payment_info"]}
    sent = hand.jws("1", body, path_of("relay_shop", PaymentInfoMessage))
    found: Any = read(sent, hand.rings["relay"], int(time.time()))
    assert isinstance(found.payment_info, Signed)
    assert found.payment_info.by.startswith("shop")
    assert hand.sent["1"] == said_in(sent)

    hand = hand_of("payment")
    body = in_clear(AuthorizationRequest)
    body["dual_signature"], body["instruction"] = {"jws": body["dual_signature"]}, {"jwe": body["instruction"]}
    found = read(
        hand.jws("2", body, path_of("shop_payment", AuthorizationRequest)), hand.rings["payment"], int(time.time())
    )
    assert isinstance(found.dual_signature, Signed)
    assert isinstance(found.instruction, Sealed)
    opened: Any = found.instruction.content
    assert opened.account.name == body["instruction"]["jwe"]["account"]


def test_parties_and_names_are_those_that_are_known() -> None:
    hand = hand_of("relay")
    known = "k" * 24
    hand.familiar.learn({"relay_txn": known})
    path = path_of("relay_shop", PaymentInfoMessage)
    body = {"sender": "shop-9", "receiver": "relay-9", "relay_txn": "0" * 24, "more": {"relay": "relay"}}
    assert hand.fitted(body, path)["receiver"] == "relay"
    assert hand.fitted(body, path)["sender"] in ("shop", "shop-2")
    assert hand.fitted(body, path)["relay_txn"] == known
    wrong = {"sender": 7, "receiver": "Relay", "relay_txn": "short"}
    assert hand.fitted(wrong, path) == wrong


def test_what_was_signed_is_known_by_its_content() -> None:
    hand = hand_of("relay")
    body = in_clear(PaymentInfoMessage)
    body["payment_info"] = {"jws": body["payment_info"]}
    hand.familiar.learn(said_in(hand.jws("1", body, path_of("relay_shop", PaymentInfoMessage))))
    assert hand.familiar.about("pay_url", str) == body["payment_info"]["jws"]["pay_url"]
    assert set(hand.familiar.token("payment_info", "jws")) == {"jws"}
    assert hand.familiar.about("payment_info", str) is None


def test_whole_numbers_are_written_as_whole_ones() -> None:
    assert text_of({"value": 7.0, "list": [1.5, True]}) == b'{"list":[1.5,true],"value":7}'


@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_the_documents_have_contents(security: str) -> None:
    document = with_contents(document_of("relay", security))
    (body,) = document["paths"][path_of("relay_shop", PaymentInfoMessage)]["post"]["requestBody"]["content"].values()
    assert body["schema"] == {"$ref": "#/components/schemas/PaymentInfoMessage.sent"}
    schemas = document["components"]["schemas"]
    assert "x-payrelay-content" not in json.dumps([one for name, one in schemas.items() if name.endswith(".sent")])
    # What is answered is as the document has it.
    assert {name: one for name, one in schemas.items() if not name.endswith(".sent")} == document_of("relay", security)[
        "components"
    ]["schemas"]


def test_the_document_judges_what_is_sent() -> None:
    validator = validator_of("shop", "plain", "/payrelay/v1/direct_edge/order_place", "POST")
    assert validator is not None
    placed = {"message": "OrderPlace", "sender": "terminal-1", "receiver": "shop", "order_nonce": "0" * 22}
    assert validator.is_valid({**placed, "cart": "A book"})
    for cart in ("", " A book", "A\u202ebook", "x" * 129, 7):
        assert not validator.is_valid({**placed, "cart": cart})
    assert validator_of("shop", "plain", "/.well-known/payrelay", "GET") is None
