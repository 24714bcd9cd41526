"""The contents converting unit: what a terminal is shown, of what, and where (claims 4-7, 9, 13, 14)."""

from __future__ import annotations

from typing import Any

from payrelay.language.properties import Accepted, Never, Precedes, Property, Received, Responds, Sent
from payrelay.model.conversion import (
    CAPABILITIES,
    Amount,
    ConfirmInformation,
    Summary,
    convert,
    read,
    render,
    template_for,
    template_named,
)
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
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    ResultSummary,
    WalletSelectSummary,
)
from payrelay.model.properties.terms import AMOUNT, KEY, TRANSACTION, K
from payrelay.model.roles.terminal import TerminalData


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


def is_oversized(_system: Any) -> str | None:
    """The first capability whose confirmation is larger than it can take, or drops what a smaller one shows."""
    largest = ConfirmInformation(Amount(10**12, "EUR"), "x" * 22, "Y" * 40, "z" * 6, "card", "a book")
    for name, capabilities in CAPABILITIES.items():
        page = convert(largest.kind, largest, capabilities)
        if not isinstance(page, Summary):
            return f"{name} cannot show a confirmation: {page}"
        if len(render(page).encode(capabilities.charset)) > capabilities.max_bytes:
            return f"{name} is sent more bytes than it can take"
        if page.template_id != template_for(largest.kind, capabilities).template_id:
            return f"{name} is sent a page of another template"
        if not {"amount", "identifier"} <= {slot for slot, _, _ in page.slots}:
            return f"{name} is not shown what must be shown"
    return None


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
summary_sent = Property(
    name="confirming_information_reaches_the_user_as_a_page",
    label="P16",
    says="When the relay has accepted confirming information, the terminal of the procedure is sent a page.",
    claims=(4,),
    conjuncts=(
        Responds(
            Accepted("relay", {"procedure": K}, ConfirmInfoMessage, ("wait_confirming_info",), ("wait_consent",)),
            (Sent("relay", {"handle.name": K}, to="terminal"),),
        ),
    ),
    variant="broken_page_kept",
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


def identifiers_collide(system: Any) -> str | None:
    """Whether two procedures of one terminal would be shown under one name."""
    if not any(isinstance(local.data, TerminalData) for instance in system.instances for local in instance.initial):
        return None
    keys = [
        local.data.identity.proc_key
        for instance in system.instances
        if instance.table.name == "shop_attempt"
        for local in instance.initial
    ]
    shown = [key.proc_id.name for key in keys]
    return "two procedures would be shown under one name" if len(set(shown)) < len(shown) else None


identifiers_distinct = Property(
    name="two_procedures_are_shown_under_two_identifiers",
    label="P21",
    says="No two procedures of a terminal are shown under the same identifier.",
    claims=(7,),
    level="function",
    check=identifiers_collide,
)

PAGE_PROPERTIES = (
    summary_has_source,
    selected_by_capability,
    summary_sent,
    confirm_from_info,
    confirm_shows_amount,
    template_positions,
    confirm_identifies,
    identifiers_distinct,
)
