"""Faults that tell somebody too much, or let the wrong wallet pay (claims 2, 3, 14; § 3.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.edits import Act, Redirect
from payrelay.language.messages import Input, Send
from payrelay.language.role import Effect
from payrelay.model.conversion import WalletOption
from payrelay.model.data import opened, signed
from payrelay.model.messages import purchase as said
from payrelay.model.messages import terminal_edge as edge
from payrelay.model.messages.user import UserChooses
from payrelay.model.occurrences import WalletChosen
from payrelay.model.procedure import RelayData
from payrelay.model.roles import enrolment, terminal
from payrelay.model.roles import relay_procedure as relay
from payrelay.model.roles import shop_attempt as attempt
from payrelay.model.roles import wallet_procedure as wallet
from payrelay.model.variants.making import (
    ATTEMPT,
    ENROLMENT,
    MADE_UP,
    RELAY,
    TERMINAL,
    WALLET,
    also,
    sending,
    silently,
    variant,
    with_fields,
)


def _info_as_cart(data: Any, output: Send) -> tuple[Send, ...]:
    return with_fields(output, cart=MADE_UP)


def _info_to_terminal(data: attempt.AttemptData, message: Input) -> tuple[Send, ...]:
    info = signed("shop", data.info, data.identity.security)
    return (Send("terminal-1", said.PaymentInfoMessage(relay_txn=data.identity.relay_txn, payment_info=info)),)


def _info_as_receipt(data: RelayData, output: Send) -> tuple[Send, ...]:
    return with_fields(output, receipt=data.payment_info)


def _to_all_wallets(data: RelayData, output: Send) -> tuple[Send, ...]:
    return tuple(replace(output, to=one) for one in data.candidates)


def _to_another_wallet(data: RelayData, output: Send) -> tuple[Send, ...]:
    return (replace(output, to=next(one for one in data.candidates if one != output.to)),)


def choose_unoffered(data: terminal.TerminalData, message: UserChooses) -> Effect:
    """Take a wallet for chosen that is not on the page."""
    after, outputs = terminal.choose(data, message)
    return after, tuple(
        replace(output, wallet="wallet-1") if isinstance(output, WalletChosen) else output for output in outputs
    )


def _renumbered(data: RelayData, output: Send) -> tuple[Send, ...]:
    summary = getattr(output.message, "summary", None)
    assert summary is not None
    other = {"wallet_id_1": "wallet-2", "wallet_id_2": "wallet-1"}
    slots = tuple((slot, position, other.get(slot, text)) for slot, position, text in summary.slots)
    return with_fields(output, summary=replace(summary, slots=slots))


def invent_options(data: RelayData, message: Input) -> Effect:
    """Let the user choose among all wallets, whether they made an offer or not."""
    offers = tuple(WalletOption(one, one, ("invented",)) for one in data.candidates)
    return relay.show_wallets(replace(data, offers=offers), Input())


def _info_as_brand(data: RelayData, message: said.PaymentInfoMessage) -> Effect:
    after, outputs = relay.ask_wallets(data, message)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in with_fields(output, brands=(message.payment_info,)))


def _in_clear(data: wallet.WalletData, output: Send) -> tuple[Send, ...]:
    return with_fields(output, instruction=opened(getattr(output.message, "instruction", None)))


def _order_in_clear(data: attempt.AttemptData, output: Send) -> tuple[Send, ...]:
    digest = getattr(output.message, "order_digest", None)
    return with_fields(output, order_digest=getattr(digest, "content", None))


def tell_session(data: RelayData, message: edge.ProcedureRequest) -> Effect:
    """Tell the shop the terminal's session."""
    after, outputs = relay.forward_request(data, message)
    sends = tuple(output for output in outputs if isinstance(output, Send))
    return after, tuple(new for output in sends for new in with_fields(output, terms=message.session))


TERMINAL_VARIANTS = (
    variant(
        "broken_terminal_emits_info",
        "A terminal sends payment information.",
        "the_terminal_emits_no_payment_information",
        "happy",
        Act(role=TERMINAL, action="order", instead=sending(terminal.order, _info_as_cart)),
    ),
    variant(
        "broken_no_direct_order",
        "A terminal does not speak with the shop.",
        "the_terminal_can_speak_with_the_shop_directly",
        "happy",
        Act(role=TERMINAL, action="order", instead=silently(terminal.order)),
    ),
    variant(
        "broken_direct_info",
        "The shop sends the payment information to the terminal, too.",
        "the_terminal_never_receives_payment_information_directly",
        "happy",
        Act(role=ATTEMPT, action="open_attempt", instead=also(attempt.open_attempt, _info_to_terminal)),
    ),
    variant(
        "broken_info_in_page",
        "The relay puts the payment information beside the result.",
        "the_terminal_never_receives_payment_information the_terminal_never_knows_payment_information "
        "the_terminal_sees_the_same_whatever_the_secrets_are",
        "happy",
        Act(role=RELAY, action="show_result", instead=sending(relay.show_result, _info_as_receipt)),
    ),
    variant(
        "broken_info_to_all",
        "The relay transfers the payment information to every wallet.",
        "payment_information_goes_to_one_wallet",
        "benign",
        Act(
            role=RELAY,
            action="forward_info_to_chosen",
            instead=sending(relay.forward_info_to_chosen, _to_all_wallets),
        ),
    ),
    variant(
        "broken_other_wallet_chosen",
        "The relay transfers the payment information to another wallet than the user chose.",
        "the_chosen_wallet_gets_the_payment_information",
        "benign",
        Act(
            role=RELAY,
            action="forward_info_to_chosen",
            instead=sending(relay.forward_info_to_chosen, _to_another_wallet),
        ),
    ),
    variant(
        "broken_offer_passed_over",
        "One wallet offers to pay, and the relay transfers the payment information to the other.",
        "the_chosen_wallet_gets_the_payment_information",
        "benign strangers=wallet-2",
        Act(
            role=RELAY,
            action="forward_info_to_offer",
            instead=sending(relay.forward_info_to_offer, _to_another_wallet),
        ),
    ),
    variant(
        "broken_no_choice",
        "Two wallets offer to pay, and the relay takes the first without asking the user.",
        "the_chosen_wallet_gets_the_payment_information",
        "benign",
        Redirect(role=RELAY, action="show_wallets", to="wait_confirming_info"),
        Act(role=RELAY, action="show_wallets", instead=relay.forward_info_to_offer),
    ),
    variant(
        "broken_no_offer",
        "No wallet ever makes an offer.",
        "each_wallet_can_be_chosen",
        "benign",
        Act(role=ENROLMENT, action="offer", instead=enrolment.offer_nothing),
    ),
    variant(
        "broken_option_invented",
        "The relay lets the user choose a wallet that made no offer.",
        "only_wallets_that_offered_are_shown",
        "benign strangers=wallet-2",
        Redirect(role=RELAY, action="forward_info_to_offer", to="wait_choice"),
        Act(role=RELAY, action="forward_info_to_offer", instead=invent_options),
    ),
    variant(
        "broken_options_renumbered",
        "The page gives the wallets other numbers than the relay does.",
        "only_wallets_that_offered_are_shown",
        "benign",
        Act(role=RELAY, action="show_wallets", instead=sending(relay.show_wallets, _renumbered)),
    ),
    variant(
        "broken_choice_beyond_page",
        "The terminal takes a wallet for chosen that is not on the page.",
        "only_wallets_that_offered_are_shown",
        "benign wallets=3 strangers=wallet-1",
        Act(role=TERMINAL, action="choose", instead=choose_unoffered),
    ),
    variant(
        "broken_info_in_query",
        "The relay shows every wallet the payment information when it asks for offers.",
        "wallets_not_chosen_know_no_payment_information",
        "benign",
        Act(role=RELAY, action="ask_wallets", instead=_info_as_brand),
    ),
    variant(
        "broken_instruction_in_clear",
        "The wallet does not seal the payment instruction.",
        "the_shop_cannot_read_the_payment_instruction",
        "happy",
        Act(role=WALLET, action="request_payment", instead=sending(wallet.request_payment, _in_clear)),
    ),
    variant(
        "broken_order_in_clear",
        "The shop sends the payment server the order instead of its digest.",
        "the_payment_server_cannot_read_the_order",
        "happy",
        Act(role=ATTEMPT, action="authorize", instead=sending(attempt.authorize, _order_in_clear)),
    ),
    variant(
        "broken_session_told",
        "The relay tells the shop the terminal's session.",
        "the_session_stays_between_terminal_and_relay",
        "happy",
        Act(role=RELAY, action="forward_request", instead=tell_session),
    ),
)
