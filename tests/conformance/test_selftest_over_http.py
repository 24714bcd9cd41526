"""Variants over HTTP: what kills a faulty role within this process kills the same role as a server, and the role itself
passes it there, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conformance import reference, triggered

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.cases import Case
from payrelay.conformance.checks import Begin, check
from payrelay.conformance.configuration import read_configuration
from payrelay.conformance.performance import Performance
from payrelay.conformance.plans import Part
from payrelay.conformance.selftest import KILLED, Selftest
from payrelay.conformance.selftesting import PARTIES, Wanted
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.switchboard import Switchboard
from payrelay.conformance.verdicts import Verdict
from payrelay.language.role import RoleTable
from payrelay.reference_impl.systems import Plan

pytestmark = pytest.mark.slow
VARIANTS = 10
PATIENCE = 1.0
"""How many seconds something may take, on loopback."""

QUIESCENCE = 0.3
"""After how many seconds in which nothing comes nothing more does."""


def kills(role: str) -> dict[str, tuple[Part, Case]]:
    """Variants of a role, each with a case that kills it, and in which nobody has to wait for a timer."""
    wanted = Wanted(roles=(role,), levels=("plain",))
    of = Selftest(wanted.plan(role, "plain"))
    by_id = {case.id: (part, case) for part, case in of.cases}
    names = [one.name for one in of.variants.values() if one.edits and one.operator != "story"]
    found: dict[str, tuple[Part, Case]] = {}
    for name in names[:: max(1, len(names) // (2 * VARIANTS))]:
        judged = of.judge(name)
        ids = [kill.check for kill in judged.kills if not by_id[kill.check][1].waits]
        if judged.status == KILLED and ids:
            found[name] = by_id[ids[0]]
        if len(found) == VARIANTS:
            break
    return found


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


def verdict(path: Path, part: Part, case: Case, number: int) -> Verdict:
    """What a case comes to over HTTP."""
    with at_work(path) as (assembly, board):
        setting = assembly.setting(part.setting.configuration, board)
        return check(case, begin(assembly, board, setting, number)).verdict


@pytest.mark.parametrize("role", [role for role in PARTIES if role != "terminal"])
def test_variants_come_out_over_http_as_within_the_process(tmp_path: Path, role: str) -> None:
    party = PARTIES[role]
    found = kills(role)
    assert len(found) == VARIANTS
    path = reference.write(tmp_path, party, Plan(security="plain"))
    settings = tmp_path / "system" / f"{party}.toml"
    sound = settings.read_text(encoding="utf-8")
    for number, (name, (part, case)) in enumerate(found.items(), start=1):
        settings.write_text(sound, encoding="utf-8")
        assert verdict(path, part, case, 2 * number) in (Verdict.PASS, Verdict.DEVIATION), case.id
        variant = tmp_path / "system" / "variant.toml"
        variant.write_text(f'mutants = ["{name}"]\n', encoding="utf-8")
        settings.write_text(f'{sound}\n[variant]\nfile = "{variant}"\n', encoding="utf-8")
        assert verdict(path, part, case, 2 * number + 1) is Verdict.FAIL, (name, case.id)


def test_variants_of_a_terminal_do_so_too(tmp_path: Path) -> None:
    found = kills("terminal")
    assert len(found) == VARIANTS
    now: list[Mapping[str, RoleTable] | None] = [None]
    variants = Selftest(Wanted(roles=("terminal",), levels=("plain",)).plan("terminal", "plain")).variants
    with (
        triggered.at_work(tmp_path, tables=lambda: now[0]) as path,
        at_work(path) as (assembly, board),
    ):
        for number, (name, (part, case)) in enumerate(found.items(), start=1):
            setting = assembly.setting(part.setting.configuration, board)
            now[0] = None
            assert check(case, begin(assembly, board, setting, 2 * number)).verdict is Verdict.PASS, case.id
            now[0] = variants[name].tables
            assert check(case, begin(assembly, board, setting, 2 * number + 1)).verdict is Verdict.FAIL, (name, case.id)
