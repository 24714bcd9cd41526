"""Registration as a whole: counts of messages, the exact size of the search, and its tables against the library."""

from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.language.links import role_of
from payrelay.language.messages import Restart
from payrelay.language.properties import Failed, Never, Property
from payrelay.language.role import LibraryStepper, ProtocolError
from payrelay.language.terms import Symbol
from payrelay.model.messages.registration import FormAnswers, ForwardedFormAnswers, RegistrationResult
from payrelay.model.messages.terminal_edge import ProcedureRequest, ProgressSummary
from payrelay.model.messages.user import UserAnswers, UserRegisters
from payrelay.model.occurrences import AuthInfoHeld, CertificateActive, RegistrationShown
from payrelay.model.registration import REGISTRATION_DISPATCH, registration_instances
from payrelay.verification.tables.tabulation import Tabulation

NO_ERROR = Property("no_protocol_error", "npe", "Nothing comes where it has no place.", conjuncts=(Never(Failed()),))


def completed(registrations: SimpleNamespace, **settings: Any) -> Any:
    """A run in which the user registers and answers all pages."""
    run = registrations.Run(registrations.configured(**settings))
    run.user(UserRegisters)
    while run.state("terminal-1/registration") == "filling":
        run.user(UserAnswers, is_complete=True)
    return run


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        ({"security": "plain"}, 12),
        ({"security": "channel"}, 12),
        ({"security": "hardened"}, 14),
        ({"security": "hardened", "capability": "compact_html"}, 16),  # two pages
        ({"security": "plain", "capability": "compact_html"}, 14),
    ],
)
def test_the_path_without_faults(registrations: SimpleNamespace, settings: dict[str, Any], messages: int) -> None:
    run = completed(registrations, **settings)
    assert len(run.sent) == messages
    assert isinstance(run.sent[-1], RegistrationResult)
    assert [type(o) for o in run.occurred if isinstance(o, AuthInfoHeld | CertificateActive | RegistrationShown)] == [
        AuthInfoHeld,
        CertificateActive,
        RegistrationShown,
    ]
    assert run.state("relay/registration-r1") == "done"
    assert run.state("authority/registration-r1") == "active"
    assert run.state("wallet-1/enrolment") == "enrolled"


def test_a_round_that_the_relay_refuses_takes_two_messages_more(registrations: SimpleNamespace) -> None:
    run = registrations.Run(registrations.configured())
    run.user(UserRegisters)
    run.user(UserAnswers, is_complete=False)
    run.user(UserAnswers, is_complete=True)
    assert len(run.sent) == 16


def test_all_pages_of_a_long_form_are_answered_at_once(registrations: SimpleNamespace) -> None:
    run = completed(registrations, capability="compact_html")
    pages = [message for message in run.sent if isinstance(message, FormAnswers)]
    (sent,) = [message for message in run.sent if isinstance(message, ForwardedFormAnswers)]
    assert [page.page for page in pages] == [1, 2]
    assert sent.values == pages[0].values + pages[1].values
    assert (sent.holder, sent.account) == (pages[0].holder, pages[1].account)
    assert pages[0].account is pages[1].holder is None


def test_no_registration_has_no_machines(registrations: SimpleNamespace) -> None:
    assert registration_instances(registrations.configured(registrations=0, procedures=1), {}) == ()


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"semantics": "budgeted", "pays_again": True, "registrations": 2}])
def test_the_tables_do_what_the_library_does(registrations: SimpleNamespace, settings: dict[str, Any]) -> None:
    system = registrations.build(registrations.configured(**settings))
    tabulation = Tabulation(system)  # in it no guards overlap, or it would have raised
    libraries = [LibraryStepper(instance.table) for instance in system.instances]
    compared = set()
    for rewrite in tabulation.rewrites:
        for move in rewrite.reaction.moves:
            if (key := (move.machine, move.before, move.received)) not in compared:
                compared.add(key)
                assert libraries[move.machine].step(move.before, move.received) == move.answer
    for machine, locals_ in enumerate(tabulation.locals):
        table = system.instances[machine].table
        for local in locals_:
            assert libraries[machine].step(local, Restart()) == table.step(local, Restart())
            assert not isinstance(table.step(local, Restart()), ProtocolError)


def test_every_message_that_is_sent_has_a_machine(registrations: SimpleNamespace) -> None:
    tabulation = Tabulation(registrations.build(registrations.configured(semantics="budgeted")))
    assert tabulation.strays == []
    kinds = {(role_of(message.receiver), type(message)) for message in tabulation.messages}
    assert kinds == set(REGISTRATION_DISPATCH)


def test_a_page_of_a_purchase_is_not_for_the_registration(registrations: SimpleNamespace) -> None:
    (by_nonce,) = {REGISTRATION_DISPATCH["terminal", ProgressSummary]}
    answered = SimpleNamespace(request_nonce=Symbol("request_nonce", "terminal-1 ask"))
    assert by_nonce(answered) == "purchase"
    assert ("relay", ProcedureRequest) not in REGISTRATION_DISPATCH


@pytest.mark.slow
def test_the_whole_search_is_finite(registrations: SimpleNamespace) -> None:
    _, found = registrations.explored(registrations.configured(), (NO_ERROR,))
    assert (found.bound, found.states, found.depth, found.violations) == (None, 113056, 37, {})


def test_a_search_without_faults(registrations: SimpleNamespace) -> None:
    _, found = registrations.explored(registrations.configured(semantics="budgeted"), (NO_ERROR,))
    assert (found.bound, found.states, found.steps, found.depth, found.violations) == (None, 125, 158, 21, {})


@pytest.mark.slow
def test_a_second_registration_takes_the_place_of_a_finished_one(registrations: SimpleNamespace) -> None:
    configuration = registrations.configured(
        semantics="budgeted", registrations=2, pays_again=True, losses=1, crashes=1, crashing=("relay",), tries=1
    )
    engine, found = registrations.explored(configuration, (NO_ERROR,))
    assert (found.bound, found.violations) == (None, {})
    taken = {rewrite.after for label in found.fired if (rewrite := engine.labels[label].rewrite)}
    states = {engine.tabulation.locals[machine][number].control for after in taken for machine, number in after}
    assert {"active", "revoked", "rejected", "expired", "forgotten", "enrolled"} <= states
