"""What a party can sign, seal and name, and what it cannot."""

from dataclasses import replace
from typing import Any

import pytest
from tests.wire.runs import Run, run_of
from tests.wire.strategies import NOW, rings_at

from payrelay.language.terms import Signed, Symbol
from payrelay.model.data import Consent, Receipt
from payrelay.model.messages.purchase import ResultInfo, WalletQuery
from payrelay.model.scenarios import SCENARIOS
from payrelay.model.timers import INFO_EXPIRY
from payrelay.wire import Keyring, WritingError, expiry_of, read, write
from payrelay.wire.certificates import Roots

(HAPPY,) = [one for one in SCENARIOS if one.name == "happy_path"]


@pytest.fixture(scope="module")
def run() -> Run:
    """The happy path, run to its end."""
    made, happenings = run_of(HAPPY, "hardened")
    for happening in happenings:
        made.take(happening)
    return made


def message_of(run: Run, kind: str) -> tuple[Any, Any]:
    """A message of the run, as it was sent and as it was read."""
    found = next(one for one in run.deliveries if type(one.sent).__name__ == kind)
    return found.sent, found.received


def test_payment_information_is_passed_on_byte_for_byte(run: Run) -> None:
    (_, one), (_, other) = message_of(run, "PaymentInfoMessage"), message_of(run, "ForwardedPaymentInfo")
    assert one.payment_info.token == other.payment_info.token


def test_the_instruction_is_passed_on_unread(run: Run) -> None:
    (_, at_shop), (_, at_payment) = message_of(run, "PaymentRequest"), message_of(run, "AuthorizationRequest")
    assert isinstance(at_shop.instruction.content, str)
    assert at_shop.instruction.token == at_payment.instruction.token
    assert at_payment.instruction.content.account.name == "user of account"


def test_an_object_tells_when_it_runs_out(run: Run) -> None:
    info = message_of(run, "PaymentInfoMessage")[1].payment_info
    receipt = message_of(run, "ResultInfo")[1].receipt
    made = expiry_of(info)
    assert made is not None
    assert made - run.now < INFO_EXPIRY.seconds <= made - NOW
    assert expiry_of(receipt) is None
    assert expiry_of(Signed("shop", None)) is None


def test_the_relay_names_a_user_otherwise_to_everybody(run: Run) -> None:
    sent, received = message_of(run, "ForwardedPaymentInfo")
    assert sent.user_ref.name == "user at wallet-1"
    assert "user" not in received.user_ref.name


def test_invalid_makers_make_nothing(run: Run) -> None:
    rings, shop = rings_at("hardened"), "shop"
    sent = message_of(run, "ResultInfo")[0]
    assert isinstance(sent, ResultInfo)
    info = message_of(run, "PaymentInfoMessage")[0].payment_info.content
    receipt = Receipt(info.proc_key, info.amount, "approved")
    forged = replace(sent, receipt=Signed("payment", receipt))
    with pytest.raises(WritingError, match="wallet-1 cannot sign for payment"):
        write(forged, rings["wallet-1"])
    with pytest.raises(WritingError, match="wallet-1 has no key to sign with as payment"):
        write(replace(sent, receipt=Signed("wallet-1", receipt)), rings["wallet-1"])
    ours = message_of(run, "PaymentInfoMessage")[0]
    with pytest.raises(WritingError, match="shop has nothing to make a payrelay-payment-info with"):
        write(ours, replace(rings[shop], pen=None, made={}))
    with pytest.raises(WritingError, match="neither signed nor unverified"):
        write(replace(ours, payment_info=info), rings[shop])


def test_invalid_recipients_get_nothing(run: Run) -> None:
    consent = message_of(run, "PaymentProcessingRequest")[0]
    ring = rings_at("hardened")["terminal-1"]
    signs = {"wallet-1": rings_at("hardened")["wallet-1"].signers["wallet"].certificate}
    wrong: tuple[dict[str, Any], ...] = ({"recipients": {}}, {"roots": Roots({})}, {"recipients": signs})
    for one in wrong:
        changed = replace(ring, made={}, **one)
        with pytest.raises(WritingError, match="no certificate of wallet-1 that is trusted to seal with"):
            write(consent, changed)


def test_invalid_forms_are_not_written(run: Run) -> None:
    rings = rings_at("hardened")
    consent = message_of(run, "PaymentProcessingRequest")[0].consent
    assert isinstance(consent, Consent)
    request = message_of(run, "PaymentProcessingRequest")[0]
    clear = replace(consent, user_auth=Symbol("user_auth", "1234"))  # type: ignore[arg-type]
    with pytest.raises(WritingError, match="must be sealed"):
        write(replace(request, consent=clear), rings["terminal-1"])
    with pytest.raises(WritingError, match="nothing is sealed but hardened"):
        write(request, rings_at("plain")["terminal-1"])
    query = WalletQuery(
        sender="relay",
        receiver="wallet-1",
        wallet_txn=Symbol("wallet_txn", "1 at wallet-1"),
        user_ref=Symbol("user_ref", "user at wallet-1"),
        brands=("brand",),
        currency="EUR",
    )
    with pytest.raises(WritingError, match="relay has no pseudonyms"):
        write(query, Keyring(party="relay", security="plain"))
    assert write(query, rings_at("plain")["relay"])
    for wrong in ({"brands": ["brand"]}, {"currency": ""}, {"currency": 1}, {"user_ref": Symbol("handle", "A" * 22)}):
        with pytest.raises(WritingError):
            write(replace(query, **wrong), rings_at("plain")["relay"])


def test_what_is_made_again_is_the_same(run: Run) -> None:
    ring = rings_at("hardened")["shop"]
    sent = message_of(run, "PaymentInfoMessage")[0]
    first = write(sent, ring)
    later = replace(ring, pen=None)
    assert write(sent, later) == first
    assert write(sent, replace(later, pen=ring.pen, made={}).at(NOW + 7, lambda size: bytes(size))) != first


def test_a_wallet_s_certificate_as_server_signs_no_message_as_user(run: Run) -> None:
    rings = rings_at("hardened")
    wallet = rings["wallet-1"]
    cancel = message_of(run, "ResultInfo")[0]
    swapped = replace(wallet, signers={"wallet": wallet.signers["user"], "user": wallet.signers["wallet"]})
    found = read(write(cancel, swapped), rings["relay"], NOW)
    assert str(found).startswith("the signature must be its sender's")
