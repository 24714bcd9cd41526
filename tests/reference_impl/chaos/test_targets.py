"""Every state of every server's table is a target, or it is said why it is not."""

from payrelay.model.protocol import tables
from payrelay.reference_impl.chaos.targets import (
    NOT_REACHED,
    TABLES_OF,
    Targets,
    entered_by_restart,
    every_state,
    states_of,
)


def test_no_state_is_left_out_without_a_reason() -> None:
    read = tables()
    of_servers = {name for name in read if name not in ("terminal", "registration_terminal")}
    assert {table for some in TABLES_OF.values() for table in some} == of_servers
    known = {(table, state) for table in of_servers for state in read[table].states}
    assert set(every_state()) | set(NOT_REACHED) == known
    assert not set(every_state()) & set(NOT_REACHED)
    assert all(NOT_REACHED.values())


def test_hits_are_counted_until_there_are_enough() -> None:
    targets = Targets(2)
    state = ("payment_authorization", "approved")
    assert state in targets.left("payment")
    assert targets.hits_left("payment") == 2 * len(states_of("payment"))
    targets.hit(state)
    assert targets.short()[state] == 1
    targets.hit(state)
    assert state not in targets.left("payment")
    assert state not in targets.short()
    assert not Targets(0).short()


def test_every_wallet_has_the_states_of_a_wallet() -> None:
    assert Targets(1).left("wallet-2") == list(states_of("wallet"))


def test_some_states_are_entered_as_a_server_comes_back() -> None:
    of_servers = set(entered_by_restart()) & set(every_state())
    assert of_servers == {
        ("relay_procedure", "forgotten"),
        ("registration_relay", "forgotten"),
        ("wallet_procedure", "idle"),
    }
