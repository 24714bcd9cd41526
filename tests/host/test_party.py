"""A party takes what it should, refuses the rest by the problem that it has earned, and then nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.host.town import NOW, ORDER, SEED, TERMINAL, Town, reference

from payrelay.host.faults import fault_named, together
from payrelay.host.memory import MemoryStorage
from payrelay.host.party import Step
from payrelay.host.records import ENTRIES
from payrelay.host.storage import Changes, StorageError
from payrelay.language.edits import Forget
from payrelay.language.messages import Message
from payrelay.language.terms import Signed, Symbol, Unverified
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import AuthInfo, OrderRef, ProcKey, Receipt
from payrelay.model.messages import user
from payrelay.model.messages.purchase import (
    OrderPlace,
    PaymentInfoMessage,
    PaymentResponse,
    ProcedureAbort,
    ProcedureReject,
    SettlementStatusInquiry,
)
from payrelay.model.messages.registration import ForwardedAuthenticationInfo, ForwardedRegistrationRequest
from payrelay.model.messages.terminal_edge import Cancel, ProcedureRequest, ProgressInquiry, WalletChoice
from payrelay.model.roles.relay_directory import Entry
from payrelay.wire import read, write
from payrelay.wire.binding import to_request
from payrelay.wire.exchange import Request
from payrelay.wire.identities import keyrings
from payrelay.wire.json_text import MOST_BYTES
from payrelay.wire.set_up import OpenSession, set_up_request

NONCE = Symbol("request_nonce", "nonce-of-a-test-0123456789")


def tell(town: Town, message: Message) -> Step:
    """A party is told something, by whoever the message is from."""
    ring = town.rings[message.sender].at(int(town.clock()), town.random)
    return town.network.parties[message.receiver].receive(to_request(message, ring), message.sender)


def kept(town: Town, party: str) -> object:
    """All that a party keeps."""
    storage = town.storages[party]
    return [*storage.machines()], [*storage.timers()], [*storage.outbox()], [*storage.events()]


def asks(**changed: object) -> ProcedureRequest:
    request = ProcedureRequest(
        sender=TERMINAL,
        receiver="relay",
        session=Symbol("session", "another-session-than-the-user-s"),
        request_nonce=NONCE,
        order_ref=OrderRef("shop", ORDER.order),
        capabilities=CAPABILITIES["json"],
    )
    return replace(request, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "party", "problem"),
    [
        (asks(), "relay", "unauthenticated"),
        (
            OrderPlace(
                sender=TERMINAL, receiver="shop", order_nonce=reference("order_nonce", "x"), cart="no such cart"
            ),
            "shop",
            "malformed",
        ),
    ],
    ids=["session", "cart"],
)
def test_invalid_requests_change_nothing(message: Message, party: str, problem: str) -> None:
    town = Town()
    before = kept(town, party)
    step = tell(town, message)
    assert step.problem is not None
    assert step.problem.name == problem
    assert (step.sends, step.replies, kept(town, party)) == ((), (), before)


def test_what_belongs_to_nothing_is_taken_and_not_answered() -> None:
    town = Town()
    town.pays()
    before = kept(town, "relay")
    reject = ProcedureReject(sender="shop", receiver="relay", relay_txn=reference("relay_txn", "none"), reason="X")
    assert tell(town, reject) == Step()
    assert kept(town, "relay") == before


def test_a_party_that_is_not_known_says_nothing_that_matters() -> None:
    town = Town(security="plain")
    before = kept(town, "relay")
    ring = keyrings(("shop-9",), SEED, NOW - 1000, security="plain")["shop-9"]
    reject = ProcedureReject(sender="shop-9", receiver="relay", relay_txn=reference("relay_txn", "x"), reason="X")
    assert town.network.parties["relay"].receive(to_request(reject, ring)) == Step()
    assert kept(town, "relay") == before


def test_a_response_belongs_to_a_transaction_that_holds_payment_information() -> None:
    town = Town(security="plain")
    for stimulus in (user.UserOrders, user.UserPays):
        town.does(stimulus, **({"cart": "a book"} if stimulus is user.UserOrders else {}))
    assert town.control("wallet-1", "procedure") == "await_consent"
    (attempt,) = [one for one in town.storages["shop"].machines() if one.table == "shop_attempt"]
    own = attempt.local.data.identity.proc_key
    receipt = Unverified(Receipt(own, ORDER.total, "approved"))
    before = kept(town, "wallet-1")
    for proc_key, problem in ((own, "protocol-error"), (ProcKey("shop", reference("proc_id", "x")), None)):
        response = PaymentResponse(sender="shop", receiver="wallet-1", proc_key=proc_key, receipt=receipt)
        step = tell(town, response)
        assert (step.problem and step.problem.name) == problem
    assert kept(town, "wallet-1") == before


def test_a_choice_with_the_handle_of_a_registration_is_a_protocol_error() -> None:
    town = Town(enrolled=False)
    town.does(user.UserRegisters, wallet="wallet-1")
    ((_, entry),) = town.storages["relay"].records(ENTRIES)
    assert isinstance(entry, Entry)
    choice = WalletChoice(
        sender=TERMINAL, receiver="relay", session=entry.session, request_nonce=NONCE, handle=entry.handle, index=1
    )
    step = tell(town, choice)
    assert step.problem is not None
    assert step.problem.name == "protocol-error"


def test_a_restart_stops_no_timer() -> None:
    town = Town(order=True)
    town.does(user.UserPays)
    town.begins(user.UserConfirms)
    town.arrives_all_but("payment")
    running = {one for one in town.storages["relay"].timers() if one.timer != "hold_time"}
    assert {one.timer for one in running} == {"retry_time", "doubt_time"}
    town.clock.now += 5
    town.crash("relay")
    town.network.carry("relay", town.network.parties["relay"].restart())
    assert running == set(town.storages["relay"].timers())


def test_authentication_information_that_is_refused_tells_nothing_of_the_user() -> None:
    town = Town(security="plain", enrolled=False, takes_on_strangers=False)
    for name in ("one", "other"):
        reg_id = reference("reg_id", name)
        info = AuthInfo(
            reg_id=reg_id,
            subject=name,
            wallet="wallet-1",
            certificate=reference("certificate", name),
            secret=Symbol("secret", "secret"),
            account=Symbol("account", "4711"),
        )
        user_ref = reference("user_ref", "user")
        forwarded = ForwardedAuthenticationInfo(
            sender="relay", receiver="wallet-1", reg_id=reg_id, user_ref=user_ref, auth_info=Unverified(info)
        )
        assert tell(town, forwarded).problem is None
    (store,) = town.storages["wallet-1"].machines()
    assert [answer.refusal for answer in store.local.data.answers] == ["UNWILLING", "UNWILLING"]


@pytest.mark.parametrize(
    ("security", "wallet", "becomes"),
    [
        ("hardened", "wallet-1", "form_sent"),
        ("hardened", "wallet-9", "rejected"),
        ("channel", "wallet-9", "form_sent"),
        ("plain", "wallet-9", "form_sent"),
    ],
)
def test_nobody_is_registered_for_a_wallet_that_nothing_can_be_sealed_for(
    security: str, wallet: str, becomes: str
) -> None:
    """Where nothing is sealed, everybody is."""
    town = Town(security=security)
    request = ForwardedRegistrationRequest(
        sender="relay",
        receiver="authority",
        reg_txn=reference("reg_txn", wallet),
        user_ref=reference("user_ref", "authority"),
        wallet=wallet,
        enrolment_key=reference("enrolment_key", wallet) if security == "hardened" else None,
        enrolment_nonce=reference("enrolment_nonce", wallet) if security == "hardened" else None,
    )
    assert tell(town, request).problem is None
    (registration,) = town.storages["authority"].machines()
    assert registration.local.control == becomes


def test_a_handle_of_nobody_is_answered_by_a_page() -> None:
    town = Town()
    session = Symbol("session", "session-of-the-user-of-the-tests")
    cancel = Cancel(
        sender=TERMINAL, receiver="relay", session=session, request_nonce=NONCE, handle=reference("handle", "none")
    )
    step = tell(town, cancel)
    assert step.problem is None
    (reply,) = step.replies
    assert reply.to == step.waits == (TERMINAL, NONCE.name)
    assert b"UNKNOWN_PROCEDURE" in reply.response.body


def test_an_inquiry_without_its_token_is_refused() -> None:
    town = Town()
    town.pays()
    ((_, entry),) = town.storages["relay"].records(ENTRIES)
    assert isinstance(entry, Entry)
    before = kept(town, "relay")
    inquiry = ProgressInquiry(
        sender=TERMINAL,
        receiver="relay",
        session=entry.session,
        request_nonce=NONCE,
        handle=entry.handle,
        inquiry_token=reference("inquiry_token", "wrong"),
    )
    step = tell(town, inquiry)
    assert step.problem is not None
    assert (step.problem.name, kept(town, "relay")) == ("wrong-inquiry-token", before)


def test_a_message_without_a_row_is_a_protocol_error() -> None:
    edit = Forget(role="shop_attempt", state="info_sent", event="procedure_abort")
    for edits, wanted in (((), None), ((edit,), "protocol-error")):
        town = Town(order=True, edits=edits)
        town.begins(user.UserPays)
        town.network.deliver()
        town.network.deliver()
        (attempt,) = (m for m in town.storages["shop"].machines() if m.table == "shop_attempt")
        identity = attempt.local.data.identity
        abort = ProcedureAbort(
            sender="relay", receiver="shop", order_ref=OrderRef("shop", ORDER.order), relay_txn=identity.relay_txn
        )
        before = kept(town, "shop")
        step = tell(town, abort)
        assert (step.problem.name if step.problem else None) == wanted
        assert (kept(town, "shop") == before) is (wanted is not None)


def test_what_would_have_to_be_passed_on_in_too_long_a_message_is_refused() -> None:
    town = Town()
    for stimulus in (user.UserOrders, user.UserPays):
        town.does(stimulus, **({"cart": "a book"} if stimulus is user.UserOrders else {}))
    town.begins(user.UserConfirms)
    (flight,) = town.network.under_way
    request = flight.outgoing.request
    longer = request.body.replace(b'"jwe":"', b'"jwe":"' + b"A" * 60_000)
    assert len(longer) < MOST_BYTES
    before = kept(town, "relay")
    step = town.network.parties["relay"].receive(replace(request, body=longer))
    assert step.problem is not None
    assert (step.problem.name, kept(town, "relay")) == ("too-large", before)
    town.network.settle()
    assert town.outcome() == "approved"


def test_an_abort_that_comes_first_is_remembered() -> None:
    town = Town(order=True)
    town.begins(user.UserPays)
    town.network.deliver()
    flight = town.network.under_way[0]
    assert flight.outgoing.request.target.endswith("/forwarded_procedure_request")
    (procedure,) = (m for m in town.storages["relay"].machines() if m.table == "relay_procedure")
    transaction = procedure.local.data.identity.relay_txn
    order = OrderRef("shop", ORDER.order)
    tell(town, ProcedureAbort(sender="relay", receiver="shop", order_ref=order, relay_txn=transaction))
    assert town.control("shop", "attempt") == "aborted"
    town.network.settle()
    assert town.control("shop", "attempt") == "aborted"
    assert [one for one in town.network.carried if "payment_info" in one.flight.outgoing.request.target] == []


def test_a_shop_says_that_it_has_no_such_order_and_keeps_nothing() -> None:
    town = Town()
    order = OrderRef("shop", reference("order_ref", "unknown"))
    step = tell(town, asks(session=Symbol("session", "session-of-the-user-of-the-tests"), order_ref=order))
    town.network.carry("relay", step)
    town.network.settle()
    assert town.control("relay", "procedure") == "failed"
    assert [*town.storages["shop"].machines()] == []


def test_the_payment_server_tells_how_it_stands() -> None:
    town = Town()
    key = ProcKey("shop", reference("proc_id", "none"))
    step = tell(town, SettlementStatusInquiry(sender="relay", receiver="payment", proc_key=key))
    (sent,) = step.sends
    assert sent.request.target.endswith("/relay_payment/settlement_status")
    assert [*town.storages["payment"].machines()] == []


# --- storage that fails


class FailingStorage(MemoryStorage):
    """Fails at its n-th write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: int | None = None

    def commit(self, changes: Changes) -> None:
        if self.writes is not None:
            self.writes -= 1
            if self.writes < 0:
                raise StorageError("no room")
        super().commit(changes)


def failing(party: str) -> tuple[Callable[[str], MemoryStorage], FailingStorage]:
    storage = FailingStorage()
    return (lambda name: storage if name == party else MemoryStorage()), storage


@pytest.mark.parametrize("is_faulty", [False, True])
def test_what_cannot_be_kept_is_not_taken(is_faulty: bool) -> None:
    store, storage = failing("payment")
    town = Town(store=store, faults={"payment": fault_named("durability_unchecked")} if is_faulty else {})
    storage.writes = 0
    for stimulus, fields in ((user.UserOrders, {"cart": "a book"}), (user.UserPays, {}), (user.UserConfirms, {})):
        town.does(stimulus, **fields)
    last = [one for one in town.network.carried if one.flight.outgoing.receiver == "payment"][-1]
    assert last.response is not None
    assert last.response.status == (202 if is_faulty else 503)
    assert town.postings() == []
    assert town.outcome() == ("approved" if is_faulty else "")  # the faulty one lies: no money was taken


# --- set-up


def test_set_up_again_changes_nothing_and_otherwise_is_refused() -> None:
    town = Town()
    ring = town.rings["relay"]
    relay = town.network.parties["relay"]
    (_, session), *_ = town.storages["relay"].records("sessions")
    assert isinstance(session, OpenSession)
    before = [*town.storages["relay"].records("sessions")]
    assert relay.set_up(set_up_request(session, ring, "relay", "token")) is None
    other = relay.set_up(set_up_request(replace(session, user="somebody else"), ring, "relay", "token"))
    assert other is not None
    assert other.name == "protocol-error"
    assert [*town.storages["relay"].records("sessions")] == before
    second = replace(session, session=reference("session", "second"))  # the user logs in once more
    assert relay.set_up(set_up_request(second, ring, "relay", "token")) is None
    assert len([*town.storages["relay"].records("sessions")]) == 2


# --- faults of the seam


def test_an_unknown_fault_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean 'signature_unchecked'"):
        fault_named("signature_uncheckd")


def told_by_shop(town: Town, term: object) -> Request:
    """What the shop sends the relay, with this payment information in it."""
    now = int(town.clock())
    told = PaymentInfoMessage(sender="shop", receiver="relay", relay_txn=transaction(town), payment_info=term)
    return to_request(told, replace(town.rings["shop"].at(now, town.random), made={}))


def transaction(town: Town) -> Symbol:
    """The relay's name of the only procedure."""
    (procedure,) = (m for m in town.storages["relay"].machines() if m.table == "relay_procedure")
    found = procedure.local.data.identity.relay_txn
    assert isinstance(found, Symbol)
    return found


def signed_elsewhere(town: Town, seed: bytes, reader: str) -> object:
    """The shop's payment information, signed under the roots of a seed and for another reader."""
    now = int(town.clock())
    (attempt,) = (m for m in town.storages["shop"].machines() if m.table == "shop_attempt")
    rings = keyrings((*town.names, reader), seed, NOW - 1000)
    told = PaymentInfoMessage(
        sender="shop",
        receiver=reader,
        relay_txn=transaction(town),
        payment_info=Signed("shop", attempt.local.data.info),
    )
    found = read(write(told, replace(rings["shop"].at(now, town.random), made={})), rings[reader], now)
    assert isinstance(found, PaymentInfoMessage)
    assert isinstance(found.payment_info, Signed)
    return found.payment_info


def asked_shop(*faults: str) -> Town:
    """A town in which the relay has asked the shop, whose answer has not come; with these faults at the relay."""
    town = Town(order=True, faults={"relay": together(map(fault_named, faults))})
    town.begins(user.UserPays)
    town.network.deliver()
    town.network.deliver()
    town.network.under_way.clear()
    return town


CHECKS = [
    ("signature_unchecked", b"other roots", "relay"),
    ("audience_unchecked", SEED, "relay-2"),
]


@pytest.mark.parametrize(("fault", "seed", "reader"), CHECKS, ids=[name for name, _, _ in CHECKS])
def test_what_is_not_checked_is_believed(fault: str, seed: bytes, reader: str) -> None:
    """Payment information under roots that nobody trusts, or for another relay, is refused but by who does not look."""
    for faults, control in (((), "failed"), ((fault,), "wait_confirming_info")):
        town = asked_shop(*faults)
        step = town.network.parties["relay"].receive(told_by_shop(town, signed_elsewhere(town, seed, reader)), "shop")
        assert step.problem is None
        assert town.control("relay", "procedure") == control


def test_a_channel_that_is_not_looked_at_shows_nobody() -> None:
    for faults, problem in (((), "forbidden"), (("channel_unchecked",), None)):
        town = asked_shop(*faults)
        reject = ProcedureReject(sender="shop", receiver="relay", relay_txn=transaction(town), reason="ALREADY_PAID")
        step = town.network.parties["relay"].receive(to_request(reject, town.rings["shop"]), "wallet-1")
        assert (step.problem.name if step.problem else None) == problem


@pytest.mark.parametrize(
    ("faulty", "relay", "wallet"),
    [
        ((), "failed", "cancelled"),
        (("relay",), "settled", "cancelled"),
        (("relay", "wallet-1"), "settling", "requested"),
    ],
    ids=["nobody", "relay", "both"],
)
def test_a_consent_that_comes_too_late_is_refused(faulty: tuple[str, ...], relay: str, wallet: str) -> None:
    """By the relay; if it does not look at the clock, by the wallet; only then it goes on, to the shop that refuses."""
    town = Town(order=True, faults=dict.fromkeys(faulty, fault_named("expiry_unchecked")))
    town.does(user.UserPays)
    town.clock.now += 901
    town.begins(user.UserConfirms)
    town.arrives_all_but("payment")
    assert (town.control("relay", "procedure"), town.control("wallet-1", "procedure")) == (relay, wallet)
