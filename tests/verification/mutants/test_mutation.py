"""Mutations: which faulty variants are generated from a table, and what they are called."""

import pytest

from payrelay.classics.request_answer import Client, ServerDesk, ServerLedger
from payrelay.language.edits import Edit, edited
from payrelay.language.messages import Send
from payrelay.language.role import RoleTable, role_table
from payrelay.model.roles.relay_procedure import RelayProcedure
from payrelay.model.roles.wallet_procedure import WalletProcedure
from payrelay.verification.mutants.mutation import KINDS, Mutation, Outputs, mutations, outputs_of, row_labels

TABLES = [role_table(role) for role in (Client, ServerDesk, ServerLedger, RelayProcedure, WalletProcedure)]
SENDING = Outputs(2, is_readdressable=True)


def generated(table: RoleTable, outputs: Outputs = SENDING) -> list[Mutation]:
    return list(mutations(table, {(table.name, row.name): outputs for row in table.rows}))


def names(table: RoleTable, outputs: Outputs = SENDING) -> set[str]:
    return {one.name for one in generated(table, outputs)}


def test_every_kind_is_generated() -> None:
    assert {one.kind for table in TABLES for one in generated(table)} | {"named"} == set(KINDS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_mutation_has_a_name_of_its_own_and_changes_its_table(table: RoleTable) -> None:
    found = generated(table)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.name.startswith(f"{table.name}.")
        assert edited([table], one.edits)[table.name] != table


def test_the_names_say_where_and_what() -> None:
    assert names(role_table(ServerLedger)) == {
        "server_ledger.free.serve.drop",
        "server_ledger.free.serve.stay",
        "server_ledger.free.serve.repeat",
        "server_ledger.free.serve.double_1",
        "server_ledger.free.serve.double_2",
        "server_ledger.free.serve.withhold_1",
        "server_ledger.free.serve.withhold_2",
        "server_ledger.free.serve.readdress",
        "server_ledger.taken.serve.drop",
        "server_ledger.taken.serve.repeat",
        "server_ledger.taken.serve.double_1",
        "server_ledger.taken.serve.double_2",
        "server_ledger.taken.serve.withhold_1",
        "server_ledger.taken.serve.withhold_2",
        "server_ledger.taken.serve.anew",
        "server_ledger.taken.serve.readdress",
        "server_ledger.taken.amnesia",
    }
    assert "server_desk.open.request.look_up.negate_is_welcome" in names(role_table(ServerDesk))
    assert "relay_procedure.wait_consent.cancel.drop" in names(role_table(RelayProcedure))
    assert "relay_procedure.uncorrelated" in names(role_table(RelayProcedure))


def test_rows_of_a_cell_that_do_the_same_are_numbered() -> None:
    labels = set(row_labels(role_table(RelayProcedure)))
    assert {"", ".forward_consent", ".fail_on_consent_1", ".fail_on_consent_2"} <= labels


def test_a_row_that_sends_nothing_is_neither_repeated_nor_silenced() -> None:
    kinds = {one.kind for one in generated(role_table(ServerLedger), Outputs())}
    assert kinds == {"drop", "stay", "anew", "amnesia"}


def test_one_output_of_one_is_not_doubled_since_the_row_is_repeated() -> None:
    kinds = {one.kind for one in generated(role_table(ServerLedger), Outputs(1))}
    assert kinds == {"drop", "stay", "repeat", "withhold", "anew", "amnesia"}


def test_a_row_is_redirected_to_where_it_was_and_if_it_leads_elsewhere_to_the_beginning() -> None:
    found = names(role_table(Client))
    assert {"client.waiting.answer.stay", "client.waiting.answer.to_initial", "client.idle.ask.stay"} <= found
    assert (
        not {"client.idle.ask.to_initial", "client.waiting.patience.stay", "client.refused.forget.to_initial"} & found
    )


def test_a_durable_state_is_lost_as_the_others_of_its_role_are() -> None:
    (mutation,) = (
        m for m in generated(role_table(RelayProcedure)) if m.name == "relay_procedure.settling.restart.amnesia"
    )
    table = edited([role_table(RelayProcedure)], mutation.edits)["relay_procedure"]
    (row,) = table.rows_of("settling", "restart")
    assert (row.action.__name__ if row.action else "", row.target) == ("forget", "forgotten")


def test_what_is_sent_to_the_only_one_of_a_role_cannot_go_to_another() -> None:
    from payrelay.classics.request_answer import Refusal

    assert outputs_of((Send("shop", Refusal()),)) == Outputs(1, is_readdressable=False)
    assert outputs_of((Send("client-1", Refusal()), Send("shop", Refusal()))) == Outputs(2, is_readdressable=True)
    assert Outputs(1, is_readdressable=True) | Outputs(2) == SENDING


def test_the_base_of_edits_has_no_change_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        Edit(role="client").changed(role_table(Client).rows[0])
