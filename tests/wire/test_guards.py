"""What is spoiled and still a message is refused by the role that gets it: none of its rows takes it for good."""

from dataclasses import replace
from typing import Any

import pytest
from tests.wire.runs import NOW, SEED, Run, _told, parties_of, run_of

from payrelay.language.messages import Message
from payrelay.language.role import Handled, Ignored
from payrelay.language.systems import react, step_by_table
from payrelay.model.messages.purchase import AuthorizationConflict, AuthorizationRequest, AuthorizationResponse
from payrelay.model.scenarios import SCENARIOS
from payrelay.wire import Malformed, read, write
from payrelay.wire.forgeries import Keys
from payrelay.wire.identities import YEAR, counted, keyrings
from payrelay.wire.spoilings import EXPIRED, UNREAD, UNVERIFIED, spoil

TERMS = (UNVERIFIED, UNREAD, EXPIRED)
NOT_GUARDED = {
    "ResultSummary": "a terminal shows the receipt, or proves it, apart from its steps",
    "SettlementStatus": "it is a text for the user, and never a result",
    "ForwardedFormAnswers": "the authority looks at the answers itself, and says what it finds wrong (errors)",
}
"""Messages whose signed or sealed objects no guard looks at, each with the reason."""
RUNS = ("happy_path", "registration", "status_inquiry", "wallet_selection")


def keys_of(run: Run) -> Keys:
    """All keys, at the time of the run."""
    parties = (*parties_of(run.system), "wallet-9", "shop-9")
    return Keys(
        rings=keyrings(parties, SEED, NOW - 1000),
        strangers=keyrings(parties, b"strangers", NOW - 1000),
        former=keyrings(parties, SEED, NOW - 2 * YEAR, NOW - 1),
        now=run.now + 1,
    )


@pytest.mark.parametrize("name", RUNS)
def test_invalid_objects_change_the_step(name: str) -> None:
    (scenario,) = [one for one in SCENARIOS if one.name == name]
    run, happenings = run_of(scenario, "hardened")
    refused: set[tuple[str, str]] = set()
    for happening in happenings:
        if happening.message is not None and happening.reaction is not None and happening.kind == "deliver":
            chosen: Any = happening.reaction.moves[0].received
            data = run.bytes_of[happening.message]
            kind = type(happening.message).__name__
            for spoiled in spoil(data, keys_of(run), "hardened", counted(b"spoilings")):
                found = read(spoiled.data, run.rings[happening.message.receiver], run.now + 1)
                if isinstance(found, Malformed):
                    assert spoiled.refused not in TERMS
                    continue
                given = {one: getattr(chosen, one) for one in type(found).given if one != "validity"}
                machine = happening.reaction.moves[0].machine
                reaction = react(run.system, machine, replace(found, **given), run.locals, step_by_table(run.system))
                if kind not in NOT_GUARDED:
                    assert _told(reaction) != _told(happening.reaction), (spoiled.name, spoiled.at)
                refused.add((kind, spoiled.refused))
        wanted, found_steps = run.take(happening)
        assert found_steps == wanted
    assert len(refused) > 1


def _last(kind: type[Message], name: str) -> tuple[Run, Message, int]:
    """The last such message of a run that was run to its end, as it was read, and the machine that got it."""
    (scenario,) = [one for one in SCENARIOS if one.name == name]
    run, happenings = run_of(scenario, "hardened")
    machine = -1
    for happening in happenings:
        run.take(happening)
        if isinstance(happening.message, kind) and happening.reaction:
            machine = happening.reaction.moves[0].machine
    received = [one.received for one in run.deliveries if isinstance(one.received, kind)]
    return run, received[-1], machine


def test_a_replayed_message_is_a_duplicate_and_another_under_its_key_a_conflict() -> None:
    run, request, machine = _last(AuthorizationRequest, "happy_path")
    assert isinstance(request, AuthorizationRequest)
    step = step_by_table(run.system)
    again = step(machine, run.locals[machine], request)
    assert isinstance(again, Handled)
    assert [type(one.message) for one in again.outputs] == [AuthorizationResponse]  # type: ignore[union-attr]
    assert again.after == run.locals[machine]
    other = replace(request, amount=replace(request.amount, value=request.amount.value + 1))
    data = write(other, run.rings[other.sender].at(run.now, run.random))
    replayed = read(data, run.rings["payment"], run.now)
    assert isinstance(replayed, AuthorizationRequest)
    conflict = step(machine, run.locals[machine], replayed)
    assert isinstance(conflict, Handled)
    assert [type(one.message) for one in conflict.outputs] == [AuthorizationConflict]  # type: ignore[union-attr]
    assert conflict.after == run.locals[machine]


def test_invalid_sender_is_ignored_where_the_channel_is_not_authenticated() -> None:
    run, request, machine = _last(AuthorizationRequest, "happy_path")
    other = replace(request, sender="shop-9")
    assert isinstance(step_by_table(run.system)(machine, run.locals[machine], other), Ignored)
