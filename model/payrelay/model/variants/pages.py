"""Faulty pages: not made of what they should be, not sent, or not what the template says (claims 4-7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act
from payrelay.language.messages import Send
from payrelay.language.role import Effect
from payrelay.language.terms import Hash
from payrelay.model.conversion import ConfirmInformation
from payrelay.model.data import Confirmable, ConfirmInfo, signed
from payrelay.model.messages import purchase as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.procedure import RelayData
from payrelay.model.roles import registration_relay
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.sections import summarize
from payrelay.model.variants.making import OTHER, RELAY, WALLET, sending, silently, variant, with_fields


def invent_page(data: RelayData, message: said.PaymentInfoMessage) -> Effect:
    """Ask the user to confirm what no wallet has said."""
    after, outputs = relay.forward_info(data, message)
    info = after.info
    assert after.capabilities is not None
    bound = Confirmable(info.proc_key, info.amount, info.payee_name, after.wallet)
    page = summarize(
        ConfirmInformation(info.amount, info.proc_key.proc_id.name, info.payee_name), after.capabilities, "plain", bound
    )
    to, nonce = after.pending[0]
    made = edge.ConfirmSummary(request_nonce=nonce, handle=after.identity.handle, summary=page)  # type: ignore[arg-type]
    return after, (*outputs, Send(to, made, by="contents converting unit"))


def show_progress_instead(data: RelayData, message: said.ConfirmInfoMessage) -> Effect:
    """Make the confirmation, and send a progress page."""
    after, _ = relay.show_confirmation(data, message)
    _, pages = relay.show_progress(data, message)
    return after, pages


def confirm_less(data: wallet.WalletData, message: said.ForwardedPaymentInfo) -> Effect:
    """Ask the user to confirm another amount."""
    after, outputs = wallet.ask_to_confirm(data, message)
    info, identity = after.info, data.identity
    lie = ConfirmInfo(info.proc_key, OTHER, info.payee_name, "card", Hash(after.payment_info), identity.nonce)
    confirm = signed(identity.wallet, lie, identity.security)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in with_fields(output, confirm_info=confirm))


def _without_slot(name: str) -> Any:
    def without(data: RelayData, output: Send) -> tuple[Send, ...]:
        summary = getattr(output.message, "summary", None)
        assert summary is not None
        return with_fields(output, summary=replace(summary, slots=tuple(s for s in summary.slots if s[0] != name)))

    return without


def _inflated(data: RelayData, output: Send) -> tuple[Send, ...]:
    summary = getattr(output.message, "summary", None)
    assert summary is not None
    assert data.capabilities is not None
    (one, first, _), *rest = summary.slots
    slots = ((one, first, "9" * data.capabilities.max_bytes), *rest)
    return with_fields(output, summary=replace(summary, slots=slots))


def _swapped(data: RelayData, output: Send) -> tuple[Send, ...]:
    summary = getattr(output.message, "summary", None)
    assert summary is not None
    (one, first, text), (other, second, more), *rest = summary.slots
    return with_fields(output, summary=replace(summary, slots=((one, first, more), (other, second, text), *rest)))


WALLET_LIES = Act(role=WALLET, action="ask_to_confirm", instead=confirm_less)

PAGE_VARIANTS = (
    variant(
        "broken_page_invented",
        "The relay asks the user to confirm what no wallet has said.",
        "every_page_has_a_source",
        "happy",
        Act(role=RELAY, action="forward_info", instead=invent_page),
    ),
    variant(
        "broken_page_kept",
        "The relay makes the confirmation and does not send it.",
        "accepted_information_reaches_the_user_as_its_page",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=silently(relay.show_confirmation)),
    ),
    variant(
        "broken_progress_for_confirmation",
        "The relay says that it takes longer where it should ask the user to confirm.",
        "accepted_information_reaches_the_user_as_its_page",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=show_progress_instead),
    ),
    variant(
        "broken_choice_kept",
        "The relay makes the page with the wallets and does not send it.",
        "accepted_information_reaches_the_user_as_its_page",
        "benign",
        Act(role=RELAY, action="show_wallets", instead=silently(relay.show_wallets)),
    ),
    variant(
        "broken_result_page_kept",
        "The relay makes the page with the result and does not send it.",
        "accepted_information_reaches_the_user_as_its_page",
        "happy",
        Act(role=RELAY, action="show_result", instead=silently(relay.show_result)),
    ),
    variant(
        "broken_form_kept",
        "The relay makes the first page of the form and does not send it.",
        "accepted_information_reaches_the_user_as_its_page",
        "registration_stories",
        Act(
            role="registration_relay",
            action="show_form",
            instead=silently(registration_relay.show_form),
        ),
    ),
    variant(
        "broken_page_too_large",
        "The confirmation is larger than the terminal can take.",
        "no_page_is_larger_than_the_terminal_can_take",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _inflated)),
    ),
    variant(
        "broken_confirm_info",
        "The wallet asks the user to confirm another amount than that of the payment information.",
        "confirming_information_is_based_on_the_payment_information",
        "happy",
        WALLET_LIES,
    ),
    variant(
        "broken_page_without_amount",
        "The confirmation does not show the amount.",
        "the_confirmation_shows_the_amount_of_the_payment_information",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _without_slot("amount"))),
    ),
    variant(
        "broken_page_out_of_place",
        "The confirmation shows its items in other positions than the template's.",
        "pages_are_their_templates",
        "happy",
        Act(role=RELAY, action="show_confirmation", instead=sending(relay.show_confirmation, _swapped)),
    ),
    variant(
        "broken_page_without_identifier",
        "The confirmation does not name its procedure.",
        "the_confirmation_identifies_its_procedure",
        "happy",
        Act(
            role=RELAY,
            action="show_confirmation",
            instead=sending(relay.show_confirmation, _without_slot("identifier")),
        ),
    ),
)
