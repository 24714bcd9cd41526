"""Sections, the result, and the wait for it (claims 8-11)."""

from __future__ import annotations

from typing import Any

from payrelay.language.properties import (
    Accepted,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Responds,
    Sent,
)
from payrelay.model.messages.purchase import CancelAck, ResultInfo, WalletRefusal
from payrelay.model.messages.terminal_edge import Cancel, ProgressInquiry, ProgressSummary, ResultSummary
from payrelay.model.occurrences import ReceiptSigned, ResultAwaited
from payrelay.model.properties.terms import (
    ASKING,
    DELIVERY,
    KEY,
    OUTCOME,
    PATIENCE,
    PERIODS,
    RETRIES,
    K,
    no_literal_claim_8,
    no_wait,
)
from payrelay.model.sections import CONVERTING, FIRST, SECOND

HANDLE = {"handle.name": K}


def is_of_purchase(name: object) -> bool:
    """A procedure's name, not a registration's."""
    return isinstance(name, str) and not name.startswith("r")


def sections_mixed(system: Any) -> str | None:
    """The first link of the relay that is tagged with the wrong communicating section."""
    for link in system.links:
        if "relay" in link.ends and link.section != (FIRST if "terminal" in link.ends else SECOND):
            return f"{link.name} belongs to the wrong communicating section"
    if not {role for link in system.links if link.section == SECOND for role in link.ends} >= {
        "shop",
        "payment",
        "wallet",
        "authority",
    }:
        return "the second communicating section does not reach every kind of server"
    return None


sections_tagged = Property(
    name="terminals_and_servers_are_reached_by_different_sections",
    label="P22",
    says="The first communicating section reaches the terminals; the second all servers and institutions.",
    claims=(8,),
    level="structural",
    check=sections_mixed,
)
control_between = Property(
    name="nothing_crosses_the_relay_but_by_its_sections",
    label="P23",
    says="Everything the relay sends is ordered by its control section, and goes to terminals by the converting unit.",
    claims=(8, 4),
    conjuncts=(
        Never(Sent("relay", by="")),
        Precedes(
            Sent("relay", {"request_nonce": KEY}, to="terminal"),
            (Sent("relay", {"request_nonce": KEY}, to="terminal", by=CONVERTING),),
        ),
    ),
    variant="broken_page_bypasses_control",
)
relay_asks_settlement_institution = Property(
    name="the_relay_can_ask_the_settlement_institution",
    label="P23q",
    says="Claim 8 read literally: the second communicating section communicates with a settlement institution (Q8).",
    claims=(8,),
    conjuncts=(Possible(Sent("relay", to="payment")),),
    variant="broken_settlement_unasked",
    absent=no_literal_claim_8,
)
result_reaches_relay = Property(
    name="what_the_payment_server_signed_reaches_the_relay",
    label="P24",
    says="Once the payment server has signed a receipt, the wallet brings it to the relay.",
    claims=(9,),
    conjuncts=(
        Responds(
            Occurred("payment", {"proc_key.proc_id.name": K}, ReceiptSigned),
            (Received("relay", {"relay_txn.name": K}, ResultInfo, "wallet"),),
            under=(DELIVERY, RETRIES),
        ),
    ),
    variant="broken_result_kept",
)
RESULT = {"procedure": K, "summary.bound.outcome": OUTCOME}
result_has_source = Property(
    name="every_result_shown_came_through_the_wallet",
    label="P25",
    says="A result is shown only if the wallet brought it; and the wallet brings what the payment server signed.",
    claims=(9,),
    conjuncts=(
        Precedes(
            Sent("relay", {**RESULT, "summary.bound.proc_key.proc_id.name": is_of_purchase}, ResultSummary),
            (
                Received("relay", {"procedure": K, "receipt.outcome": OUTCOME}, ResultInfo, "wallet"),
                Received("relay", {"procedure": K, "outcome": OUTCOME}, WalletRefusal, "wallet"),
                Received("relay", {"procedure": K}, CancelAck, "wallet"),
                Accepted("relay", {"procedure": K}, Cancel, ("wait_choice",), ("settled",)),
            ),
        ),
        Precedes(
            Sent("wallet", {"receipt.proc_key": KEY, "receipt.outcome": OUTCOME}, ResultInfo),
            (Occurred("payment", {"proc_key": KEY, "outcome": OUTCOME}, ReceiptSigned),),
        ),
    ),
    variant="broken_result_invented",
)
progress_never_early = Property(
    name="progress_is_shown_only_while_a_result_is_awaited",
    label="P27",
    says="A progress page is sent only after a request began to wait for the result. The period itself is the host's.",
    claims=(10,),
    conjuncts=(
        Precedes(
            Sent("relay", {"procedure": K, "summary.kind": "progress", "handle.name": is_of_purchase}, ProgressSummary),
            (Occurred("relay", {"handle.name": K}, ResultAwaited),),
        ),
    ),
    variant="broken_progress_unasked",
)
progress_until_result = Property(
    name="progress_is_shown_only_until_the_result",
    label="P28",
    says="Once the relay has the result, it sends no progress page any more.",
    claims=(10,),
    conjuncts=(
        Never(
            Sent("relay", {"procedure": K}, ProgressSummary),
            after=Accepted("relay", {"procedure": K}, leaving=("settling",), entering=("settled",)),
        ),
    ),
    variant="broken_progress_after_result",
)
inquiry_link_works = Property(
    name="the_progress_page_enables_the_inquiry",
    label="P29",
    says="A user who was shown progress can ask for it, and the relay accepts the inquiry.",
    claims=(11,),
    conjuncts=(Possible(Accepted("relay", {}, ProgressInquiry)),),
    variant="broken_inquiry_refused",
    absent=no_wait,
)
inquiry_after_page = Property(
    name="an_inquiry_follows_the_page_that_enables_it",
    label="P29a",
    says="The relay accepts an inquiry only of a user who obtained the page with its token.",
    claims=(11,),
    conjuncts=(
        Precedes(
            Accepted("relay", {"procedure": K, "inquiry_token.name": K}, ProgressInquiry),
            (Sent("relay", {"procedure": K}, ProgressSummary),),
        ),
    ),
    variant="broken_inquiry_at_once",
)
inquiry_answered = Property(
    name="every_inquiry_is_answered",
    label="P30",
    says="An inquiry that the relay accepts is answered, by progress or by the result.",
    claims=(11,),
    conjuncts=(
        Responds(
            Accepted("relay", {"procedure": K, "inquiry_token.name": K}, ProgressInquiry),
            (Sent("relay", {"procedure": K}, ProgressSummary), Sent("relay", {"procedure": K}, ResultSummary)),
            under=(DELIVERY, PERIODS, PATIENCE, ASKING),
        ),
    ),
    variant="broken_no_progress",
)
result_delivered = Property(
    name="the_result_is_delivered_to_a_user_who_asks",
    label="P31",
    says="Once the relay has received the result, it sends it to the terminal, if the user asks.",
    claims=(9, 11),
    conjuncts=(
        Responds(
            Accepted("relay", {"procedure": K}, ResultInfo, ("settling",), ("settled",)),
            (Received("terminal", HANDLE, ResultSummary),),
            under=(DELIVERY, PATIENCE, ASKING),
        ),
    ),
    variant="broken_user_cannot_ask",
)
answers_answer_requests = Property(
    name="every_answer_answers_a_request",
    label="X9",
    says="A terminal takes an answer only while it waits, and only one to a request that it made; and the relay "
    "sends a terminal no other.",
    claims=(),
    source="§ 1.5, half-duplex per tab",
    conjuncts=(
        Precedes(
            Received("terminal", {"party": KEY, "request_nonce": OUTCOME}, sender="relay"),
            (Sent("terminal", {"party": KEY, "request_nonce": OUTCOME}, to="relay"),),
        ),
        Precedes(
            Sent("relay", {"receiver": KEY, "request_nonce": OUTCOME}, to="terminal"),
            (Sent("terminal", {"party": KEY, "request_nonce": OUTCOME}, to="relay"),),
        ),
    ),
    variant="broken_answer_to_nobody",
)
progress_in_time = Property(
    name="progress_is_shown_once_the_period_is_over",
    label="P26",
    says="If the result is not there by the end of the period, a progress page is sent at once.",
    claims=(10,),
    level="wire",
)
one_answer_each = Property(
    name="every_request_gets_exactly_one_answer",
    label="X9w",
    says="Each HTTP request of a terminal has one response, and no page comes without a request.",
    claims=(),
    source="§ 1.5, half-duplex per tab",
    level="wire",
)

RESULT_PROPERTIES = (
    sections_tagged,
    control_between,
    relay_asks_settlement_institution,
    result_reaches_relay,
    result_has_source,
    progress_in_time,
    progress_never_early,
    progress_until_result,
    inquiry_link_works,
    inquiry_after_page,
    inquiry_answered,
    result_delivered,
    answers_answer_requests,
    one_answer_each,
)
