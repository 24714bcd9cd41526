"""`payrelay check-trace`: hold an event log of anybody's running system against the model."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.log_options import Asked, followed

EXAMPLE = """
\b
Examples:
  payrelay check-trace log.ndjson
  payrelay check-trace log.ndjson --configuration "faults wallets=3" --traces traces
  payrelay check-trace log.ndjson --links terminal_edge@relay --links relay_shop:received
  payrelay check-trace recorded.har --configuration "faults security=plain"
  payrelay check-trace payrelay-system --log merged.ndjson
  tail -f log.ndjson | payrelay check-trace - --links relay_shop --links relay_wallet

\b
A log has one event on a line, in the order in which they were written down:
  {"at": "2026-01-01T00:00:00Z", "link": "relay_shop", "from": "relay", "to": "shop", "direction": "sent",
   "message": {"message": "ForwardedProcedureRequest", "fields": {...}}, "http": null, "procedure": "p-1"}

\b
An HTTP archive (HAR 1.2), as browsers and proxies record it, is read as the log of what its clients did: each request
sent, each answer received; a line is then the number of an event. Signatures in it are believed, and what is sealed
stays so. With --links it is read from a file, not from standard input.

\b
Of a FOLDER of payrelay serve, whose system has ended, the logs of all parties are followed as one, in an order in which
they can have been written: as runs of faults and registration with its security and what its terminals can show, where
nothing else is said. These have one attempt to pay an order, and one terminal: where users have paid again, name
--configuration "attempts ..."; where another terminal has asked after a payment, as payrelay pay --resume does, "faults
... tabs=2 ordering=false". A second registration of a user is none of their runs. What a browser does at the shop is
left out, for it goes by another name there than at the relay.

\b
What is asked of it: the events of one party and one procedure are in the order of its steps, what a step sends after
what it receives and before its next step; what is sent is written down before it is received. Apart from that, any
order. Any number of losses, duplicates, reorderings, time-outs and crashes is explained.

\b
Of each link either end may be seen: LINK, or LINK@ROLE for what is written down by that role, each with :sent or
:received for one direction only. What is not seen may happen at any time. Without --links, what occurs in the log
counts as seen; then standard input is read to its end first.

Exit codes: 0 explained, 1 not explained, 2 no such log or a malformed line, 4 nothing was checked, or too little is
seen to follow it.
"""


@click.command("check-trace", short_help="Hold an event log of a running system against the model.", epilog=EXAMPLE)
@click.argument("file", metavar="FILE|FOLDER")
@followed
@click.option("--procedure", "procedures", multiple=True, metavar="NAME", help="Follow this procedure only.")
@click.option("--traces", type=click.Path(path_type=Path), metavar="DIR", help="Write a run that explains it as JSON.")
@click.option("--log", type=click.Path(path_type=Path), metavar="FILE", help="Write the log of a FOLDER as one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.pass_obj
def command(
    surroundings: Surroundings,
    file: str,
    configurations: tuple[str, ...],
    links: tuple[str, ...],
    procedures: tuple[str, ...],
    traces: Path | None,
    log: Path | None,
    as_json: bool,
) -> int:
    """Follow the events in FILE (- for standard input) or FOLDER through the model: are they a run of it?

    If they are: which elements of the claims they exhibit. If not: the first event that no run explains, where the
    parties may have been, what might have come instead, and the property that the event violates, if any.
    """
    import json

    from payrelay.cli import check_reports, checking, folders
    from payrelay.cli.errors import UsageError
    from payrelay.cli.trace_files import folder_for_traces

    if traces:
        folder_for_traces(traces)
    folder = folders.read_folder(file)
    if log:
        if folder is None:
            raise UsageError(f"--log writes the log of a FOLDER as one, and {file} is none; leave it out")
        folders.write_log(folder, log)
    checked = checking.check(surroundings.load(), file, Asked(configurations, links, procedures), folder)
    written = check_reports.write_trace(traces, checked) if traces else None
    if as_json:
        click.echo(json.dumps(check_reports.document(checked, written), indent=2))
    else:
        for line in check_reports.report(checked, written):
            click.echo(line)
    if checked.malformed:
        click.echo(f"payrelay: {file}, line {checked.malformed.line}: {checked.malformed.expected}", err=True)
    return checked.exit_code
