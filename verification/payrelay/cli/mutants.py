"""`payrelay mutants`: make the protocol faulty, one edit at a time, and see whether a property notices."""

from __future__ import annotations

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.limits import limited

EXAMPLE = """
\b
Examples:
  payrelay mutants                                        all of them; takes long
  payrelay mutants shop_attempt terminal                  those of two roles
  payrelay mutants relay_procedure.wait_consent.cancel.drop     one, with the run that kills it
  payrelay mutants broken_wallet_lies --json

\b
Each row of each role is dropped, sent elsewhere, repeated, left without one of its outputs, and so on; the faulty
variants with stories are judged too.

Exit codes: 0 none survived, 1 one survived, 2 wrong usage, 4 inconclusive, 130 interrupted.
"""


@click.command("mutants", short_help="Make the protocol faulty, and see what notices.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[NAME-or-ROLE]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@limited
@click.pass_obj
def command(
    surroundings: Surroundings,
    words: tuple[str, ...],
    as_json: bool,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Edit the tables of the roles, one edit at a time, and search for the property that each edit violates."""
    import json
    import time
    from dataclasses import replace

    from payrelay.cli.judging import Judges, task_of
    from payrelay.cli.mutant_reports import Judged, document, lines
    from payrelay.cli.mutant_selection import check_names, chosen
    from payrelay.cli.progress import shown_progress
    from payrelay.verification.engines.exploration import Limits
    from payrelay.verification.mutants.mutation import Outputs

    started = time.perf_counter()
    catalogue = surroundings.load()
    check_names(catalogue, words)
    deadline = None if time_limit is None else time.time() + time_limit
    why = "" if time_limit is None else f"the limit of {time_limit:g} seconds was reached"
    outputs: dict[tuple[str, str], Outputs] = {}
    with shown_progress() as show, Judges(catalogue, surroundings, deadline, why) as judges:
        found = judges.search(catalogue.default_set, show)
        for one in found:
            for row, seen in one.outputs.items():
                outputs[row] = outputs.get(row, Outputs()) | seen
        mutations = [] if judges.stopped else chosen(catalogue, words, outputs)
        order = tuple(one.configuration for one in sorted(found, key=lambda one: one.cost))
        limits = Limits(states=max_states, memory=max_memory and max_memory // max(1, judges.processes))
        is_traced = len(mutations) == 1
        tasks = [replace(task_of(one, order, limits, deadline), is_traced=is_traced) for one in mutations]
        judgements = judges.judge(tasks, show)
    searched = tuple(one for one in catalogue.properties if one.level == "searched")
    seconds = time.perf_counter() - started
    judged = Judged(tuple(judgements), searched, not words, judges.is_interrupted, seconds)
    code = _exit_code(judged)
    if as_json:
        click.echo(json.dumps(document(judged, code), indent=2))
        return code
    for line in lines(judged):
        click.echo(line)
    if is_traced and judgements[0].trace is not None:
        from payrelay.cli.terminal import folded
        from payrelay.language.traces import in_words

        click.echo("")
        for line in in_words(judgements[0].trace):
            click.echo(folded(f"  {line}", 8))
    return code


def _exit_code(judged: object) -> int:
    from payrelay.cli.exit_codes import ExitCode, together
    from payrelay.cli.mutant_reports import Judged

    assert isinstance(judged, Judged)
    counts = judged.counted()
    return together(
        [
            *[ExitCode.INTERRUPTED] * judged.interrupted,
            *[ExitCode.VIOLATED] * bool(counts["survived"]),
            *[ExitCode.FAULT] * bool(counts["failed"]),
            *[ExitCode.INCONCLUSIVE] * bool(counts["inconclusive"] or not judged.judgements),
        ]
    )
