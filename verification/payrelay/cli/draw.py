"""`payrelay draw`: pictures of the protocol. Each kind is a command of its own, in the file `draw_` and its name."""

from __future__ import annotations

from payrelay.cli.commands import Commands

EXAMPLE = """
\b
Examples:
  payrelay draw sequence happy_path
  payrelay draw sequence broken_wallet_lies --output lie.svg
  payrelay draw machine relay --output relay.svg
  payrelay draw network faults --format mermaid
"""

command = Commands(
    "draw",
    "payrelay.cli.draw_",
    ("sequence", "machine", "network"),
    help="Draw the protocol, from runs and tables: never by hand, so that no picture disagrees with the model.",
    short_help="Draw runs, the roles' machines, and the network.",
    epilog=EXAMPLE,
)
