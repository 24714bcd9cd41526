"""Faults of the sections, of the result, and of the wait for it (claims 8-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Drop, Readdress, Redirect
from payrelay.language.messages import Input, Send
from payrelay.language.role import Effect
from payrelay.language.terms import Symbol
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.procedure import RelayData, conclude
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import terminal
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.variants.making import RELAY, TERMINAL, WALLET, also, sending, silently, variant, with_fields


def _bypassing(data: Any, output: Send) -> tuple[Send, ...]:
    return (replace(output, by=""),)


def doubt_silently(data: RelayData, message: Input) -> Effect:
    """Doubt, and ask nobody."""
    return replace(data, in_doubt=True), ()


def invent_result(data: RelayData, message: Input) -> Effect:
    """Tell the user after a while that it was declined."""
    return conclude(data, "declined")


def show_progress_at_once(data: RelayData, message: edge.ProcedureRequest) -> Effect:
    """Tell the user that the payment is in progress before there is any."""
    after, outputs = relay.forward_request(data, message)
    shown, pages = relay.show_progress(after, message)
    return shown, (*outputs, *pages)


def show_progress_for_ever(data: RelayData, message: edge.TerminalRequest) -> Effect:
    """Say that it is in progress when it is over."""
    held = replace(data, pending=((message.sender, message.request_nonce),))
    return relay.show_progress(held, message)


def let_go(data: RelayData, message: edge.ProgressInquiry) -> Effect:
    """Let an inquiry go unanswered."""
    return data, ()


def _inquire_at_once(data: terminal.TerminalData, message: Any) -> tuple[Send, ...]:
    assert data.handle is not None
    inquiry = edge.ProgressInquiry(
        session=data.session,
        request_nonce=message.nonce,
        handle=data.handle,
        inquiry_token=Symbol("inquiry_token", data.handle.name),
    )
    return (Send(data.relay, inquiry),)


def _other_nonce(data: Any, output: Send) -> tuple[Send, ...]:
    return with_fields(output, request_nonce=Symbol("request_nonce", "nobody's"))


RESULT_VARIANTS = (
    variant(
        "broken_page_bypasses_control",
        "A page goes to the terminal past the relay's sections.",
        "nothing_crosses_the_relay_but_by_its_sections",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _bypassing)),
    ),
    variant(
        "broken_settlement_unasked",
        "The relay doubts, and does not ask the payment server though it is told to.",
        "the_relay_can_ask_the_settlement_institution",
        "claim_8_literally",
        Act(role=RELAY, action="doubt", instead=doubt_silently),
    ),
    variant(
        "broken_result_kept",
        "The wallet keeps the payment server's receipt to itself.",
        "what_the_payment_server_signed_reaches_the_relay",
        "happy",
        Act(role=WALLET, action="bring_result", instead=silently(wallet.bring_result)),
    ),
    variant(
        "broken_result_invented",
        "The relay tells the user after a while that the payment was declined.",
        "every_result_shown_came_through_the_wallet every_page_has_a_source no_result_lies",
        "benign",
        Redirect(role=RELAY, action="show_progress", to="settled"),
        Act(role=RELAY, action="show_progress", instead=invent_result),
    ),
    variant(
        "broken_progress_unasked",
        "The relay shows progress before anything is in progress.",
        "progress_is_shown_only_while_a_result_is_awaited",
        "happy",
        Act(role=RELAY, action="forward_request", instead=show_progress_at_once),
    ),
    variant(
        "broken_progress_after_result",
        "The relay goes on showing progress when it has the result.",
        "progress_is_shown_only_until_the_result",
        "benign",
        Act(role=RELAY, state="settled", action="answer_page", instead=show_progress_for_ever),
    ),
    variant(
        "broken_inquiry_refused",
        "The relay does not take inquiries.",
        "the_progress_page_enables_the_inquiry",
        "benign",
        Drop(role="relay_directory", event="progress_inquiry"),
    ),
    variant(
        "broken_inquiry_at_once",
        "A terminal inquires without having been shown progress, and the relay takes it.",
        "an_inquiry_follows_the_page_that_enables_it",
        "happy",
        Act(role=TERMINAL, action="confirm", instead=also(terminal.confirm, _inquire_at_once)),
    ),
    variant(
        "broken_no_progress",
        "The relay lets an inquiry go unanswered.",
        "every_inquiry_is_answered",
        "benign",
        Act(role=RELAY, event="progress_inquiry", action="hold_for_result", instead=let_go),
    ),
    variant(
        "broken_user_cannot_ask",
        "The terminal shows progress and gives the user no means to ask: settled, and in progress for ever.",
        "everybody_can_always_finish the_result_is_delivered_to_a_user_who_asks whoever_confirms_is_told_the_outcome",
        "benign",
        Drop(role=TERMINAL, event="user_asks"),
    ),
    variant(
        "broken_answer_to_nobody",
        "The relay sends a page that answers no request.",
        "every_answer_answers_a_request",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _other_nonce)),
    ),
    variant(
        "broken_answer_to_another_terminal",
        "The relay sends the confirmation to another terminal than the one that waits for it.",
        "every_answer_answers_a_request",
        "happy",
        Readdress(role=RELAY, action="show_confirmation"),
    ),
)
