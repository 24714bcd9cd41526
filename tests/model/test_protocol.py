"""The protocol made concrete: its machines, and the length of its path without faults."""

from collections import deque
from dataclasses import replace
from itertools import product

import pytest

from payrelay.language.configurations import ConfigurationError
from payrelay.language.edits import Drop
from payrelay.language.links import role_of
from payrelay.language.messages import Input, Message, Stimulus, Timeout
from payrelay.language.role import Handled, IllFormedModelError, Local
from payrelay.language.systems import Sent, System, react, step_by_table
from payrelay.language.terms import Sealed, Symbol
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.configurations import BENIGN, FAULTS, HAPPY
from payrelay.model.messages.purchase import (
    AuthorizationRequest,
    AuthorizationResponse,
    ForwardedPaymentInfo,
    OrderPlace,
    ProcedureAbort,
)
from payrelay.model.messages.registration import ForwardedFormAnswers, ForwardedRegistrationRequest
from payrelay.model.messages.terminal_edge import ProcedureRequest, ProgressInquiry, ResultSummary
from payrelay.model.messages.user import UserAsks, UserChooses, UserConfirms, UserOrders, UserPays
from payrelay.model.occurrences import AuthInfoHeld, OrderFrozen
from payrelay.model.protocol import ROLES, auth_info, build, choices, dispatch, tables
from payrelay.model.purchase import ORDER, TOTAL, USER


class Run:
    """A run in which what is sent arrives, in the order in which it was sent; but for a while not what is withheld."""

    def __init__(self, system: System, withheld: type[Message] | None = None) -> None:
        self.system = system
        self.withheld = withheld
        self.locals = {number: instance.initial[0] for number, instance in enumerate(system.instances)}
        self.sent: list[Message] = []
        self._waiting: deque[tuple[int, Input]] = deque()
        self._late: list[tuple[int, Input]] = []

    def does(self, machine: str, received: Input) -> None:
        """Let a machine take an input, and then everything that comes of it."""
        self._waiting.append((self.system.by_id[machine], received))
        self._settle()

    def user(self, kind: type[Stimulus]) -> None:
        """Let the user do the first thing of this kind that there is."""
        terminal = self.system.instances[self.system.by_id["terminal-1/purchase"]]
        self.does(terminal.id, next(one for one in terminal.stimuli if isinstance(one, kind)))

    def release(self) -> None:
        """Deliver what was withheld."""
        self.withheld = None
        self._waiting.extend(self._late)
        self._settle()

    def state(self, machine: str) -> str:
        """The state that a machine is in."""
        return self.locals[self.system.by_id[machine]].control

    def _settle(self) -> None:
        while self._waiting:
            reaction = react(self.system, *self._waiting.popleft(), self.locals, step_by_table(self.system))
            assert all(isinstance(move.answer, Handled) for move in reaction.moves)
            self.locals.update(reaction.after())
            for effect in reaction.effects:
                if isinstance(effect, Sent):
                    self.sent.append(effect.message)
                    to = self.system.machine_of(effect.message)
                    assert to is not None
                    late = self.withheld is not None and isinstance(effect.message, self.withheld)
                    (self._late if late else self._waiting).append((to, effect.message))


def paid(configuration: PaymentConfiguration, rounds: int = 0) -> Run:
    """A run in which the user orders, pays, chooses if there is a choice, confirms, and asks so many times."""
    run = Run(build(configuration), AuthorizationResponse)
    if configuration.ordering:
        run.user(UserOrders)
    run.user(UserPays)
    if run.state("terminal-1/purchase") == "selecting":
        run.user(UserChooses)
    run.user(UserConfirms)
    for _ in range(rounds):
        run.does("relay/procedure-1", Timeout("hold_time"))
        run.user(UserAsks)
    run.release()
    return run


@pytest.mark.parametrize(
    ("wallets", "rounds", "ordering"), [*product((1, 2, 3, 4), (0, 1, 2), (False, True)), (9, 0, True)]
)
@pytest.mark.parametrize("security", ["plain", "hardened"])
def test_the_length_of_the_path_without_faults(wallets: int, rounds: int, ordering: bool, security: str) -> None:
    configuration = replace(HAPPY, wallets=wallets, ordering=ordering, security=security)
    run = paid(configuration, rounds)
    offers = 2 * wallets + 2 if wallets >= 2 else 0
    assert len(run.sent) == 14 + offers + 2 * rounds + (2 if ordering else 0)
    assert isinstance(run.sent[0], OrderPlace if ordering else ProcedureRequest)
    assert isinstance(run.sent[-1], ResultSummary)
    assert sum(isinstance(message, ProgressInquiry) for message in run.sent) == rounds
    assert [run.state(machine) for machine in ("terminal-1/purchase", "relay/procedure-1", "shop/attempt-1")] == [
        "done",
        "settled",
        "paid",
    ]
    assert run.state("payment/authorization-1") == "approved"
    assert {run.state(f"wallet-{number}/procedure-1") for number in range(2, wallets + 1)} <= {"idle"}


@pytest.mark.parametrize(("wallets", "messages"), [(1, 14), (2, 20), (3, 22)])
def test_the_numbers_themselves(wallets: int, messages: int) -> None:
    assert len(paid(replace(HAPPY, wallets=wallets, ordering=False)).sent) == messages


def test_a_purchase_has_these_machines() -> None:
    assert [instance.id for instance in build(replace(BENIGN, procedures=2, tabs=2)).instances] == [
        "wallet-1/enrolment",
        "wallet-2/enrolment",
        "relay/directory",
        "terminal-1/purchase",
        "terminal-2/purchase",
        "relay/procedure-1",
        "relay/procedure-2",
        "shop/order",
        "shop/attempt-1",
        "shop/attempt-2",
        "wallet-1/procedure-1",
        "wallet-1/procedure-2",
        "wallet-2/procedure-1",
        "wallet-2/procedure-2",
        "payment/account",
        "payment/authorization-1",
        "payment/authorization-2",
    ]


def test_a_registration_has_these_machines() -> None:
    only = replace(HAPPY, procedures=0, registrations=2)
    assert [instance.id for instance in build(only).instances] == [
        "wallet-1/enrolment",
        "relay/directory",
        "terminal-1/registration",
        "relay/registration-r1",
        "authority/registration-r1",
        "relay/registration-r2",
        "authority/registration-r2",
    ]
    assert build(only).before == ()


def test_procedures_and_registrations_are_numbered_apart() -> None:
    system = build(replace(BENIGN, procedures=2, registrations=1))
    numbered = {instance.id: instance.procedure for instance in system.instances if instance.procedure is not None}
    assert numbered["relay/procedure-2"] == numbered["shop/attempt-2"] == numbered["payment/authorization-2"] == 2
    assert numbered["relay/registration-r1"] == numbered["authority/registration-r1"] == 3
    shared = {"relay/directory", "shop/order", "payment/account", "wallet-1/enrolment", "terminal-1/purchase"}
    assert not shared & set(numbered)


def test_every_role_is_played_somewhere() -> None:
    system = build(replace(BENIGN, registrations=1))
    assert {instance.table.name for instance in system.instances} == set(tables())
    assert len(tables()) == len(ROLES)


def test_what_has_happened_before_the_run_is_told() -> None:
    held = [
        ("wallet-1/enrolment", AuthInfoHeld(USER, "wallet-1")),
        ("wallet-2/enrolment", AuthInfoHeld(USER, "wallet-2")),
    ]
    assert list(build(BENIGN).before) == held
    ordered = replace(BENIGN, ordering=False, strangers=("wallet-1",))
    assert list(build(ordered).before) == [held[1], ("shop/order", OrderFrozen(ORDER, TOTAL))]


def test_a_stranger_among_the_wallets_holds_nothing() -> None:
    system = build(replace(BENIGN, strangers=("wallet-2",)))
    initial = {instance.id: instance.initial[0] for instance in system.instances}
    assert initial["wallet-1/enrolment"].control == "enrolled"
    stranger = initial["wallet-2/enrolment"]
    assert (stranger.control, stranger.data.auth_info) == ("empty", None)


@pytest.mark.parametrize(("security", "is_sealed"), [("plain", False), ("channel", False), ("hardened", True)])
def test_the_wallets_secret_is_sealed_where_objects_are(security: str, is_sealed: bool) -> None:
    secret = auth_info("wallet-1", security).secret
    assert isinstance(secret, Sealed) is is_sealed
    assert secret == (Sealed("wallet-1", Symbol("secret", "wallet-1")) if is_sealed else Symbol("secret", "wallet-1"))


def test_who_may_crash_are_parties() -> None:
    assert build(FAULTS).crashing == ("wallet-1", "wallet-2", "relay", "terminal-1", "shop", "payment")
    assert build(HAPPY).crashing == ()


def test_a_message_that_belongs_nowhere_is_dropped() -> None:
    abort = ProcedureAbort(order_ref=ORDER, receiver="shop")
    assert dispatch(abort) == "attempt-"
    assert build(HAPPY).machine_of(abort) is None
    assert dispatch(replace(abort, receiver="payment")) is None
    named = replace(abort, relay_txn=Symbol("relay_txn", "1"))
    assert build(HAPPY).machine_of(named) == build(HAPPY).by_id["shop/attempt-1"]


def test_the_tables_of_a_variant_are_edited() -> None:
    drop = Drop(role="shop_order", event="order_expiry")
    assert build(HAPPY, [drop]).instances != build(HAPPY).instances
    assert tables([drop])["shop_order"].timers_in("payable") == ()
    assert tables()["shop_order"].timers_in("payable") == ("order_expiry",)
    with pytest.raises(IllFormedModelError):
        build(HAPPY, [Drop(role="shop_order", event="closing_time")])


def test_invalid_configuration_has_no_system() -> None:
    with pytest.raises(ConfigurationError):
        build(replace(HAPPY, wallets=0))


def test_what_the_world_chooses_is_a_message_each() -> None:
    info = ForwardedPaymentInfo(
        relay_txn=Symbol("relay_txn", "1"), user_ref=Symbol("user_ref", "1"), payment_info="anything"
    )
    assert choices(info, HAPPY) == (info,)
    assert choices(info, FAULTS) == (info, replace(info, validity="expired"))
    system = build(FAULTS)
    assert system.choices(info) == choices(info, FAULTS)


def test_each_party_chooses_for_itself() -> None:
    (asked,) = [message for message in paid(HAPPY).sent if isinstance(message, AuthorizationRequest)]
    chosen = {(one.validity, one.issuer) for one in choices(asked, FAULTS) if isinstance(one, AuthorizationRequest)}
    assert chosen == set(product(("current", "expired"), ("approves", "declines")))
    assert (
        len(choices(asked, replace(FAULTS, declines=False))) == len(choices(asked, replace(FAULTS, expires=False))) == 2
    )
    request = ForwardedRegistrationRequest(
        reg_txn=Symbol("reg_txn", "r1"), user_ref=Symbol("user_ref", "1"), wallet="wallet-1"
    )
    assert len(choices(request, FAULTS)) == 2
    assert len(choices(request, HAPPY)) == 1
    answers = ForwardedFormAnswers(reg_id=Symbol("reg_id", "r1"), round=1, values=())
    assert len(choices(answers, HAPPY)) == 2


def test_every_message_of_a_run_has_a_machine_that_knows_its_kind() -> None:
    run = paid(replace(HAPPY, wallets=3), rounds=1)
    for message in run.sent:
        machine = run.system.machine_of(message)
        assert machine is not None
        assert type(message) in run.system.instances[machine].table.inputs
        assert run.system.instances[machine].party == message.receiver
        assert role_of(message.sender) != role_of(message.receiver)


def test_the_machines_of_a_run_begin_where_their_data_say() -> None:
    for instance in build(replace(HAPPY, ordering=False)).instances:
        (local,) = instance.initial
        assert isinstance(local, Local)
        assert local.control in instance.table.states
