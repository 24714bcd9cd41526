"""Reasons: what a system under test calls them is translated where they are compared, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.correspondence import Mismatch
from payrelay.conformance.generation import Generator
from payrelay.conformance.plans import Plan
from payrelay.conformance.reasons import AUTHORITY_REASONS, CANONICAL, problem_named
from payrelay.language.configurations import ConfigurationError
from payrelay.language.terms import Symbol
from payrelay.model.messages.purchase import ProcedureReject
from payrelay.model.roles.relay_procedure import SHOP_REASONS
from payrelay.wire.exchange import Response
from payrelay.wire.problem_documents import BASE

from .runs import setting
from .test_configuration import TEXT


def answer(status: int, **document: str) -> Response:
    """A problem document."""
    return Response(status, (("content-type", "application/problem+json"),), json.dumps(document).encode())


@pytest.mark.parametrize(
    ("response", "theirs", "name"),
    [
        (answer(409, type=f"{BASE}protocol-error"), {}, "protocol-error"),
        (answer(409, type=f"{BASE}protocol-error"), {"409": "malformed"}, "protocol-error"),
        (answer(409, type="E_DUP"), {}, "E_DUP"),
        (answer(409, type="E_DUP"), {"E_DUP": "protocol-error"}, "protocol-error"),
        (answer(409, type="about:blank", reason="E_DUP"), {"E_DUP": "protocol-error"}, "protocol-error"),
        (answer(409, reason="E_DUP"), {"409": "malformed", "E_DUP": "protocol-error"}, "protocol-error"),
        (answer(400, type="E_SIG"), {"E_SIG": "bad_signature"}, "forbidden"),
        (answer(400, type="E_JSON"), {"E_JSON": "not_json"}, "malformed"),
        (Response(409, (), b"no"), {"409": "protocol-error"}, "protocol-error"),
        (Response(409, (), b"no"), {}, "status 409"),
    ],
)
def test_problems_are_compared_by_the_protocols_names(response: Response, theirs: Mapping[str, str], name: str) -> None:
    assert problem_named(response, theirs) == name


def test_refusals_are_compared_by_the_protocols_reasons() -> None:
    found = replace(setting("shop"), reasons={"SOLD_OUT": "ALREADY_PAID"}).correspondence(1)
    said = ProcedureReject(sender="shop", receiver="relay", relay_txn=Symbol("relay_txn", "1"), reason="ALREADY_PAID")
    made: Any = found.message(said)
    real = replace(made, reason="SOLD_OUT")
    found.match(said, real)
    with pytest.raises(Mismatch):
        found.match(said, replace(made, reason="SOLD"))
    with pytest.raises(Mismatch):
        found.match(replace(said, reason="SOLD_OUT"), real)


def test_every_reason_of_the_model_is_known() -> None:
    plans = (Plan(frozenset([party]), "plain", "json", 1, 0) for party in ("shop", "wallet-1", "authority"))
    generators: list[Generator] = [plan.parts[0].generator for plan in plans]
    said = {
        getattr(message, "reason", "")
        for of in generators
        for place in of.explored.came_by
        for message in place.under_way
    }
    assert set(SHOP_REASONS) & said
    assert set(AUTHORITY_REASONS) & said
    assert said - {""} <= set(CANONICAL)


def test_an_error_map_is_read(tmp_path: Path) -> None:
    path = tmp_path / "conform.toml"
    path.write_text(f'{TEXT}[error_map]\n"409" = "protocol-error"\nSOLD_OUT = "ALREADY_PAID"\n', encoding="utf-8")
    assert read_configuration(path, {}).reasons == {"409": "protocol-error", "SOLD_OUT": "ALREADY_PAID"}
    path.write_text(f'{TEXT}[error_map]\nSOLD_OUT = "ALREADY_PAYED"\n', encoding="utf-8")
    with pytest.raises(
        ConfigurationError, match=r"conform.toml:17: error_map.SOLD_OUT: no reason 'ALREADY_PAYED'; did"
    ):
        read_configuration(path, {})
