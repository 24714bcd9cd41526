"""The terminal and the payment information, and what else a party must not learn (claims 2, 3, 14; § 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payrelay.language.properties import (
    Accepted,
    AtMostOnce,
    Indistinguishable,
    Never,
    Occurred,
    Possible,
    Precedes,
    Property,
    Received,
    Sent,
)
from payrelay.language.terms import Symbol
from payrelay.model.conversion import Summary
from payrelay.model.messages.purchase import (
    ForwardedPaymentInfo,
    OrderPlace,
    PaymentInfoMessage,
    WalletOffer,
)
from payrelay.model.messages.terminal_edge import WalletSelectSummary
from payrelay.model.occurrences import WalletChosen
from payrelay.model.properties.terms import (
    CONTENT,
    WALLET,
    K,
    is_account,
    is_instruction_in_clear,
    is_order_description,
    is_payment_info,
    no_choice,
    no_order_placed,
)

SECRETS = ("shop_nonce", "pay_url", "order_salt", "order_description", "wallet_nonce", "auth_code")
"""Kinds of symbols in payment information, or about it, that no page depends on."""


def terminal_reaches_wallet(system: Any) -> str | None:
    """Whether a link joins a terminal to anybody but relay and shop, or could carry payment information."""
    for link in system.links:
        if "terminal" in link.ends and not {"relay", "shop"} & set(link.ends):
            return f"{link.name} joins the terminal to another party than relay and shop"
        if "terminal" in link.ends and PaymentInfoMessage in link.carries:
            return f"{link.name} can carry payment information to the terminal"
    return None


terminal_is_confined = Property(
    name="the_terminal_has_no_link_to_a_wallet_nor_one_for_payment_information",
    label="P8s",
    says="The terminal's links lead to relay and shop alone, and payment information is in the alphabet of neither.",
    claims=(2, 3),
    level="structural",
    check=terminal_reaches_wallet,
)
terminal_emits_no_info = Property(
    name="the_terminal_emits_no_payment_information",
    label="P8",
    says="Nothing that a terminal sends contains payment information, even unreadable.",
    claims=(2,),
    conjuncts=(Never(Sent("terminal", carrying=is_payment_info)),),
    variant="broken_terminal_emits_info",
)
direct_communication = Property(
    name="the_terminal_can_speak_with_the_shop_directly",
    label="P9p",
    says="The terminal can order at the shop, directly.",
    claims=(3,),
    conjuncts=(Possible(Sent("terminal", {}, OrderPlace, "shop")),),
    variant="broken_no_direct_order",
    absent=no_order_placed,
)
no_direct_info = Property(
    name="the_terminal_never_receives_payment_information_directly",
    label="P9",
    says="Nothing that a terminal receives from a shop contains payment information, its signature or its secrets.",
    claims=(3,),
    conjuncts=(Never(Received("terminal", sender="shop", carrying=is_payment_info)),),
    variant="broken_direct_info",
)
no_info_at_terminal = Property(
    name="the_terminal_never_receives_payment_information",
    label="P10",
    says="Nothing that a terminal receives from anybody contains payment information, its signature or its secrets.",
    claims=(3,),
    conjuncts=(Never(Received("terminal", carrying=is_payment_info)),),
    variant="broken_info_in_page",
)
info_unknown_to_terminal = Property(
    name="the_terminal_never_knows_payment_information",
    label="P11",
    says="A terminal can read payment information, its signature or its secrets in nothing that it receives.",
    claims=(3,),
    conjuncts=(Never(Received("terminal", readable=is_payment_info)),),
    variant="broken_info_in_page",
)
terminal_noninterference = Property(
    name="the_terminal_sees_the_same_whatever_the_secrets_are",
    label="P12",
    says="Runs that differ only in the payment information's secrets look the same to every terminal.",
    claims=(3,),
    conjuncts=(Indistinguishable("terminal", SECRETS),),
    variant="broken_info_in_page",
)
one_wallet_only = Property(
    name="payment_information_goes_to_one_wallet",
    label="P7",
    says="The relay transfers the payment information of a procedure once, and so to one wallet only.",
    claims=(14, 1),
    conjuncts=(AtMostOnce(Sent("relay", {"procedure": K}, ForwardedPaymentInfo)),),
    variant="broken_info_to_all",
)
TWO_WALLETS = ("wallet-1", "wallet-2")
OFFERED = {"procedure": K, "instruments": bool}
"""An offer to pay: one with an instrument."""
PAGE = {"summary.slots": CONTENT, "summary.bound": WALLET}
"""One and the same page."""


def _shown_options(summary: Summary) -> tuple[str, ...]:
    """The wallets on a page, in the order of their numbers there."""
    return tuple(text for slot, _, text in summary.slots if slot.startswith("wallet_id_"))


def offers(wallet: str) -> Callable[[object], bool]:
    """The page shows this wallet to choose, or is bound to it."""

    def is_offered(summary: object) -> bool:
        return isinstance(summary, Summary) and wallet in (*_shown_options(summary), *_bound_options(summary))

    return is_offered


def _bound_options(summary: Summary) -> tuple[object, ...]:
    return summary.bound if isinstance(summary.bound, tuple) else ()


def shows_its_options(summary: object) -> bool:
    """The page shows the wallets that it is bound to, with the same numbers."""
    return isinstance(summary, Summary) and _shown_options(summary) == _bound_options(summary)


chosen_wallet_only = Property(
    name="the_chosen_wallet_gets_the_payment_information",
    label="P39",
    says="Payment information goes to the wallet that the user chose; if only one offered to pay, to that one.",
    claims=(14,),
    conjuncts=(
        Precedes(
            Accepted("relay", {"procedure": K}, leaving=("wait_choice",), entering=("wait_confirming_info",)),
            (Sent("relay", {"handle.name": K}, WalletSelectSummary),),
        ),
        Precedes(
            Sent("relay", {"procedure": K, "receiver": WALLET}, ForwardedPaymentInfo),
            (
                Occurred("terminal", {"handle.name": K, "wallet": WALLET}, WalletChosen),
                Accepted(
                    "relay",
                    {"procedure": K},
                    leaving=("wait_payment_info", "wait_offers"),
                    entering=("wait_confirming_info",),
                ),
            ),
        ),
        Precedes(
            Sent("relay", {"procedure": K, "receiver": WALLET}, ForwardedPaymentInfo),
            (
                Accepted("relay", {**OFFERED, "sender": WALLET}, WalletOffer, ("wait_offers",)),
                Accepted(
                    "relay",
                    {"procedure": K},
                    PaymentInfoMessage,
                    ("wait_payment_info",),
                    ("wait_confirming_info",),
                ),
            ),
        ),
        Never(
            Accepted("relay", OFFERED, WalletOffer, ("wait_offers",), ("wait_confirming_info",)),
            after=Accepted("relay", OFFERED, WalletOffer, ("wait_offers",), ("wait_offers",)),
        ),
    ),
    variant="broken_other_wallet_chosen",
)
each_wallet_can_be_chosen = Property(
    name="each_wallet_can_be_chosen",
    label="P39p",
    says="The relay can transfer payment information to each of two wallets.",
    claims=(14, 8),
    conjuncts=tuple(
        Possible(Accepted("wallet", {"party": wallet}, ForwardedPaymentInfo, ("idle",), ("await_consent",)))
        for wallet in TWO_WALLETS
    ),
    variant="broken_no_offer",
    absent=no_choice,
)
options_were_offered = Property(
    name="only_wallets_that_offered_are_shown",
    label="P39o",
    says="The user chooses among the wallets on the page, each of which offered to pay.",
    claims=(14,),
    conjuncts=(
        *(
            Precedes(
                Sent("relay", {"procedure": K, "summary": offers(wallet)}, WalletSelectSummary),
                (Accepted("relay", {**OFFERED, "sender": wallet}, WalletOffer, ("wait_offers",)),),
            )
            for wallet in TWO_WALLETS
        ),
        *(
            Precedes(
                Occurred("terminal", {"handle.name": K, "wallet": wallet}, WalletChosen),
                (Sent("relay", {"handle.name": K, "summary": offers(wallet)}, WalletSelectSummary),),
            )
            for wallet in TWO_WALLETS
        ),
        Precedes(
            Sent("relay", PAGE, WalletSelectSummary),
            (Sent("relay", {**PAGE, "summary": shows_its_options}, WalletSelectSummary),),
        ),
    ),
    variant="broken_option_invented",
)
other_wallets_ignorant = Property(
    name="wallets_not_chosen_know_no_payment_information",
    label="P40",
    says="A wallet can read payment information only in what the redirecting section transferred to it for paying.",
    claims=(14,),
    conjuncts=(
        Precedes(
            Received("wallet", {"party": WALLET}, readable=is_payment_info),
            (Sent("relay", {"receiver": WALLET}, ForwardedPaymentInfo),),
        ),
    ),
    variant="broken_info_in_query",
)
shop_reads_no_instruction = Property(
    name="the_shop_cannot_read_the_payment_instruction",
    label="K1",
    says="A shop can read neither the payment instruction nor the account number that it passes on (hardened).",
    conjuncts=(
        Never(Received("shop", readable=is_instruction_in_clear)),
        Never(Received("shop", readable=is_account)),
    ),
    variant="broken_instruction_in_clear",
    source="SET: order and payment information are kept apart",
)
payment_server_reads_no_order = Property(
    name="the_payment_server_cannot_read_the_order",
    label="K2",
    says="The payment server can read neither the order's description nor the salt that hides it.",
    conjuncts=(Never(Received("payment", readable=is_order_description)),),
    variant="broken_order_in_clear",
    source="SET: order and payment information are kept apart",
)


def is_session(part: object) -> bool:
    """The credential of the terminal's edge."""
    return isinstance(part, Symbol) and part.kind == "session"


session_stays_on_its_edge = Property(
    name="the_session_stays_between_terminal_and_relay",
    label="K3",
    says="The relay tells no server the terminal's session.",
    conjuncts=tuple(Never(Sent("relay", to=role, carrying=is_session)) for role in ("shop", "wallet", "payment")),
    variant="broken_session_told",
    source="§ 3.2, allowed knowledge",
)

TERMINAL_PROPERTIES = (
    terminal_is_confined,
    terminal_emits_no_info,
    direct_communication,
    no_direct_info,
    no_info_at_terminal,
    info_unknown_to_terminal,
    terminal_noninterference,
    one_wallet_only,
    chosen_wallet_only,
    each_wallet_can_be_chosen,
    options_were_offered,
    other_wallets_ignorant,
    shop_reads_no_instruction,
    payment_server_reads_no_order,
    session_stays_on_its_edge,
)
