"""`payrelay conform peers`: parties that are played while one develops another."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLE = """
\b
Examples:
  payrelay conform peers
  payrelay conform peers --as shop,wallet-1
  payrelay conform peers --as shop --as wallet shop-tests/conform.toml

\b
They are the model's own roles, with a memory each that ends with them, at the URLs of conform.toml. One user stands at
all of them, and is set up at the system under test once that is there and if it has a set-up interface. Each message is
printed as a line; what is secret in it is replaced by a name.

Exit codes: 130 ended by Ctrl-C, 2 the configuration is wrong or a port cannot be had, 5 a party failed.
"""


@click.command("peers", short_help="Play parties, while you develop another.", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@click.option("--as", "names", multiple=True, metavar="NAME[,NAME]...", help="Whom to play. [all but who is tested]")
def command(file: Path | None, names: tuple[str, ...]) -> int:
    """Play parties of a configuration until Ctrl-C, and print each message."""
    import asyncio
    import signal
    import sys

    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.conformance.assembly import Assembly
    from payrelay.conformance.configuration import read_configuration
    from payrelay.conformance.peers import Peers, chosen

    assembly = Assembly(read_configuration(configuration_file(file)))
    words = [word for name in names for word in name.split(",") if word]
    peers = Peers(assembly, chosen(assembly, words), lambda line: click.echo(line))

    def ready() -> None:
        click.echo("\n".join(peers.welcome()))
        sys.stdout.flush()

    async def play() -> bool:
        until = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        await peers.play(until, ready)
        return until.is_set()

    return ExitCode.INTERRUPTED if asyncio.run(play()) else ExitCode.FAULT
