"""`payrelay conform`: tests implementations of a role. Each command is in the file `conform_` and its name."""

from __future__ import annotations

from payrelay.cli.commands import Commands

EXAMPLE = """
\b
Examples:
  payrelay conform init --role relay --url http://127.0.0.1:9000
  payrelay conform doctor
  payrelay conform peers --as shop,wallet-1

\b
init writes a folder: a configuration, keys under test roots, and one page that says what to give to the system under
test. doctor proves that a run can begin, or names the line that is wrong.
"""

command = Commands(
    "conform",
    "payrelay.cli.conform_",
    ("init", "doctor", "peers", "record"),
    help="Test anybody's implementation of a role against the model, which plays everybody else.",
    short_help="Test anybody's implementation of a role.",
    epilog=EXAMPLE,
)
