"""The registration authority, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Timeout
from payrelay.language.terms import Sealed, Signed, Symbol
from payrelay.model.data import opened
from payrelay.model.messages.registration import (
    ActivationRequest,
    ActivationResponse,
    Answer,
    AuthenticationInfo,
    ForwardedFormAnswers,
    ForwardedRegistrationRequest,
    RegistrationForm,
    RegistrationReject,
)
from payrelay.model.occurrences import CertificateActive, CertificateIssued, CertificateRevoked, TryUsed

REG_ID, CERTIFICATE = Symbol("reg_id", "r1"), Symbol("certificate", "r1")
REQUEST = ForwardedRegistrationRequest(
    reg_txn=Symbol("reg_txn", "r1"), user_ref=Symbol("user_ref", "user at authority"), wallet="wallet-1"
)
ANSWERS = ForwardedFormAnswers(reg_id=REG_ID, round=1, values=(Answer("account", Symbol("answer", "account")),))
WRONG = replace(ANSWERS, errors=("account",))
STORED = ActivationRequest(reg_id=REG_ID, is_stored=True)
REFUSED = ActivationRequest(reg_id=REG_ID, is_stored=False)


@pytest.fixture
def authority(registrations: SimpleNamespace) -> Any:
    return registrations.talk("authority/registration-r1", tries=3)


def asked(authority: Any) -> Any:
    (form,) = authority.hears(REQUEST, "relay")
    assert isinstance(form, RegistrationForm)
    assert isinstance(form.form, Signed)
    return form


def occurrences(answer: Any) -> list[Any]:
    return [output for output in answer.outputs if not hasattr(output, "message")]


def test_a_form_is_repeated(authority: Any) -> None:
    assert [asked(authority)] == authority.hears(REQUEST, "relay")


def test_a_user_may_be_refused(authority: Any) -> None:
    (reject,) = authority.hears(replace(REQUEST, acceptable=False), "relay")
    assert (reject.round, reject.is_final, reject.reason) == (0, True, "REFUSED")
    assert authority.state == "rejected"
    assert authority.passes_over(REQUEST, "relay").startswith("a late copy")


def test_good_answers_are_answered_once(authority: Any) -> None:
    asked(authority)
    answer = authority.says(ANSWERS, "relay")
    assert occurrences(answer) == [CertificateIssued(REG_ID, CERTIFICATE)]
    info = answer.outputs[-1].message
    assert isinstance(info, AuthenticationInfo)
    assert getattr(opened(info.auth_info), "secret", None) == Sealed("wallet-1", Symbol("secret", "r1"))
    assert authority.hears(WRONG, "relay") == [info]  # what it would find now does not matter
    assert occurrences(authority.says(STORED, "relay")) == [CertificateActive(REG_ID, CERTIFICATE)]
    assert authority.state == "active"
    assert authority.hears(ANSWERS, "relay") == [info]
    (active,) = authority.hears(REFUSED, "relay")
    assert active == ActivationResponse(reg_id=REG_ID, is_active=True)
    assert authority.state == "active"


def test_the_proof_goes_to_the_wallet_as_it_was_answered(authority: Any) -> None:
    asked(authority)
    proof = Answer("user_auth", Sealed("authority", Symbol("answer", "1234")))
    (info,) = authority.hears(replace(ANSWERS, values=(*ANSWERS.values, proof)), "relay")
    assert getattr(opened(info.auth_info), "user_auth", None) == Sealed("wallet-1", Symbol("user_auth", "1234"))


def test_wrong_answers_use_up_tries_one_by_one(authority: Any) -> None:
    asked(authority)
    first = authority.says(WRONG, "relay")
    assert occurrences(first) == [TryUsed(REG_ID, 1, is_last=False)]
    reject = first.outputs[-1].message
    assert isinstance(reject, RegistrationReject)
    assert (reject.is_final, reject.errors) == (False, ("account",))
    assert authority.hears(ANSWERS, "relay") == [reject]
    second = authority.says(replace(WRONG, round=2), "relay")
    assert occurrences(second) == [TryUsed(REG_ID, 2, is_last=False)]
    assert "later round" in authority.passes_over(WRONG, "relay")
    third = authority.says(replace(WRONG, round=3), "relay")
    assert occurrences(third) == [TryUsed(REG_ID, 3, is_last=True)]
    assert authority.state == "rejected"
    (late,) = authority.hears(replace(ANSWERS, round=3), "relay")
    assert (late.is_final, late.round, late.reason) == (True, 3, "ANSWERS")


def test_a_form_expires(authority: Any) -> None:
    asked(authority)
    assert authority.hears(Timeout("form_expiry")) == []
    (reject,) = authority.hears(ANSWERS, "relay")
    assert (authority.state, reject.is_final, reject.reason) == ("expired", True, "EXPIRED")


@pytest.mark.parametrize("how", [REFUSED, Timeout("activation_time")], ids=["refused", "too late"])
def test_a_certificate_is_revoked(authority: Any, how: Any) -> None:
    asked(authority)
    authority.hears(WRONG, "relay")
    authority.hears(replace(ANSWERS, round=2), "relay")
    assert occurrences(authority.says(how, "relay")) == [CertificateRevoked(REG_ID, CERTIFICATE)]
    (revoked,) = authority.hears(STORED, "relay")
    assert revoked == ActivationResponse(reg_id=REG_ID, is_active=False)
    (reject,) = authority.hears(replace(ANSWERS, round=2), "relay")
    assert (authority.state, reject.is_final, reject.reason) == ("revoked", True, "EXPIRED")


def test_invalid_senders_are_passed_over(authority: Any) -> None:
    assert "bound" in authority.passes_over(REQUEST, "wallet-1")
    asked(authority)
    assert "durable" in authority.passes_over(Restart())
