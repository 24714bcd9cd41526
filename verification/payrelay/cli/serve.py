"""`payrelay serve`: a whole system on loopback, in which one can pay."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = Path("payrelay-system")

EXAMPLE = """
\b
Examples:
  payrelay serve
  payrelay serve --folder tried --security hardened --port 9000
  payrelay serve --folder tried payment
  payrelay serve --folder other --enrolled 1

\b
The folder has the settings, the keys, the database and the messages of every party: relay, shop, wallet-1, wallet-2,
payment and authority. A new one has a user who is enrolled at both wallets with an account that pays, and a shop with
three things in it: open the page that is printed, order one, pay; or pay from the shell: payrelay pay. With
--enrolled 1, the user can register at the second wallet first. Whoever has the folder has every key in it.

\b
Nothing is lost when a system ends or is killed; named again, a folder is taken up as it was left. With ROLEs or names
of parties, only these are started, so that others can be started and killed on their own.

\b
Exit codes: 130 ended by Ctrl-C or a signal, or a party was; 2 the folder or a port cannot be had; 5 a party
failed, or did not end cleanly.
"""


@click.command("serve", short_help="Run a whole system on loopback, and pay in a browser.", epilog=EXAMPLE)
@click.argument("roles", nargs=-1, metavar="[ROLE]...")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=FOLDER,
    metavar="DIR",
    help=f"Where the system is, or will be. [{FOLDER}]",
)
@click.option("--security", metavar="LEVEL", help="Of a new system: plain, channel or hardened. [plain]")
@click.option(
    "--enrolled",
    type=int,
    metavar="N",
    help="Of a new system: at how many of its two wallets the user is enrolled. [2]",
)
@click.option("--port", type=int, metavar="N", help="The first port of a new system, of seven in a row. [8800]")
def command(roles: tuple[str, ...], folder: Path, security: str | None, enrolled: int | None, port: int | None) -> int:
    """Run the parties of a payment system, each as a process with a database, on loopback, until Ctrl-C."""
    from payrelay.cli.extras import needed

    with needed("reference"):
        from payrelay.cli import serving

    with serving.told_to_end() as end:
        system = serving.opened(folder, security, port, enrolled)
        parties = serving.chosen(system, roles)
        serving.check_addresses(system, parties)
        return serving.serve(system, parties, end)
