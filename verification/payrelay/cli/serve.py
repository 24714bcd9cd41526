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
  payrelay serve --folder channels --security channel --tls
  payrelay serve --folder tried payment
  payrelay serve --folder other --enrolled 1
  payrelay serve --folder tried relay wallet --variant lying.toml

\b
The folder has the settings, the keys, the database and the messages of every party: relay, shop, wallet-1, wallet-2,
payment and authority. A new one has a user who is enrolled at both wallets with an account that pays, and a shop with
three things in it: open the page that is printed, order one, pay; or pay from the shell: payrelay pay. With
--enrolled 1, the user can register at the second wallet first. Whoever has the folder has every key in it.

\b
Nothing is lost when a system ends or is killed; named again, a folder is taken up as it was left. With ROLEs or names
of parties, only these are started, so that others can be started and killed on their own.

\b
With --tls all speak TLS, servers by certificates on both sides, issued by a root in the folder: tls.roots.pem. Have the
browser trust that root, or accept the relay's and the shop's certificate. Security channel is made for this: the
sender of a message is whom the certificate names.

\b
With --variant FILE the parties that are started do something otherwise than their roles say, to see who notices. In
FILE (TOML) stand, any of them together:
  variant = "broken_wallet_lies"            a faulty variant, as payrelay explain tells
  mutants = ["relay_procedure.settling.result_info.negate_is_receipt_true"]     as payrelay mutants prints them
  faults = ["signature_unchecked"]          what is left unchecked between bytes and messages: signature_unchecked,
                                            audience_unchecked, expiry_unchecked, channel_unchecked,
                                            durability_unchecked, made_anew
  [[edits]]                                 rows of a role's table, changed; here the relay compares no more:
  edit = "guarded"
  role = "relay_procedure"
  action = "show_confirmation"
  by = []
  [[edits]]
  edit = "drop"
  role = "relay_procedure"
  action = "fail_on_confirm_info"

\b
An edit is a drop, forget, redirect (to = a state), guarded (by = guards, some with "not " before), negate (guard =),
repeat, double or withhold (output = 1 for the first), readdress, imitate (like = the line of a row), uncorrelated or
amnesia. It is of the rows that agree with role, state, event, action, target and line, as far as they are given;
payrelay draw machine shows them. Of what is edited, each party does what is of its own role. What a variant would say
and the wire has no form for is not said: the party answers 500, or ends.

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
@click.option("--tls", is_flag=True, help="Of a new system: TLS between all, by certificates of its own.")
@click.option(
    "--variant", type=click.Path(path_type=Path), metavar="FILE", help="What is done otherwise than it should."
)
def command(
    roles: tuple[str, ...],
    folder: Path,
    security: str | None,
    enrolled: int | None,
    port: int | None,
    tls: bool,
    variant: Path | None,
) -> int:
    """Run the parties of a payment system, each as a process with a database, on loopback, until Ctrl-C."""
    from payrelay.cli.extras import needed

    with needed("reference"):
        from payrelay.cli import serving

    with serving.told_to_end() as end:
        system = serving.opened(folder, security, port, tls, serving.environment_with(variant), enrolled)
        parties = serving.chosen(system, roles)
        serving.check_variants(system, parties)
        serving.check_addresses(system, parties)
        return serving.serve(system, parties, end)
