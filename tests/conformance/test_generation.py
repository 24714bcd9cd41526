"""Generation: what is tried where the first run to a state does not tell all."""

from __future__ import annotations

from functools import cache

import pytest

from payrelay.conformance.cases import Case
from payrelay.conformance.checks import check
from payrelay.conformance.course import Injected, RanOut, Spoilt
from payrelay.conformance.plans import Part
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.renaming import STRANGER, symbols_in
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import Wanted
from payrelay.conformance.verdicts import Verdict


@cache
def relay() -> Selftest:
    """The kit held against the relay."""
    return Selftest(Wanted().plan("relay", "plain"))


def case(id_: str) -> tuple[Part, Case]:
    """A case by its name."""
    return next(one for one in relay().cases if one[1].id == id_)


def machines(id_: str) -> list[tuple[str, str]]:
    """Which tables take what is tried in a case, and in which states."""
    part, found = case(id_)
    course, at = part.setting.course, found.tried or 0
    after = course.after(part.generator.place_after(found.moves[:at]), found.moves[at])
    return [
        (course.system.instances[moved.machine].table.name, moved.before.control)
        for reaction in after.reactions
        for moved in reaction.moves
    ]


def verdicts(id_: str, variant: str) -> tuple[Verdict, Verdict]:
    """What a case comes to on the role, and on a variant."""
    part, found = case(id_)
    faulty = Rehearsals(part.setting, relay().variants[variant].tables)
    return check(found, Rehearsals(part.setting)).verdict, check(found, faulty).verdict


FORGOTTEN = "registration_relay.forgotten.cancel"
SETTLING = "relay_procedure.settling.doubt_time"
STAYED = "relay_procedure.wait_offers.offer_time.fail_without_wallet"


def test_a_message_is_tried_where_its_names_are_known() -> None:
    assert machines(f"registration.pair.{FORGOTTEN}.stranger") == [("relay_directory", "open")]
    assert machines(f"registration.pair.{FORGOTTEN}.1.known")[-1] == ("registration_relay", "forgotten")
    assert verdicts(f"registration.pair.{FORGOTTEN}.1.known", f"{FORGOTTEN}.drop") == (Verdict.PASS, Verdict.FAIL)


def test_a_state_is_tried_as_it_is_when_all_has_gone_well() -> None:
    name = "registration.pair.registration_relay.done.cancel.1"
    assert verdicts(name, "registration_relay.done.cancel.anew") == (Verdict.PASS, Verdict.PASS)
    assert verdicts(f"{name}.after_all", "registration_relay.done.cancel.anew") == (Verdict.PASS, Verdict.FAIL)


def test_one_timer_tells_what_another_has_changed() -> None:
    name = f"purchase.timer.{SETTLING}"
    _, found = case(f"{name}.then.hold_time")
    at = found.tried or 0
    assert [move.timer for move in found.moves[at : at + 2] if isinstance(move, RanOut)] == ["doubt_time", "hold_time"]
    assert verdicts(name, f"{SETTLING}.drop") == (Verdict.PASS, Verdict.PASS)
    assert verdicts(f"{name}.then.hold_time", f"{SETTLING}.drop") == (Verdict.PASS, Verdict.FAIL)


def test_what_was_refused_is_said_again_as_it_should_have_been() -> None:
    mended = [found for _, found in relay().cases if found.id.endswith(".mended")]
    assert mended
    for found in mended:
        altered, right = found.moves[found.tried or 0 : (found.tried or 0) + 2]
        assert isinstance(altered, Injected)
        assert isinstance(right, Injected)
        assert altered.message != right.message
        assert altered.message.event == right.message.event


@pytest.mark.slow
def test_a_terminal_tells_that_a_state_was_not_left() -> None:
    found = relay().judge(f"{STAYED}.stay")
    assert found.kills
    part, killed = case(found.kills[0].check)
    told = [move.message for move in killed.moves[(killed.tried or 0) + 1 :] if isinstance(move, Injected)]
    assert told[-1].sender == "terminal-1"
    assert part.purpose == "purchase"


@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_no_name_is_invented_that_the_party_would_make_of_a_second_registration(security: str) -> None:
    plan = Wanted().plan("wallet", security)
    for part, found in plan.cases():
        said: set[object] = set()
        place, course = part.setting.course.start, part.setting.course
        for move in found.moves:
            if isinstance(move, Injected):
                assert symbols_in(move.message) & part.generator.ever_made_here <= said, found.id
            after = course.after(place, move)
            if getattr(move, "party", "") in plan.under_test:
                said.update(*(symbols_in(one.message) for one in after.sent))
            place = after.place


@pytest.mark.parametrize(("role", "security"), [("relay", "plain"), ("wallet", "hardened"), ("authority", "hardened")])
def test_each_fault_of_bytes_meets_each_state_and_each_message(role: str, security: str) -> None:
    """Of a message, a state and a fault every two that can be together are."""
    for part in Wanted().plan(role, security).parts:
        generator, system = part.generator, part.setting.course.system
        met, possible = set[tuple[str, ...]](), set[tuple[str, ...]]()
        for case in generator.cases(["spoilings"]):
            for move in case.moves:
                if isinstance(move, Spoilt):
                    met |= pairs(case.machine, case.state, move.message.event, move.aspect)
        for machine, state, _way, place, message in generator._tries():
            if not any(one.name == STRANGER for one in symbols_in(message)):
                for aspect in generator._aspects(machine, place, message):
                    possible |= pairs(system.instances[machine].id, state, message.event, aspect.aspect)
        assert met == possible
        assert met


def pairs(machine: str, state: str, event: str, aspect: str) -> set[tuple[str, ...]]:
    """Every two of three values at a machine."""
    return {(machine, "state", state, event), (machine, "state", state, aspect), (machine, "event", event, aspect)}


def test_whether_one_signed_anew_is_the_same_is_not_asked() -> None:
    """A wallet that is told payment information again may compare bytes, or what they mean."""
    spoilt = [one.id for _, one in Selftest(Wanted().plan("wallet", "hardened")).cases if one.stage == "spoilt"]
    expired = [id_ for id_ in spoilt if id_.endswith("forwarded_payment_info.expired")]
    assert "purchase.spoilt.wallet_procedure.idle.forwarded_payment_info.expired" in expired
    assert not [id_ for id_ in expired if "await_consent" in id_]
