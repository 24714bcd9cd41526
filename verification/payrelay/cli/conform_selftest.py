"""`payrelay conform selftest`: how many faulty systems the kit does not let pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from payrelay.conformance.kill_matrix import Matrix
    from payrelay.conformance.selftesting import Wanted

EXAMPLE = """
\b
Examples:
  payrelay conform selftest                                  all variants of all roles; takes long
  payrelay conform selftest --role shop --variants 50
  payrelay conform selftest --only shop_order.paid           what the names begin with
  payrelay conform selftest --json --output selftest.json

\b
The reference roles are made faulty, one edit of a table at a time, by faults of what stands between bytes and messages,
and by those that have stories; each is tried within this process, where time is what the test makes it. What nothing
kills is held against the role by everything that can be said: if there is no difference, it is equivalent.

Exit codes: 0 every edit of a table was killed or is equivalent, 1 one survived, 2 wrong usage, 4 there is no such
variant, 130 interrupted.
"""


@click.command("selftest", short_help="See how many faulty systems the kit finds.", epilog=EXAMPLE)
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Only the variants of this role.")
@click.option("--security", "levels", multiple=True, metavar="LEVEL", help="plain, hardened. [plain, then hardened]")
@click.option("--depth", default="must", metavar="DEPTH", help="The checks that are made: smoke, must. [must]")
@click.option("--variants", "most", type=click.IntRange(1), metavar="N", help="So many of each role, spread over all.")
@click.option("--only", multiple=True, metavar="NAME", help="Only those whose names begin so.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides keys and values.")
@click.option("--processes", type=click.IntRange(1), metavar="N", help="How many at a time. [one for each processor]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the document.")
def command(
    roles: tuple[str, ...],
    levels: tuple[str, ...],
    depth: str,
    most: int | None,
    only: tuple[str, ...],
    seed: int,
    processes: int | None,
    as_json: bool,
    output: Path | None,
) -> int:
    """Hold the kit against faulty variants of the reference roles: which check finds which, and what finds none."""
    import json
    import time

    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.cli.terminal import folded
    from payrelay.conformance.selftesting import LEVELS, PARTIES, Wanted
    from payrelay.language.configurations import did_you_mean

    for what, said, known in (
        ("role", roles, PARTIES),
        ("level", levels, LEVELS),
        ("depth", (depth,), ("smoke", "must")),
    ):
        for word in said:
            if word not in known:
                raise UsageError(f"no {what} '{word}' of which there are variants{did_you_mean(word, known)}")
    if output is not None:
        try:
            output.touch()
        except OSError as error:
            raise UsageError(f"{output}: cannot be written: {error.strerror}; name another: --output FILE") from None
    begun = time.monotonic()
    wanted = Wanted(
        tuple(dict.fromkeys(roles)) or tuple(PARTIES),
        tuple(level for level in LEVELS if level in levels) or LEVELS,
        depth=depth,
        seed=seed,
        most=most,
        only=only,
    )
    matrix = _judged(wanted, processes)
    if not matrix.told and not matrix.is_interrupted:
        click.echo(f"No variant's name begins with {' or '.join(only)}; without --only all are tried.", err=True)
        return ExitCode.INCONCLUSIVE
    document = {**matrix.to_json(), "timing": {"seconds": round(time.monotonic() - begun, 1)}}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        for line in matrix.lines():
            click.echo(folded(line, 4) if line.startswith(("  ", "Req")) else line)
    if matrix.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.VIOLATED if matrix.has_failed else ExitCode.ESTABLISHED


def _judged(wanted: Wanted, processes: int | None) -> Matrix:
    import sys

    from payrelay.cli.terminal import rewritten_line
    from payrelay.conformance.kill_matrix import Matrix
    from payrelay.conformance.selftesting import Told, judged_all

    told: list[Told] = []
    with rewritten_line(sys.stderr) as write:

        def show(role: str, level: str, done: int, all_: int) -> None:
            if write is not None:
                write(f"{role} at {level}: {done} of {all_} variants")

        try:
            for one in judged_all(wanted, show, processes):
                told.append(one)
        except KeyboardInterrupt:
            return Matrix(wanted, told, is_interrupted=True)
    return Matrix(wanted, told)
