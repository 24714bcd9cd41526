"""Following: the numbered sets of clusters say what sets of whole states say."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from tests.observation.reference import ReferenceFollower
from tests.verification.random_systems import pairs

from payrelay.classics import request_answer
from payrelay.classics.random_systems import Case
from payrelay.language.observations import RECEIVED, SENT, Point, Sight, every_point
from payrelay.language.systems import System
from payrelay.observation import following
from payrelay.observation.following import KINDS, RECEPTION, SENDING, Follower, TooManyStatesError
from payrelay.verification.tables.tabulation import Tabulation

UNBOUNDED = request_answer.UNBOUNDED
SYSTEMS = {
    "plain": request_answer.system(UNBOUNDED),
    "moody": request_answer.system(UNBOUNDED, moody=True),
    "forged": request_answer.system(UNBOUNDED, forged=True),
    "forgetful": request_answer.system(UNBOUNDED, forgetful=True),
    "two clients": request_answer.system(UNBOUNDED, moody=True, clients=2),
    "budgeted": request_answer.system(request_answer.FAULTY, moody=True),
}
DIRECTIONS = {SENDING: SENT, RECEPTION: RECEIVED}


def compare(system: System, seen: Sight, choose: random.Random, events: int) -> int:
    """Follow a random log with both, and compare what may come at every place; how many events there were."""
    tables = Tabulation(system)
    follower, reference = Follower(tables, seen), ReferenceFollower(system, seen)
    place = follower.start
    for number in range(events):
        possible = set(follower.possible(place))
        expected = {
            message * KINDS + kind
            for message, terms in enumerate(tables.messages)
            for kind, is_seen in ((SENDING, follower.is_sending_seen), (RECEPTION, follower.is_reception_seen))
            if is_seen[message] and reference.may(terms, DIRECTIONS[kind])
        }
        assert possible == expected
        if not possible:
            return number
        code = choose.choice(sorted(possible))
        found = follower.after(place, code)
        assert found is not None
        place = found[0]
        assert reference.feed(tables.messages[code // KINDS], DIRECTIONS[code % KINDS])
    return events


def sights(system: System) -> Sequence[Sight]:
    """Everything; each point alone; all but each point."""
    everything = every_point(system.links)
    alone = [frozenset([point]) for point in sorted(everything)]
    return [everything, *alone, *(everything - one for one in alone)]


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_it_says_what_the_reference_says_from_wherever_it_is_seen(name: str) -> None:
    system = SYSTEMS[name]
    for number, seen in enumerate(sights(system)):
        for seed in range(3):
            compare(system, seen, random.Random(f"{number}/{seed}"), 12)


@pytest.mark.slow
def test_it_says_what_the_reference_says_of_random_systems() -> None:
    looked_at: list[int] = []

    @settings(
        deadline=None, derandomize=True, database=None, max_examples=60, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(pairs("dupset"), st.integers(0, 999))
    def look(case: Case, seed: int) -> None:
        dice = random.Random(seed)
        tables = Tabulation(case.system)
        assume(len(tables.messages) <= 8)
        seen = frozenset(point for point in sorted(every_point(case.system.links)) if dice.random() < 0.6)
        looked_at.append(compare(case.system, seen, dice, 6))

    look()
    assert sum(looked_at) > 60


def test_parties_are_followed_apart_where_all_sending_is_seen() -> None:
    system = SYSTEMS["two clients"]
    everything = every_point(system.links)
    tables = Tabulation(system)
    assert [one.parties for one in Follower(tables, everything).clusters] == [("client-1",), ("client-2",), ("server",)]
    unseen = everything - {Point("counter", "client", SENT)}
    assert [one.parties for one in Follower(tables, unseen).clusters] == [("client-1", "client-2", "server")]


def test_invalid_too_little_is_seen_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST_STATES", 3)
    with pytest.raises(TooManyStatesError, match="over 3 states of client-1, server open: see more links"):
        Follower(Tabulation(SYSTEMS["moody"]), frozenset())


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_greatest_states_are_the_same_in_whichever_order(name: str) -> None:
    for seen in sights(SYSTEMS[name]):
        for cluster in Follower(Tabulation(SYSTEMS[name]), seen).clusters:
            ways = [cluster._greatest(cluster.starts, None, is_shortest) for is_shortest in (True, False)]
            first, second = ({at: set(sent) for at, sent in (way or {}).items()} for way in ways)
            assert first
            assert first == second


def test_where_few_steps_lead_to_too_many_states_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (cluster,) = Follower(Tabulation(SYSTEMS["two clients"]), frozenset()).clusters
    expected = set(cluster.closure(cluster.starts))
    for most in range(len(expected), 20_000):
        monkeypatch.setattr(following, "MOST_STATES", most)
        if cluster._greatest(cluster.starts, None, is_shortest=False) is not None:
            break
    assert cluster._greatest(cluster.starts, None, is_shortest=True) is None
    came: dict[following.State, tuple[following.State, following.Move]] = {}
    assert set(cluster.closure(cluster.starts, came)) == expected
    for state in expected:
        steps = 0
        while state in came:
            before, move = came[state]
            assert (move, state) in list(cluster.unseen(before))
            state, steps = before, steps + 1
        assert state in cluster.starts
    assert came
