"""What rows send: every one is seen at work, and what runs of the model show is what is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docs import sends
from docs.documents import DocumentError
from docs.sends import done_by_rows, reactions
from payrelay.language.role import Row, role_table
from payrelay.model.protocol import ROLES
from payrelay.model.roles.relay_procedure import RelayProcedure


def test_every_row_that_does_anything_is_told() -> None:
    rows = {(table.name, row.name) for table in map(role_table, ROLES) for row in table.rows if row.action}
    assert rows <= set(done_by_rows())


def test_what_a_relay_does_of_those_who_lie_is_told() -> None:
    told = {name: list(done.sends) for (table, name), done in done_by_rows().items() if table == "relay_procedure"}
    lied = "wait_payment_info: payment_info_message [not is_good_info] / fail_on_shop -> failed"
    assert told[lied] == [("ProcedureAbort", "shop"), ("ErrorSummary", "terminal")]
    other = "wait_confirming_info: confirm_info_message [not is_confirmable] / fail_on_confirm_info -> failed"
    assert told[other] == [("ForwardedCancel", "wallet"), ("ErrorSummary", "terminal")]


def test_a_reaction_goes_through_the_machines_of_a_party() -> None:
    told = {(role, cause): dict(sent) for role, cause, sent in reactions()}
    assert told["shop", "ForwardedProcedureRequest"] == {"PaymentInfoMessage": "relay", "ProcedureReject": "relay"}
    assert told["wallet", "ForwardedPaymentInfo"] == {"ConfirmInfoMessage": "relay", "WalletReject": "relay"}
    assert "ForwardedRegistrationRequest" not in told["relay", "ProcedureRequest"]
    assert ("shop", "ProcedureAbort") not in told


def test_a_row_that_nothing_shows_is_an_error() -> None:
    read = role_table(RelayProcedure)

    def nothing(data: object, _message: object) -> tuple[object, tuple[()]]:
        return data, ()

    unseen = Row("idle", "cancel", (), nothing, "idle")
    odd = replace(read, rows=(*read.rows, unseen))
    with pytest.raises(DocumentError, match="no run takes the row 'idle: cancel / nothing -> idle'"):
        sends._elsewhere(odd, unseen, {})
