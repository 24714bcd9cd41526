"""`payrelay conform init`: a folder to begin with."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLE = """
\b
Examples:
  payrelay conform init --role relay
  payrelay conform init --role wallet --url http://127.0.0.1:8080 --security hardened
  payrelay conform init --role shop --security channel --tls --url https://127.0.0.1:8443 --folder shop-tests
  payrelay conform init --role relay,shop --url http://127.0.0.1:8080 --url http://127.0.0.1:8081

\b
The folder has conform.toml, keys of all parties under test roots of its own, and README.md: the one page that says what
to give to the system under test. A role is relay, shop, wallet, payment, authority or terminal; several with commas
between them are tested together, and the kit plays the rest.

Exit codes: 0 written, 2 wrong usage, or the folder cannot be had.
"""


@click.command("init", short_help="Write a folder to begin with.", epilog=EXAMPLE)
@click.option("--role", "roles", default="relay", metavar="ROLE,...", help="What the system under test plays. [relay]")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("conform"), metavar="DIR", help="Where to. [conform]"
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="URL",
    help="Where the system under test is; once for each server of it, in the order of --role. [http://127.0.0.1:9000]",
)
@click.option("--security", default="plain", metavar="LEVEL", help="plain, channel or hardened. [plain]")
@click.option("--port", type=int, default=9100, metavar="N", help="The first of the kit's ports, in a row. [9100]")
@click.option("--tls", is_flag=True, help="TLS between all, with certificates of a test root.")
def command(roles: str, folder: Path, urls: tuple[str, ...], security: str, port: int, tls: bool) -> int:
    """Write a configuration with comments, keys of all parties, and what to give to the system under test."""
    import os
    import shlex

    from payrelay.conformance.configuration import FILE
    from payrelay.conformance.initial.folder import write_folder
    from payrelay.conformance.initial.page import PAGE
    from payrelay.conformance.initial.plan import TERMINAL, Plan

    named = tuple(role.strip() for role in roles.split(","))
    plan = Plan(named, tuple(url.rstrip("/") for url in urls), security, port, tls)
    write_folder(folder, plan, random=os.urandom)
    within = shlex.quote(str(folder / FILE))
    click.echo(f"{folder / PAGE}: what to give to the {', '.join(named)}")
    click.echo(f"{folder / FILE}: what is tested, and how")
    starts = [f"start the {', '.join(plan.servers)}"] if plan.servers else []
    starts += ["write into [sut] how a terminal is started"] if TERMINAL in plan.under_test else []
    said = " and ".join(starts)
    click.echo(f"{said[0].upper()}{said[1:]}, then: payrelay conform doctor {within}")
    return 0
