"""Variants over HTTP: what kills a faulty role within this process kills the same role as a server, and the role itself
passes it there, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.conformance import reference, triggered

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Begin, check
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.performance import Performance
from payrelay.conformance.plans import Part
from payrelay.conformance.rehearsals import Rehearsals
from payrelay.conformance.selftest import Selftest
from payrelay.conformance.selftesting import PARTIES, Wanted
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.switchboard import Switchboard
from payrelay.conformance.variants import Variant
from payrelay.conformance.verdicts import Verdict
from payrelay.language.role import RoleTable
from payrelay.reference_impl.systems import Plan

pytestmark = pytest.mark.slow
VARIANTS = 10
TRIED = 12
"""So many cases are tried of a variant; if none kills it, another variant is taken."""
PATIENCE = 1.0
"""How many seconds something may take, on loopback."""

QUIESCENCE = 0.3
"""After how many seconds in which nothing comes nothing more does."""


def kills(role: str) -> dict[str, tuple[Part, Case]]:
    """Variants of a role, spread over all, each with the first case that kills it and in which nobody has to wait for a
    timer."""
    of = Selftest(Wanted(roles=(role,), levels=("plain",)).plan(role, "plain"))
    variants = [one for one in of.variants.values() if one.edits and one.operator != "story"]
    step = max(1, len(variants) // VARIANTS)
    found: dict[str, tuple[Part, Case]] = {}
    for variant in (one for first in range(step) for one in variants[first::step]):
        if len(found) == VARIANTS:
            break
        if (kill := _first_kill(of, variant)) is not None:
            found[variant.name] = kill
    return found


def _first_kill(of: Selftest, variant: Variant) -> tuple[Part, Case] | None:
    begins = {part.purpose: Rehearsals(part.setting, variant.tables) for part in of.plan.parts}
    for part, case in [of.cases[number] for number in of.relevant(variant)][:TRIED]:
        if not case.waits and check(case, begins[part.purpose]).verdict is Verdict.FAIL:
            return part, case
    return None


@contextmanager
def at_work(path: Path) -> Iterator[tuple[Assembly, Switchboard]]:
    """The kit at work, with the party under test."""
    assembly = Assembly(read_configuration(path, {}))
    with assembly.at_work() as board:
        yield assembly, board


def begin(assembly: Assembly, board: Switchboard, setting: Setting, number: int) -> Begin:
    """How a run begins over HTTP."""

    @contextmanager
    def begun(wishes: Wishes) -> Iterator[Performance]:
        found = setting.correspondence(number)
        with board.test(f"test-{number}", found) as test:
            assembly.prepare(setting, found, wishes, test)
            performance = Performance(setting, test, found)
            performance.patience, performance.quiescence = PATIENCE, QUIESCENCE
            yield performance

    return begun


def verdicts(path: Path, cases: Iterable[tuple[Part, Case]], first: int) -> list[Verdict]:
    """What cases come to over HTTP; the tests have numbers of their own."""
    with at_work(path) as (assembly, board):
        return [
            check(case, begin(assembly, board, assembly.setting(part.setting.configuration, board), number)).verdict
            for number, (part, case) in enumerate(cases, start=first)
        ]


@pytest.mark.parametrize("role", [role for role in PARTIES if role != "terminal"])
def test_variants_come_out_over_http_as_within_the_process(tmp_path: Path, role: str) -> None:
    party = PARTIES[role]
    found = kills(role)
    assert len(found) == VARIANTS
    path = reference.write(tmp_path, party, Plan(security="plain"))
    assert set(verdicts(path, found.values(), 1)) <= {Verdict.PASS, Verdict.DEVIATION}
    settings = tmp_path / "system" / f"{party}.toml"
    sound = settings.read_text(encoding="utf-8")
    for number, (name, kill) in enumerate(found.items(), start=VARIANTS + 1):
        variant = tmp_path / "system" / "variant.toml"
        variant.write_text(f'mutants = ["{name}"]\n', encoding="utf-8")
        settings.write_text(f'{sound}\n[variant]\nfile = "{variant}"\n', encoding="utf-8")
        assert verdicts(path, [kill], number) == [Verdict.FAIL], (name, kill[1].id)


def test_variants_of_a_terminal_do_so_too(tmp_path: Path) -> None:
    found = kills("terminal")
    assert len(found) == VARIANTS
    now: list[Mapping[str, RoleTable] | None] = [None]
    variants = Selftest(Wanted(roles=("terminal",), levels=("plain",)).plan("terminal", "plain")).variants
    with triggered.at_work(tmp_path, tables=lambda: now[0]) as path, ExitStack() as stack:
        text = path.read_text(encoding="utf-8")  # what terminals can show is told to them
        path.write_text(text.replace('["json"]', f'["{Wanted.capability}"]'), encoding="utf-8")
        assembly, board = stack.enter_context(at_work(path))
        for number, (name, (part, case)) in enumerate(found.items(), start=1):
            setting = assembly.setting(part.setting.configuration, board)
            now[0] = None
            assert check(case, begin(assembly, board, setting, 2 * number)).verdict is Verdict.PASS, case.id
            now[0] = variants[name].tables
            assert check(case, begin(assembly, board, setting, 2 * number + 1)).verdict is Verdict.FAIL, (name, case.id)
