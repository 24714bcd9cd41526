"""Mutants: what becomes of each, every status by a real one."""

from dataclasses import replace

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import Client, ServerDesk, ServerLedger
from payrelay.cli.catalogue import payments
from payrelay.language.configurations import Configuration
from payrelay.language.edits import Act, Edit, Redirect, Variant, edited
from payrelay.language.role import Effect, role_table
from payrelay.language.systems import System
from payrelay.verification.coverage import tables_of
from payrelay.verification.engines.exploration import Limits
from payrelay.verification.mutants.edited import ForgivingTabulation
from payrelay.verification.mutants.judgement import Judgement, alone, judge, judge_variant
from payrelay.verification.mutants.mutation import Mutation, Outputs, mutations
from payrelay.verification.mutants.unedited import Unedited

FRIENDLY, LOSSY, UNBOUNDED = (
    Unedited(request_answer.system(one), request_answer.PROPERTIES)
    for one in (request_answer.FRIENDLY, request_answer.LOSSY, request_answer.UNBOUNDED)
)


def build(unedited: Unedited, edits: tuple[Edit, ...]) -> System:
    tables = edited(tables_of(unedited.system).values(), edits)
    instances = tuple(replace(one, table=tables[one.table.name]) for one in unedited.system.instances)
    return replace(unedited.system, instances=instances)


def named(name: str) -> Mutation:
    outputs: dict[tuple[str, str], Outputs] = {}
    for unedited in (FRIENDLY, UNBOUNDED):
        outputs |= unedited.ground.outputs()
    every = (one for role in (Client, ServerDesk, ServerLedger) for one in mutations(role_table(role), outputs))
    return next(one for one in every if one.name == name)


def judged(name: str, *configurations: Unedited, limits: Limits | None = None, is_traced: bool = False) -> Judgement:
    where = configurations or (FRIENDLY, LOSSY, UNBOUNDED)
    return judge(named(name), where, build, lambda: replace(limits or Limits()), is_traced=is_traced)


def test_safety_kills_with_a_run() -> None:
    found = judged("server_ledger.free.serve.stay", is_traced=True)
    assert (found.status, found.killed_by, found.configuration) == (
        "killed",
        ("the_server_serves_at_most_once",),
        "lossy",
    )
    assert found.trace is not None
    assert found.trace.property == "the_server_serves_at_most_once"
    assert found.reason.startswith("in lossy, in a run of ")


def test_all_properties_of_one_search_are_told() -> None:
    assert len(judged("client.idle.ask.drop").killed_by) > 0
    assert judged("client.idle.ask.drop").reason == "in friendly, where something is not possible any more"


def test_response_kills_where_safety_does_not() -> None:
    found = judged("client.waiting.patience.drop", LOSSY, is_traced=True)
    assert found.status == "killed"
    assert set(found.killed_by) == {"the_client_can_always_come_to_rest", "every_request_is_answered"}
    assert found.trace is not None


def test_what_is_sent_twice_is_the_same_where_everything_may_be_delivered_twice() -> None:
    found = judged("client.waiting.patience.repeat", UNBOUNDED)
    assert (found.status, found.killed_by) == ("equivalent", ())


def test_a_difference_that_no_property_sees_is_masked_and_told() -> None:
    found = judged("client.waiting.patience.repeat", LOSSY)
    assert (found.status, found.configuration) == ("masked", "lossy")
    assert found.reason == (
        "in lossy: client-1/client in waiting on patience stays, sends Request to server, sends Request to server; "
        "unedited it stays, sends Request to server"
    )


def test_a_lost_restart_is_a_difference() -> None:
    assert judged("server_desk.open.restart.drop", UNBOUNDED).status == "masked"
    assert judged("server_ledger.taken.amnesia", UNBOUNDED).killed_by == ("the_server_serves_at_most_once",)


def test_a_row_that_no_run_takes_is_said_to_be_unreached() -> None:
    assert judged("client.waiting.refusal.drop").status == "unreached"
    assert judged("client.waiting.refusal.drop").reason.startswith("no run of any searched configuration takes")


def test_a_limit_is_inconclusive() -> None:
    found = judged("client.waiting.patience.repeat", LOSSY, limits=Limits(states=1))
    assert (found.status, found.reason) == ("inconclusive", "lossy: the limit of 1 states was reached")


def count(data: int | None, message: object) -> Effect:
    """Know more each time."""
    return (data or 0) + 1, ()


def test_tables_without_end_kill_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForgivingTabulation, "most_local_states", 10)
    edit = Act(role="client", event="patience", instead=count)
    found = judge(Mutation("counting", "act", (edit,)), (LOSSY,), build)
    assert (found.status, found.killed_by) == ("ill_formed", ())
    assert "has over 13 local states" in found.reason  # ten, and the three that the client has


def stumble(data: object, message: object) -> Effect:
    """Fail."""
    raise ZeroDivisionError("nothing was there")


def test_a_step_that_fails_is_undone() -> None:
    edit = Act(role="server_ledger", event="serve", instead=stumble)
    found = judge(Mutation("stumbling", "act", (edit,)), (FRIENDLY,), build)
    assert found.killed_by[0] == "a_client_can_be_served"
    difference = FRIENDLY.ground.difference(build(FRIENDLY, (edit,)))
    assert difference.told.startswith("server/desk in open on request passes it over; unedited it stays")


def test_a_variant_that_violates_what_it_says_is_killed_and_another_survives() -> None:
    stays = Redirect(role="server_ledger", event="serve", to="free")
    wrong = Variant("broken_a", "It forgets.", (stays,), ("the_server_serves_at_most_once",), "lossy")
    idle = Variant("broken_b", "It forgets.", (stays,), ("a_client_can_be_served",), "lossy")
    properties = request_answer.PROPERTIES
    assert judge_variant(wrong, LOSSY, properties, build).status == "killed"
    survivor = judge_variant(idle, LOSSY, properties, build)
    assert (survivor.status, survivor.reason) == (
        "survived",
        "it must violate a_client_can_be_served in lossy, and does not",
    )
    cut = judge_variant(idle, LOSSY, properties, build, Limits(states=1))
    assert cut.status == "inconclusive"


def test_alone_is_who_kills_with_no_other() -> None:
    judgements = [
        Judgement("a", "drop", "killed", ("one",)),
        Judgement("b", "drop", "killed", ("one", "two")),
        Judgement("c", "drop", "masked"),
    ]
    assert alone(judgements) == {"one": ["a"]}


SAMPLE = {
    "shop_attempt.pending.authorization_response.pass_on_refusal.drop": "killed",
    "terminal.shopping.order_ack.drop": "killed",
    "relay_procedure.settling.progress_inquiry.drop": "killed",
    "relay_procedure.wait_consent.user_time.drop": "unreached",
    "relay_procedure.wait_choice.wallet_choice.answer_page.drop": "unreached",
}
"""Of 1425 generated mutants of the payment protocol, these few, in its three smallest configurations."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status"), SAMPLE.items())
def test_a_sample_of_the_payment_protocol(name: str, status: str) -> None:
    catalogue = payments()
    found: list[Configuration] = [
        one for one in catalogue.configurations if one.name in ("happy", "benign", "claim_8_literally")
    ]
    small = [Unedited(catalogue.system(one), catalogue.properties) for one in found]
    small.sort(key=lambda one: one.cost)
    outputs: dict[tuple[str, str], Outputs] = {}
    for unedited in small:
        outputs |= unedited.ground.outputs()
    every = (one for role in catalogue.roles for one in mutations(role_table(role), outputs))
    mutation = next(one for one in every if one.name == name)
    judgement = judge(mutation, small, lambda unedited, edits: catalogue.build(unedited.system.configuration, edits))
    print(f"{len(SAMPLE)} of the payment protocol's mutants are judged here; {name}: {judgement.reason}")
    assert judgement.status == status
