"""What stands already at a system under test has values of its own: other amounts, other texts, other names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.conformance import reference
from tests.conformance.playing import going_well, next_move

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.checks import SetUpError
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.correspondence import Mismatch
from payrelay.conformance.deviations import Deviation
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.subjects import Rehearsed
from payrelay.language.terms import Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.conversion import Amount
from payrelay.reference_impl.systems import ACCOUNT, Plan
from payrelay.wire.identities import counted
from payrelay.wire.set_up import EnrolledAt, KnownAs, OpenSession, PayableOrder, set_up_request

ORDER = PayableOrder(
    Symbol("order_ref", "an-order-of-their-own-1"),
    "relay",
    "payment",
    Amount(1980, "EUR"),
    "Their shop",
    "whatever it is",
    ("their brand",),
)


def model(security: str = "hardened", capability: str = "html") -> PaymentConfiguration:
    """A purchase that goes well."""
    return going_well(security=security, capability=capability)


def begun(party: str, real: object) -> Performance:
    """A test of a party at which something of its own stands, which the kit is told."""
    setting = Setting(model(), frozenset([party]), b"tests", 1_800_000_000)
    found = setting.correspondence(1)
    (thing,) = (one for of, one in setting.things(Wishes()) if of == party)
    found.stand_for(thing, real)
    rings = {party: replace(setting.keys[party], made={})}
    subject = Rehearsed(rings, {party: setting.world(party)}, counted(b"subject"), setting.now)
    issuer = found.rings["authority"].at(setting.now, counted(b"issuer"))
    assert (answered := subject.set_up(party, set_up_request(real, issuer, party, "token"))) is not None
    assert answered.status == 204
    return Performance(setting, subject, found)


def to_its_end(performance: Performance) -> str:
    """Play until nothing is left to be done; what the terminal shows."""
    course = performance.course
    while (shows := course.local(performance.place, "terminal-1/purchase").control) != "done":
        move = next_move(course, performance.place)
        assert move is not None, shows
        performance.perform(move)
    return shows


def test_an_order_of_the_shops_own_is_paid() -> None:
    performance = begun("shop", ORDER)
    assert to_its_end(performance) == "done"
    assert performance.found.amounts == {Amount(2, "JPY"): Amount(1980, "EUR")}


def test_another_amount_than_stands_is_found() -> None:
    performance = begun("shop", ORDER)
    performance.found.amounts[Amount(2, "JPY")] = Amount(1981, "EUR")
    with pytest.raises(Deviation, match=r"amount is Amount\(value=1980, currency='EUR'\), expected .*1981") as caught:
        to_its_end(performance)
    assert caught.value.kind == "wrong_content"


def test_a_session_of_the_relays_own_is_used() -> None:
    session = OpenSession(
        Symbol("session", "a-session-of-their-own-1"),
        "their user",
        (EnrolledAt("wallet-1", ("their brand",)), EnrolledAt("wallet-2", ("their brand",))),
        tuple(
            KnownAs(peer, Symbol("user_ref", f"{peer}-knows-the-user-so"))
            for peer in ("wallet-1", "wallet-2", "authority")
        ),
    )
    assert to_its_end(begun("relay", session)) == "done"
    with pytest.raises(Mismatch, match="wallets"):
        begun("relay", replace(session, wallets=session.wallets[:1]))


@pytest.mark.slow
def test_a_listed_account_is_debited_over_http(tmp_path: Path) -> None:
    path = reference.write(tmp_path, "payment", Plan(security="hardened"))
    text = path.read_text(encoding="utf-8")
    token = next(line for line in text.splitlines() if line.startswith("token"))
    listed = f'[[data.accounts]]\naccount = "{ACCOUNT}"\nissuer = "approves"'
    path.write_text(text.replace(f"[data]\n{token}", listed), encoding="utf-8")
    assembly = Assembly(read_configuration(path, {}))
    with assembly.at_work() as board:
        setting = assembly.setting(model(), board)
        for number in range(2):  # an account is there again
            found = setting.correspondence(number)
            with board.test(f"test-{number}", found) as test:
                assembly.prepare(setting, found, Wishes(), test)
                assert to_its_end(Performance(setting, test, found)) == "done"


def test_an_order_is_paid_once(tmp_path: Path) -> None:
    text = reference.write(tmp_path, "shop").read_text(encoding="utf-8")
    token = next(line for line in text.splitlines() if line.startswith("token"))
    listed = "\n".join(
        [
            *("[[data.orders]]", 'order = "an-order-of-their-own-1"', 'relay = "relay"', 'payment_server = "payment"'),
            *('total = { value = 1980, currency = "EUR" }', 'payee_name = "Their shop"', 'description = "a book"'),
            'brands = ["brand"]',
        ]
    )
    path = tmp_path / "conform.toml"
    path.write_text(text.replace(f"[data]\n{token}", listed), encoding="utf-8")
    assembly = Assembly(read_configuration(path, {}))
    setting = Setting(model("plain"), frozenset(["shop"]), b"tests", 1_800_000_000)
    found = setting.correspondence(1)
    assembly.prepare(setting, found, Wishes(), None)  # type: ignore[arg-type]  # nobody is asked
    assert found.amounts == {Amount(2, "JPY"): Amount(1980, "EUR")}
    with pytest.raises(SetUpError, match=r"all 1 \[\[data.orders\]\] are used up"):
        assembly.prepare(setting, setting.correspondence(2), Wishes(), None)  # type: ignore[arg-type]
