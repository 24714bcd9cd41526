"""`payrelay pay`: a terminal at the shell that orders and pays, for people and scripts."""

from __future__ import annotations

from typing import Any

import click

from payrelay.cli.terminal_options import terminal_options

EXAMPLE = """
\b
Examples:
  payrelay pay
  payrelay pay --cart "A pen" --wallet 2
  payrelay pay --cart "A pen" --wallet wallet-1 --amount "150 JPY" --yes --json
  payrelay pay --resume
  payrelay pay --relay http://127.0.0.1:8800 --order shop/Jx4f...

\b
It speaks with the shop and the relay, and never with a wallet. What is shown is the relay's page for a terminal of
plain text. At security hardened it seals the word to pay with for the wallet, so that the relay cannot read it. An
order that is named, or is the last one (--resume), is asked after: its payment goes on where it was, and nothing is
paid twice. Ctrl-C cancels what is not confirmed; what is, goes on without this terminal.

\b
Exit codes: 0 paid, 1 not paid (declined, cancelled, refused), 2 wrong usage, also where nobody is there to answer,
3 relay or shop cannot be reached, 4 not known yet, 130 Ctrl-C. With 2 and 3 there is no JSON document.
"""


@click.command("pay", short_help="Order and pay from the shell, by a terminal of its own.", epilog=EXAMPLE)
@click.option("--cart", metavar="NAME", help="What to order, as the shop's catalogue calls it.")
@click.option("--order", "order_name", metavar="SHOP/ORDER", help="An order that was placed already.")
@click.option("--resume", is_flag=True, help="The order that was placed last from this folder.")
@click.option("--wallet", metavar="WALLET", help="The wallet to pay with, by its number on the page or its name.")
@click.option("--amount", metavar="AMOUNT", help="Consent to no other amount than this: '150 JPY'.")
@click.option(
    "--pin",
    envvar="PAYRELAY_PIN",
    metavar="WORD",
    help="Hardened: the word to pay with; in PAYRELAY_PIN others cannot see it.",
)
@click.option("--yes", is_flag=True, help="Consent to what is shown, without being asked.")
@click.option("--again", is_flag=True, help="If the payment was not made, try once more.")
@click.option("--shop", "shop_url", metavar="URL", help="With --relay: the URL of the shop to order at.")
@terminal_options
def command(**given: Any) -> int:
    """Order something, or take an order that there is, and pay it."""
    from payrelay.cli.extras import needed

    with needed("reference"):
        from payrelay.cli.terminal_runs import run_pay

    return run_pay(**given)
