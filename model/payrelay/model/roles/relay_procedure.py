"""The relay server during one procedure: its control section (claims 1, 4-11, 14-16).

What it transfers unchanged goes out by the redirecting section, what a terminal is shown by the contents converting
unit. Its point of no return is the log entry before the user's decision goes to the wallet: from `settling` on it
says only what the wallet reported, and in the end what the payment server signed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payrelay.language.messages import Input, Restart, Send, Tell
from payrelay.language.role import Effect, Role, State, ignore, stay
from payrelay.language.terms import Hash
from payrelay.model.conversion import CapabilityError, Summary, is_token, minimal_page_fits
from payrelay.model.data import (
    CURRENT,
    ConfirmInfo,
    PaymentInfo,
    Receipt,
    is_receipt_for,
    is_signed,
    opened,
    user_ref,
)
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.purchase import (
    CancelAck,
    ConfirmInfoMessage,
    ForwardedCancel,
    ForwardedPaymentInfo,
    ForwardedPaymentProcessingRequest,
    ForwardedProcedureRequest,
    PaymentInfoMessage,
    ProcedureAbort,
    ProcedureReject,
    ResultInfo,
    SettlementStatus,
    SettlementStatusInquiry,
    WalletOffer,
    WalletQuery,
    WalletRefusal,
    WalletReject,
)
from payrelay.model.messages.terminal_edge import (
    Cancel,
    ConfirmSummary,
    PaymentProcessingRequest,
    ProcedureRequest,
    ProgressInquiry,
    TerminalRequest,
    WalletChoice,
)
from payrelay.model.occurrences import ResultAwaited
from payrelay.model.procedure import (
    RelayData,
    conclude,
    confirmation,
    fail,
    holding,
    let_choose,
    option,
    page,
    progress,
    publish,
)
from payrelay.model.sections import answer, order, transfer, unknown_procedure
from payrelay.model.timers import (
    DOUBT_TIME,
    HOLD_TIME,
    OFFER_TIME,
    RETRY_TIME,
    SHOP_TIME,
    USER_TIME,
    WALLET_TIME,
)

SHOP_REASONS = ("IN_PAYMENT", "ALREADY_PAID", "UNKNOWN_ORDER", "ORDER_EXPIRED")
WALLET_REASONS = ("NOT_ENROLLED", "NOT_PAYABLE")
"""What a user is told as a shop or a wallet said it; of anything else, only that it refused."""
REFUSALS = ("cancelled", "expired", "failed")
"""What a wallet may say without a receipt."""


# --- who may say what


def is_from_bound_party(data: RelayData, message: Input) -> bool:
    """A server's message comes from the party bound to this procedure and carries its key; so does a terminal's."""
    identity = data.identity
    match message:
        case ProgressInquiry():
            return message.inquiry_token == identity.inquiry_token
        case PaymentInfoMessage() | ProcedureReject():
            shop = data.order_ref.shop if data.order_ref else None
            return message.sender == shop and message.relay_txn == identity.relay_txn
        case WalletOffer():
            return (
                data.payment_info is not None
                and message.sender in data.candidates
                and message.wallet_txn == identity.wallet_txn(message.sender)
            )
        case ConfirmInfoMessage() | WalletReject() | CancelAck() | ResultInfo() | WalletRefusal():
            return message.sender == data.wallet and message.relay_txn == identity.relay_txn
        case SettlementStatus():
            return data.payment_info is not None and message.sender == data.info.payment_server
    return True


# --- guards


def is_acceptable(data: RelayData, message: ProcedureRequest) -> bool:
    """The shop is known, and the terminal can show the least page of every kind."""
    return message.order_ref.shop in data.identity.shops and minimal_page_fits(
        message.capabilities, data.identity.security
    )


def is_retry(data: RelayData, message: ProcedureRequest) -> bool:
    """The request is to try this finished procedure once more, and it was not approved."""
    return message.retry_of == data.identity.handle and data.outcome != "approved"


def is_good_info(data: RelayData, message: PaymentInfoMessage) -> bool:
    """The shop signed it for this transaction and order, it has a name that a page can show, and it is current."""
    info = opened(message.payment_info)
    return (
        isinstance(info, PaymentInfo)
        and data.order_ref is not None
        and is_signed(message.payment_info, data.order_ref.shop, data.identity.security)
        and (info.relay_txn, info.order_ref) == (data.identity.relay_txn, data.order_ref)
        and is_token(info.proc_key.proc_id.name)
        and message.validity == CURRENT
    )


def _candidates(data: RelayData, message: PaymentInfoMessage) -> int:
    return len(replace(data, payment_info=message.payment_info).candidates)


def has_no_candidate(data: RelayData, message: PaymentInfoMessage) -> bool:
    """The payment information is good, and no wallet of the user knows its brands."""
    return is_good_info(data, message) and _candidates(data, message) == 0


def has_one_candidate(data: RelayData, message: PaymentInfoMessage) -> bool:
    """The payment information is good, and just one wallet of the user knows its brands."""
    return is_good_info(data, message) and _candidates(data, message) == 1


def has_many_candidates(data: RelayData, message: PaymentInfoMessage) -> bool:
    """The payment information is good, and there are wallets to choose from."""
    return is_good_info(data, message) and _candidates(data, message) > 1


def _with_offer(data: RelayData, message: Input) -> RelayData:
    """The data after a wallet's answer; as they are, after a time-out."""
    if not isinstance(message, WalletOffer):
        return data
    found = {known.wallet_id: known for known in data.offers if known.wallet_id != message.sender}
    if message.instruments:
        found[message.sender] = option(data, message.sender, message.display_name, message.instruments)
    in_order = tuple(found[wallet] for wallet in data.candidates if wallet in found)
    return replace(data, offers=in_order, answered=data.answered | {message.sender})


def is_complete(data: RelayData, message: WalletOffer) -> bool:
    """With this one, every wallet asked has answered."""
    return len(_with_offer(data, message).answered) == len(data.candidates)


def leaves_no_offer(data: RelayData, message: Input) -> bool:
    """No wallet can pay."""
    return len(_with_offer(data, message).offers) == 0


def leaves_one_offer(data: RelayData, message: Input) -> bool:
    """Just one wallet can pay."""
    return len(_with_offer(data, message).offers) == 1


def leaves_many_offers(data: RelayData, message: Input) -> bool:
    """Several wallets can pay."""
    return len(_with_offer(data, message).offers) > 1


def is_offered(data: RelayData, message: WalletChoice) -> bool:
    """The page has an option of this number."""
    return 1 <= message.index <= len(data.offers)


def is_current(data: RelayData, message: Any) -> bool:
    """The payment information has not expired."""
    return bool(message.validity == CURRENT)


def is_confirm_info_true(data: RelayData, message: ConfirmInfoMessage) -> bool:
    """The wallet speaks of this payment: same attempt, amount and payee as in the payment information."""
    confirm = opened(message.confirm_info)
    info = data.info
    return (
        isinstance(confirm, ConfirmInfo)
        and is_signed(message.confirm_info, data.wallet, data.identity.security)
        and (confirm.proc_key, confirm.amount, confirm.payee_name) == (info.proc_key, info.amount, info.payee_name)
        and confirm.info_digest == Hash(data.payment_info)
    )


def is_confirmable(data: RelayData, message: ConfirmInfoMessage) -> bool:
    """The wallet speaks of this payment, and the terminal can show what must be shown of it."""
    return is_confirm_info_true(data, message) and isinstance(_confirmation(data, message), Summary)


def _confirmation(data: RelayData, message: ConfirmInfoMessage) -> Summary | CapabilityError:
    confirm = opened(message.confirm_info)
    assert isinstance(confirm, ConfirmInfo)
    return confirmation(data, confirm)


def is_consent_to_page(data: RelayData, message: PaymentProcessingRequest) -> bool:
    """The user consents to exactly what the page was bound to."""
    return data.page is not None and message.consent.shown == data.page.summary.bound


def has_pending(data: RelayData, message: Input) -> bool:
    """A terminal waits."""
    return bool(data.pending)


def is_in_doubt(data: RelayData, message: Input) -> bool:
    """The user was told that the outcome is unknown."""
    return data.in_doubt


def is_receipt_true(data: RelayData, message: ResultInfo) -> bool:
    """The payment server speaks of this attempt and this amount."""
    return is_receipt_for(data.info, message.receipt, data.identity.security)


def is_refusal(data: RelayData, message: WalletRefusal) -> bool:
    """The wallet says no more than that it never requested the payment; about money only a receipt speaks."""
    return message.outcome in REFUSALS


def is_cancelling(data: RelayData, message: Input) -> bool:
    """The user's decision was to cancel."""
    return isinstance(data.kept, ForwardedCancel)


# --- actions


def hold(data: RelayData, message: TerminalRequest) -> Effect:
    """Let the request wait for the page that is being made."""
    return holding(data, message), ()


def hold_for_result(data: RelayData, message: TerminalRequest) -> Effect:
    """Let the request wait for the result; the period of claim 10 begins with the first that waits."""
    begins = () if data.pending else (ResultAwaited(data.identity.handle),)
    return holding(data, message), begins


def answer_page(data: RelayData, message: TerminalRequest) -> Effect:
    """Answer with the current page."""
    assert data.page is not None
    return data, answer(((message.sender, message.request_nonce),), data.page)


def answer_unknown(data: RelayData, message: TerminalRequest) -> Effect:
    """Say that nothing is known of this procedure any more."""
    return data, unknown_procedure(message)


def forward_request(data: RelayData, message: ProcedureRequest) -> Effect:
    """Transfer the procedure requesting information to the shop (claim 1)."""
    after = replace(data, session=message.session, capabilities=message.capabilities, order_ref=message.order_ref)
    request = ForwardedProcedureRequest(order_ref=message.order_ref, relay_txn=data.identity.relay_txn)
    return holding(after, message), (transfer(message.order_ref.shop, request),)


def refuse_request(data: RelayData, message: ProcedureRequest) -> Effect:
    """Do not begin: the shop is not known, or the terminal could not be shown all that it must be."""
    known = message.order_ref.shop in data.identity.shops
    after = replace(data, session=message.session, capabilities=message.capabilities, order_ref=message.order_ref)
    return fail(holding(after, message), "CAPABILITY" if known else "BAD_REQUEST")


def begin_another(data: RelayData, message: ProcedureRequest) -> Effect:
    """Leave the order to a new procedure."""
    return data, (Tell(data.identity.directory, AnotherProcedure(request=message)),)


def _abort(data: RelayData) -> Send:
    """Tell the shop that this attempt will not be paid."""
    assert data.order_ref is not None
    return order(data.order_ref.shop, ProcedureAbort(order_ref=data.order_ref, relay_txn=data.identity.relay_txn))


def _cancel(data: RelayData) -> ForwardedCancel:
    return ForwardedCancel(relay_txn=data.identity.relay_txn, proc_key=data.info.proc_key)


def _to_wallet(data: RelayData, wallet: str) -> Effect:
    """Transfer the payment information to the one wallet that is to pay, byte for byte (claims 1, 15, 16)."""
    info = ForwardedPaymentInfo(
        relay_txn=data.identity.relay_txn,
        user_ref=user_ref(data.identity.user, wallet),
        payment_info=data.payment_info,
    )
    return replace(data, wallet=wallet, page=None), (transfer(wallet, info),)


def forward_info(data: RelayData, message: PaymentInfoMessage) -> Effect:
    """Transfer the payment information to the only wallet there is."""
    after = replace(data, payment_info=message.payment_info)
    return _to_wallet(after, after.candidates[0])


def ask_wallets(data: RelayData, message: PaymentInfoMessage) -> Effect:
    """Ask every candidate, without amount or shop (claim 14)."""
    after = replace(data, payment_info=message.payment_info)
    identity = data.identity
    queries = (
        order(
            wallet,
            WalletQuery(
                wallet_txn=identity.wallet_txn(wallet),
                user_ref=user_ref(identity.user, wallet),
                brands=after.info.brands,
                currency=after.info.amount.currency,
            ),
        )
        for wallet in after.candidates
    )
    return after, tuple(queries)


def fail_without_wallet(data: RelayData, message: Input) -> Effect:
    """No wallet of the user can pay this."""
    if isinstance(message, PaymentInfoMessage):
        data = replace(data, payment_info=message.payment_info)
    return fail(_with_offer(data, message), "NO_WALLET", _abort(data))


def fail_on_shop(data: RelayData, message: PaymentInfoMessage) -> Effect:
    """The shop's payment information is not good."""
    return fail(data, "SHOP_INVALID", _abort(data))


def pass_on_reject(data: RelayData, message: ProcedureReject) -> Effect:
    """Tell the user why the shop will not be paid."""
    return fail(data, message.reason if message.reason in SHOP_REASONS else "SHOP_REFUSED")


def fail_on_shop_time(data: RelayData, message: Input) -> Effect:
    """The shop did not answer."""
    return fail(data, "SHOP_TIMEOUT", _abort(data))


def record_offer(data: RelayData, message: WalletOffer) -> Effect:
    """Note a wallet's answer."""
    return _with_offer(data, message), ()


def show_wallets(data: RelayData, message: Input) -> Effect:
    """Let the user choose among the wallets that can pay (claim 14)."""
    return let_choose(_with_offer(data, message))


def forward_info_to_offer(data: RelayData, message: Input) -> Effect:
    """Transfer the payment information to the only wallet that can pay."""
    after = _with_offer(data, message)
    return _to_wallet(after, after.offers[0].wallet_id)


def forward_info_to_chosen(data: RelayData, message: WalletChoice) -> Effect:
    """Transfer the payment information to the chosen wallet, and to no other (claim 14)."""
    return _to_wallet(holding(data, message), data.offers[message.index - 1].wallet_id)


def fail_expired(data: RelayData, message: WalletChoice) -> Effect:
    """The payment information expired before a wallet was chosen."""
    return fail(holding(data, message), "EXPIRED", _abort(data))


def end_cancelled(data: RelayData, message: Cancel) -> Effect:
    """The user gave up before any wallet was involved."""
    after, sends = conclude(holding(data, message), "cancelled")
    return after, (_abort(data), *sends)


def fail_on_user_time(data: RelayData, message: Input) -> Effect:
    """The user did not choose."""
    return fail(data, "USER_TIMEOUT", _abort(data))


def show_confirmation(data: RelayData, message: ConfirmInfoMessage) -> Effect:
    """Summarize the confirming information for this terminal (claims 4-7)."""
    return publish(data, page(data, ConfirmSummary, _confirmation(data, message)))


def fail_on_confirm_info(data: RelayData, message: ConfirmInfoMessage) -> Effect:
    """The wallet speaks of another payment, or the terminal cannot show what must be shown."""
    code = "CAPABILITY" if is_confirm_info_true(data, message) else "CONFIRM_MISMATCH"
    return fail(data, code, order(data.wallet, _cancel(data)))


def fail_on_wallet_reject(data: RelayData, message: WalletReject) -> Effect:
    """The wallet will not pay this."""
    return fail(data, message.reason if message.reason in WALLET_REASONS else "WALLET_REFUSED", _abort(data))


def fail_on_wallet_time(data: RelayData, message: Input) -> Effect:
    """The wallet did not answer."""
    return fail(data, "WALLET_TIMEOUT", order(data.wallet, _cancel(data)))


def forward_consent(data: RelayData, message: PaymentProcessingRequest) -> Effect:
    """Transfer the payment processing request to the wallet, the consent unchanged (claims 15, 16)."""
    kept = ForwardedPaymentProcessingRequest(relay_txn=data.identity.relay_txn, consent=message.consent)
    after = replace(holding(data, message), kept=kept, page=None)
    return after, (ResultAwaited(data.identity.handle), transfer(data.wallet, kept))


def fail_on_consent(data: RelayData, message: PaymentProcessingRequest) -> Effect:
    """The consent is to something else than was shown, or comes too late."""
    code = "EXPIRED" if is_consent_to_page(data, message) else "CONSENT_MISMATCH"
    return fail(holding(data, message), code, order(data.wallet, _cancel(data)))


def forward_cancel(data: RelayData, message: Cancel) -> Effect:
    """Tell the wallet that the user gave up; the result is the wallet's to say."""
    kept = _cancel(data)
    after = replace(holding(data, message), kept=kept, page=None)
    return after, (ResultAwaited(data.identity.handle), order(data.wallet, kept))


def give_up_on_user(data: RelayData, message: Input) -> Effect:
    """The user did not decide."""
    return fail(data, "USER_TIMEOUT", order(data.wallet, _cancel(data)))


def show_result(data: RelayData, message: ResultInfo) -> Effect:
    """Bring the result that the payment server signed (claim 9)."""
    receipt = opened(message.receipt)
    assert isinstance(receipt, Receipt)
    return conclude(data, receipt.outcome, message.receipt, receipt.code if is_token(receipt.code) else "")


def show_refusal(data: RelayData, message: WalletRefusal) -> Effect:
    """Bring the wallet's word that it never requested the payment."""
    return conclude(data, message.outcome)


def show_cancelled(data: RelayData, message: CancelAck) -> Effect:
    """Bring the wallet's word that it is cancelled for good."""
    return conclude(data, "cancelled")


def show_progress(data: RelayData, message: Input) -> Effect:
    """Answer those who wait with the means to ask again (claims 10, 11)."""
    return replace(data, pending=()), answer(data.pending, progress(data))


def send_again(data: RelayData, message: Input) -> Effect:
    """Send the user's decision once more, the same bytes."""
    assert data.kept is not None
    send = order if isinstance(data.kept, ForwardedCancel) else transfer
    return data, (send(data.wallet, data.kept),)


def doubt(data: RelayData, message: Input) -> Effect:
    """From now on say that the outcome is unknown; nothing else changes."""
    asks = data.identity.asks_payment_server
    inquiry = order(data.info.payment_server, SettlementStatusInquiry(proc_key=data.info.proc_key))
    return replace(data, in_doubt=True), (inquiry,) if asks else ()


def note_status(data: RelayData, message: SettlementStatus) -> Effect:
    """Remember what the payment server said, as a text for the user; never as the result."""
    receipt = opened(message.receipt)
    is_said = is_receipt_for(data.info, message.receipt, data.identity.security)
    return replace(data, status=receipt.outcome if is_said and isinstance(receipt, Receipt) else "nothing yet"), ()


def drop_pending(data: RelayData, message: Restart) -> Effect:
    """Keep what was logged. The connections are gone."""
    return replace(data, pending=()), ()


def forget(data: RelayData, message: Restart) -> Effect:
    """Forget the procedure: nothing of it was promised to anybody."""
    return RelayData(data.identity), ()


class RelayProcedure(Role):
    """Joins terminal, shop and wallet for one attempt to pay."""

    idle = State(initial=True)
    wait_payment_info = State()
    wait_offers = State()
    wait_choice = State()
    wait_confirming_info = State()
    wait_consent = State()
    settling = State()
    settled = State()
    failed = State()
    forgotten = State()

    # While a page is being made, requests wait for it; otherwise they get it at once.
    procedure_request = (
        idle.to(wait_payment_info, cond=is_acceptable, on=forward_request)
        | idle.to(failed, unless=is_acceptable, on=refuse_request)
        | stay(wait_payment_info, wait_offers, wait_confirming_info, on=hold)
        | stay(settling, on=hold_for_result)
        | stay(wait_choice, wait_consent, on=answer_page)
        | stay(settled, failed, cond=is_retry, on=begin_another)
        | stay(settled, failed, unless=is_retry, on=answer_page)
        | stay(forgotten, on=begin_another)
    )

    payment_info_message = (
        wait_payment_info.to(wait_confirming_info, cond=has_one_candidate, on=forward_info)
        | wait_payment_info.to(wait_offers, cond=has_many_candidates, on=ask_wallets)
        | wait_payment_info.to(failed, cond=has_no_candidate, on=fail_without_wallet)
        | wait_payment_info.to(failed, unless=is_good_info, on=fail_on_shop)
    )
    procedure_reject = wait_payment_info.to(failed, on=pass_on_reject)
    shop_time = wait_payment_info.to(failed, on=fail_on_shop_time)

    wallet_offer = (
        stay(wait_offers, unless=is_complete, on=record_offer)
        | wait_offers.to(wait_choice, cond=[is_complete, leaves_many_offers], on=show_wallets)
        | wait_offers.to(wait_confirming_info, cond=[is_complete, leaves_one_offer], on=forward_info_to_offer)
        | wait_offers.to(failed, cond=[is_complete, leaves_no_offer], on=fail_without_wallet)
    )
    offer_time = (
        wait_offers.to(wait_choice, cond=leaves_many_offers, on=show_wallets)
        | wait_offers.to(wait_confirming_info, cond=leaves_one_offer, on=forward_info_to_offer)
        | wait_offers.to(failed, cond=leaves_no_offer, on=fail_without_wallet)
    )

    wallet_choice = (
        wait_choice.to(wait_confirming_info, cond=[is_offered, is_current], on=forward_info_to_chosen)
        | wait_choice.to(failed, cond=is_offered, unless=is_current, on=fail_expired)
        | stay(wait_choice, unless=is_offered, on=answer_page)
        | stay(wait_payment_info, wait_offers, wait_confirming_info, on=hold)
        | stay(settling, on=hold_for_result)
        | stay(wait_consent, settled, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )

    confirm_info_message = wait_confirming_info.to(
        wait_consent, cond=is_confirmable, on=show_confirmation
    ) | wait_confirming_info.to(failed, unless=is_confirmable, on=fail_on_confirm_info)
    wallet_reject = wait_confirming_info.to(failed, on=fail_on_wallet_reject)
    wallet_time = wait_confirming_info.to(failed, on=fail_on_wallet_time)

    payment_processing_request = (
        wait_consent.to(settling, cond=[is_consent_to_page, is_current], on=forward_consent)
        | wait_consent.to(failed, cond=is_consent_to_page, unless=is_current, on=fail_on_consent)
        | wait_consent.to(failed, unless=is_consent_to_page, on=fail_on_consent)
        | stay(wait_payment_info, wait_offers, wait_confirming_info, on=hold)
        | stay(settling, on=hold_for_result)
        | stay(wait_choice, settled, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )
    cancel = (
        wait_choice.to(settled, on=end_cancelled)
        | wait_consent.to(settling, on=forward_cancel)
        | stay(wait_payment_info, wait_offers, wait_confirming_info, on=hold)
        | stay(settling, on=hold_for_result)
        | stay(settled, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )
    progress_inquiry = (
        stay(wait_payment_info, wait_offers, wait_confirming_info, on=hold)
        | stay(settling, on=hold_for_result)
        | stay(wait_choice, wait_consent, settled, failed, on=answer_page)
        | stay(forgotten, on=answer_unknown)
    )
    user_time = wait_choice.to(failed, on=fail_on_user_time) | wait_consent.to(failed, on=give_up_on_user)

    # After the point of no return.
    result_info = settling.to(settled, cond=is_receipt_true, on=show_result)
    wallet_refusal = settling.to(settled, cond=is_refusal, on=show_refusal)
    cancel_ack = settling.to(settled, cond=is_cancelling, on=show_cancelled)
    hold_time = stay(settling, cond=has_pending, on=show_progress)
    retry_time = stay(settling, on=send_again)
    doubt_time = stay(settling, unless=is_in_doubt, on=doubt)
    settlement_status = stay(settling, on=note_status)

    restart = forgotten.from_(
        wait_payment_info, wait_offers, wait_choice, wait_confirming_info, wait_consent, failed, on=forget
    ) | stay(settling, settled, on=drop_pending)

    inputs = (
        ProcedureRequest,
        PaymentInfoMessage,
        ProcedureReject,
        WalletOffer,
        WalletChoice,
        ConfirmInfoMessage,
        WalletReject,
        PaymentProcessingRequest,
        Cancel,
        ProgressInquiry,
        ResultInfo,
        WalletRefusal,
        CancelAck,
        SettlementStatus,
        Restart,
    )
    timers = tuple(
        timer.name for timer in (SHOP_TIME, OFFER_TIME, WALLET_TIME, USER_TIME, HOLD_TIME, RETRY_TIME, DOUBT_TIME)
    )
    correlation = staticmethod(is_from_bound_party)
    ended = (settled, failed, forgotten)
    ignored = (
        ignore(Restart, states=(idle, forgotten), reason="there is nothing to forget"),
        ignore(
            PaymentInfoMessage,
            ProcedureReject,
            states=(wait_offers, wait_choice, wait_confirming_info, wait_consent, settling, settled, failed),
            reason="the shop's first answer was taken, or the procedure is over",
        ),
        ignore(
            WalletOffer,
            states=(wait_choice, wait_confirming_info, wait_consent, settling, settled, failed),
            reason="the offers are closed",
        ),
        ignore(
            ConfirmInfoMessage,
            WalletReject,
            states=(wait_consent, settling, settled, failed),
            reason="the wallet's first answer was taken, or the procedure is over",
        ),
        ignore(WalletRefusal, states=(settling,), reason="a wallet cannot say this without a receipt"),
        ignore(
            ResultInfo,
            states=(settling,),
            reason="it is not what the payment server signed for this attempt",
        ),
        ignore(
            ResultInfo,
            WalletRefusal,
            CancelAck,
            states=(settled, failed),
            reason="a repeated answer, or one to a procedure that the relay gave up",
        ),
        ignore(CancelAck, states=(settling,), reason="nothing is to be cancelled, so nothing was"),
        ignore(SettlementStatus, states=(settled,), reason="the result is known"),
        ignore(
            PaymentInfoMessage,
            ProcedureReject,
            WalletOffer,
            ConfirmInfoMessage,
            WalletReject,
            WalletRefusal,
            ResultInfo,
            CancelAck,
            SettlementStatus,
            states=(forgotten,),
            reason="what asked for it is forgotten, so that it belongs to nothing",
        ),
    )
