"""The relay's directory of registrations, row by row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.messages import Restart, Tell
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.messages.internal import AnotherProcedure
from payrelay.model.messages.registration import FormAnswers, RegistrationRequest

EDGE: dict[str, Any] = {
    "session": Symbol("session", "1"),
    "request_nonce": Symbol("registration_nonce", "1"),
    "sender": "terminal-1",
    "receiver": "relay",
}
REQUEST = RegistrationRequest(authority="authority", wallet="wallet-1", capabilities=CAPABILITIES["plain_text"], **EDGE)
ANSWERS = FormAnswers(
    handle=Symbol("handle", "r1"),
    reg_id=Symbol("reg_id", "r1"),
    round=1,
    page=1,
    values=(),
    terms_accepted=True,
    **EDGE,
)


@pytest.fixture
def directory(registrations: SimpleNamespace) -> Any:
    return registrations.talk("relay/directory", registrations=2)


def test_a_registration_is_opened_and_found_again(directory: Any) -> None:
    assert directory.says(REQUEST).outputs == (Tell("registration-r1", REQUEST),)
    assert directory.says(REQUEST).outputs == (Tell("registration-r1", REQUEST),)
    assert directory.says(ANSWERS).outputs == (Tell("registration-r1", ANSWERS),)
    other = replace(REQUEST, wallet="wallet-2")
    assert directory.says(other).outputs == (Tell("registration-r2", other),)
    assert "durable" in directory.passes_over(Restart())


def test_a_new_one_takes_the_place_of_the_old(directory: Any) -> None:
    directory.says(REQUEST)
    assert directory.says(AnotherProcedure(request=REQUEST)).outputs == (Tell("registration-r2", REQUEST),)
    assert directory.says(REQUEST).outputs == (Tell("registration-r2", REQUEST),)
    assert directory.says(ANSWERS).outputs == (Tell("registration-r1", ANSWERS),)
    (error,) = directory.hears(AnotherProcedure(request=REQUEST))
    assert (error.code, error.handle) == ("UNKNOWN_PROCEDURE", None)


def test_what_is_unknown_is_refused(directory: Any) -> None:
    (error,) = directory.hears(ANSWERS)
    assert (error.code, error.handle) == ("UNKNOWN_PROCEDURE", ANSWERS.handle)
    for wallet in ("wallet-1", "wallet-2"):
        directory.says(replace(REQUEST, wallet=wallet))
    (error,) = directory.hears(replace(REQUEST, wallet="wallet-3"))
    assert error.code == "UNKNOWN_PROCEDURE"
    (error,) = directory.hears(replace(ANSWERS, session=Symbol("session", "another")))
    assert error.code == "UNKNOWN_PROCEDURE"
