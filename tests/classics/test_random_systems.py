"""Random systems: a seed decides them, and they are of every sort that SPIN can be given."""

from payrelay.classics.random_systems import FEWEST, MOST, SEED, Case, of_seed, states_of
from payrelay.verification.engines.table import TableEngine
from payrelay.verification.promela.export import promela
from payrelay.verification.tables.tabulation import Tabulation


def text_of(case: Case) -> str:
    return promela(case.system, case.properties)


def test_the_seed_decides_every_system() -> None:
    made, again = dict(of_seed(SEED, 6)), dict(of_seed(SEED, 6))
    assert list(made) == list(again)
    assert [text_of(case) for case in made.values()] == [text_of(case) for case in again.values()]
    others = dict(of_seed(SEED + 1, 6))
    assert [text_of(case) for case in others.values()] != [text_of(case) for case in made.values()]


def test_those_for_spin_are_neither_empty_nor_large_and_of_every_sort() -> None:
    cases = [case for _, case in of_seed(SEED, 20)]
    seen = set()
    for case in cases:
        assert FEWEST <= states_of(case, MOST + 1) <= MOST
        engine = TableEngine(Tabulation(case.system), case.properties)
        found = engine.explore()
        seen |= {engine.labels[label].kind for label in found.fired}
        seen |= {"violated" if found.violations else "not violated", f"{len(case.system.alike) + 1} procedures"}
    assert seen >= {"deliver", "user", "timeout", "lose", "duplicate", "crash", "violated", "not violated"}
    assert seen >= {"1 procedures", "2 procedures"}
