"""`payrelay conform record`: records what two real implementations say to each other."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLE = """
\b
Example, with a relay for terminals at 8800 and for servers at 8801, and a shop at 8802:
  payrelay conform record 9500=http://127.0.0.1:8800 9501=http://127.0.0.1:8801 9502=http://127.0.0.1:8802
  payrelay check-trace traffic.har --configuration "faults security=plain" --configuration "registration security=plain"

\b
Tell each party that the others are at these ports. A shop's own URL, which it signs as the place to be paid at, must be
that of its proxy, too. Discovery documents that pass have the proxies' URLs. It speaks no TLS to whoever comes: between
servers that show certificates to each other, nobody can stand.
What is recorded has sessions, and whatever is not sealed: FILE can be read by its owner alone.

Exit codes: 130 ended by Ctrl-C, the file is written; 2 a port or the file cannot be had.
"""


@click.command("record", short_help="Record what two real implementations say to each other.", epilog=EXAMPLE)
@click.argument("ways", nargs=-1, required=True, metavar="PORT=URL...")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("traffic.har"),
    metavar="FILE",
    help="Where the HTTP archive is written. [traffic.har]",
)
def command(ways: tuple[str, ...], output: Path) -> int:
    """Pass on whatever comes to each PORT to the party at its URL, until Ctrl-C, and write it as an HTTP archive."""
    import asyncio
    import signal
    from importlib.metadata import PackageNotFoundError, version

    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.conformance.proxy import Recording, ways_of

    recording = Recording(ways_of(ways), lambda line: click.echo(line, err=True))
    try:
        output.touch(mode=0o600)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}; name another: --output FILE") from None

    def ready() -> None:
        for way in recording.ways:
            click.echo(f"{way.url} -> {way.target}", err=True)

    async def record() -> None:
        until = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        await recording.run(until, ready)

    asyncio.run(record())
    try:
        of = version("payrelay")
    except PackageNotFoundError:
        of = "not installed"
    recording.write(output, of)
    click.echo(
        f"{len(recording.exchanges)} exchanges in {output}; to hold them against the model, at their level of security:"
    )
    click.echo(f'  payrelay check-trace {output} --configuration "faults security=plain"')
    return ExitCode.INTERRUPTED
