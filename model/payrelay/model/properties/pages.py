"""The contents converting unit: what a terminal is shown, of what, and where (claims 4-7, 9, 13, 14)."""

from __future__ import annotations

from payrelay.language.properties import Accepted, Never, Precedes, Property, Received, Responds, Sent
from payrelay.model.conversion import CAPABILITIES, Summary, read, render, template_named
from payrelay.model.data import Concluded, Confirmable
from payrelay.model.messages.purchase import (
    CancelAck,
    ConfirmInfoMessage,
    ForwardedPaymentInfo,
    PaymentInfoMessage,
    ResultInfo,
    WalletOffer,
    WalletRefusal,
)
from payrelay.model.messages.registration import FormSummary, RegistrationForm
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ResultSummary,
    WalletSelectSummary,
)
from payrelay.model.properties.conversion import identifiers_collide, is_oversized, shows_less
from payrelay.model.properties.terms import AMOUNT, ASKING, DELIVERY, KEY, PATIENCE, TRANSACTION, K


def _slot(summary: Summary, name: str) -> str | None:
    return next((text for slot, _, text in summary.slots if slot == name), None)


def hides_amount(summary: object) -> bool:
    """The page does not show the very amount that it is bound to."""
    return (
        isinstance(summary, Summary)
        and isinstance(summary.bound, Confirmable | Concluded)
        and _slot(summary, "amount") != str(summary.bound.amount)
    )


def hides_identifier(summary: object) -> bool:
    """The page does not name the procedure that it is bound to."""
    return (
        isinstance(summary, Summary)
        and isinstance(summary.bound, Confirmable | Concluded)
        and _slot(summary, "identifier") != summary.bound.proc_key.proc_id.name
    )


def is_out_of_place(summary: object) -> bool:
    """The page is not its template with each item in its position: reading it by the template gives something else."""
    if not isinstance(summary, Summary):
        return False
    return read(render(summary), template_named(summary.template_id)) != summary.slots


def is_too_large(summary: object) -> bool:
    """The page has more bytes than a terminal of its medium can take, or characters that it has not."""
    if not isinstance(summary, Summary):
        return False
    terminal = next(one for one in CAPABILITIES.values() if one.media == summary.media)
    size = terminal.size_of(render(summary))
    return size is None or size > terminal.max_bytes


summary_has_source = Property(
    name="every_page_has_a_source",
    label="P13",
    says="A page for choosing, confirming or with a result is sent only of information that the relay has accepted.",
    claims=(4, 9, 14),
    conjuncts=(
        Precedes(
            Sent("relay", {"handle.name": K}, ConfirmSummary),
            (Accepted("relay", {"procedure": K}, ConfirmInfoMessage, ("wait_confirming_info",), ("wait_consent",)),),
        ),
        Precedes(
            Sent("relay", {"handle.name": K}, WalletSelectSummary),
            (Accepted("relay", {"procedure": K}, WalletOffer, ("wait_offers",)),),
        ),
        Precedes(
            Sent("relay", {"handle.name": K}, ResultSummary),
            (
                Accepted("relay", {"procedure": K}, ResultInfo, ("settling",), ("settled",)),
                Accepted("relay", {"procedure": K}, WalletRefusal, ("settling",), ("settled",)),
                Accepted("relay", {"procedure": K}, CancelAck, ("settling",), ("settled",)),
                Accepted("relay", {"procedure": K}, Cancel, ("wait_choice",), ("settled",)),
            ),
        ),
    ),
    variant="broken_page_invented",
)
selected_by_capability = Property(
    name="items_are_selected_by_the_capability",
    label="P14",
    says="What is shown fits the terminal and is what its capability's template selects, the mandatory items included.",
    claims=(4, 5, 7),
    level="function",
    check=is_oversized,
)
monotone_conversion = Property(
    name="a_larger_terminal_is_shown_no_less",
    label="P15",
    says="With the same template, a terminal that can take more bytes, rows or columns is shown all that a smaller is.",
    claims=(4,),
    level="function",
    check=shows_less,
)
summary_sent = Property(
    name="accepted_information_reaches_the_user_as_its_page",
    label="P16",
    says="When the relay has accepted what is meant for the user, the page of that kind is sent to the terminal; the "
    "result, if the user asks.",
    claims=(4,),
    conjuncts=(
        Responds(
            Accepted("relay", {"procedure": K}, ConfirmInfoMessage, ("wait_confirming_info",), ("wait_consent",)),
            (Sent("relay", {"handle.name": K}, ConfirmSummary, "terminal"),),
        ),
        Responds(
            Accepted("relay", {"procedure": K}, leaving=("wait_offers",), entering=("wait_choice",)),
            (Sent("relay", {"handle.name": K}, WalletSelectSummary, "terminal"),),
        ),
        Responds(
            Accepted("relay", {"procedure": K}, leaving=("wait_choice", "settling"), entering=("settled",)),
            (Sent("relay", {"handle.name": K}, ResultSummary, "terminal"),),
            under=(DELIVERY, PATIENCE, ASKING),
        ),
        Responds(
            Accepted("relay", {"reg_txn.name": K}, RegistrationForm, ("wait_form",), ("wait_answers",)),
            (Sent("relay", {"handle.name": K}, FormSummary, "terminal"),),
        ),
    ),
    variant="broken_page_kept",
)
no_page_too_large = Property(
    name="no_page_is_larger_than_the_terminal_can_take",
    label="P16s",
    says="No page that is sent to a terminal has more bytes, or other characters, than the terminal can take.",
    claims=(4,),
    conjuncts=(Never(Sent("relay", {"summary": is_too_large}, to="terminal")),),
    variant="broken_page_too_large",
)
confirm_from_info = Property(
    name="confirming_information_is_based_on_the_payment_information",
    label="P17",
    says="The wallet's confirming information has the attempt and the amount of payment information it received.",
    claims=(5,),
    conjuncts=(
        Precedes(
            Sent(
                "wallet",
                {"relay_txn": TRANSACTION, "confirm_info.amount": AMOUNT, "confirm_info.proc_key": KEY},
                ConfirmInfoMessage,
            ),
            (
                Received(
                    "wallet",
                    {"relay_txn": TRANSACTION, "payment_info.amount": AMOUNT, "payment_info.proc_key": KEY},
                    ForwardedPaymentInfo,
                ),
            ),
        ),
    ),
    variant="broken_confirm_info",
)
confirm_shows_amount = Property(
    name="the_confirmation_shows_the_amount_of_the_payment_information",
    label="P18",
    says="Every confirmation shows, and is bound to, the amount in the payment information of its attempt.",
    claims=(5,),
    conjuncts=(
        Never(Sent("relay", {"summary": hides_amount}, ConfirmSummary)),
        Precedes(
            Sent("relay", {"summary.bound.amount": AMOUNT, "summary.bound.proc_key": KEY}, ConfirmSummary),
            (
                Received(
                    "relay", {"payment_info.amount": AMOUNT, "payment_info.proc_key": KEY}, PaymentInfoMessage, "shop"
                ),
            ),
        ),
    ),
    variant="broken_page_without_amount",
)
template_positions = Property(
    name="pages_are_their_templates",
    label="P19",
    says="Every page is its template with each item in the position that was set for it in advance.",
    claims=(6,),
    conjuncts=(Never(Sent("relay", {"summary": is_out_of_place}, to="terminal")),),
    variant="broken_page_out_of_place",
)
confirm_identifies = Property(
    name="the_confirmation_identifies_its_procedure",
    label="P20",
    says="Every confirmation shows the identifier of the attempt it is bound to, in the procedure it is an answer of.",
    claims=(7,),
    conjuncts=(
        Never(Sent("relay", {"summary": hides_identifier}, ConfirmSummary)),
        Precedes(
            Sent("relay", {"handle.name": K}, ConfirmSummary),
            (Sent("relay", {"handle.name": K, "summary.bound.proc_key.proc_id.name": K}, ConfirmSummary),),
        ),
    ),
    variant="broken_page_without_identifier",
)


identifiers_distinct = Property(
    name="two_procedures_are_shown_under_two_identifiers",
    label="P21",
    says="No two procedures of a terminal are shown under the same identifier, in full or shortened.",
    claims=(7,),
    level="function",
    check=identifiers_collide,
)

PAGE_PROPERTIES = (
    summary_has_source,
    selected_by_capability,
    monotone_conversion,
    summary_sent,
    no_page_too_large,
    confirm_from_info,
    confirm_shows_amount,
    template_positions,
    confirm_identifies,
    identifiers_distinct,
)
