"""`payrelay register`: a terminal at the shell that registers its user for a wallet, for people and scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from payrelay.cli.terminal_options import terminal_options

EXAMPLE = """
\b
Examples:
  payrelay register --wallet wallet-2
  payrelay register --wallet wallet-2 --answers answers.json --accept-terms --json

\b
It speaks with the relay, and never with the wallet or the authority. At security hardened it seals the answers to
sensitive questions for the authority, so that the relay cannot read them. Once it has gone well, one can pay with the
wallet: payrelay pay.

\b
FILE has one JSON object: the answers by the names of the questions, which are asked if there is no answer for them:
  {"holder": "A. User", "account": "4000 1234"}
  {"holder": "A. User", "account": "4000 1234", "user_auth": "a word to pay with"}     at security hardened
A list has an answer for each time that the question is asked, as the authority finds those before wrong.
A registration that was cancelled, or failed, is told again until --again begins another.

\b
Exit codes: 0 registered, 1 not (cancelled, rejected, failed), 2 wrong usage, also where nobody is there to answer,
3 the relay cannot be reached, 4 not known yet, 130 Ctrl-C. With 2 and 3 there is no JSON document.
"""


@click.command("register", short_help="Register for a wallet from the shell, to pay with it.", epilog=EXAMPLE)
@click.option("--wallet", metavar="NAME", help="The wallet to register for.")
@click.option("--authority", metavar="NAME", default="authority", help="With whom to register. [authority]")
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE", help="What to answer.")
@click.option("--accept-terms", is_flag=True, help="Accept the authority's terms, without being asked.")
@click.option("--again", is_flag=True, help="If the registration did not go well, try once more.")
@terminal_options
def command(**given: Any) -> int:
    """Answer the questions of a registration authority, so that one can pay with a wallet."""
    from payrelay.cli.extras import needed

    with needed("reference"):
        from payrelay.cli.terminal_runs import run_register

    return run_register(**given)
