"""`payrelay conform`: tests of anybody's implementation. Each kind is a command of its own, in the file `conform_` and
its name."""

from __future__ import annotations

from payrelay.cli.commands import Commands

EXAMPLE = """
\b
Examples:
  payrelay conform init --role relay --url http://127.0.0.1:9000
  payrelay conform doctor
  payrelay conform run                                what came of it; everything is in result.json
  payrelay conform replay result.json                 what did not pass, again
  payrelay conform peers --as shop,wallet-1
  payrelay conform requirements --role relay          what a relay is tested for
  payrelay conform report --html report.html          a result to read
  payrelay conform explain relay.shows-the-amount     a requirement, and what came of it
  payrelay conform selftest --role shop               how many faulty shops are found

\b
init writes a folder: a configuration, keys under test roots, and one page that says what to give to the system under
test. doctor proves that a run can begin, or names the line that is wrong.
"""

command = Commands(
    "conform",
    "payrelay.cli.conform_",
    (
        "init",
        "doctor",
        "run",
        "replay",
        "list",
        "report",
        "explain",
        "requirements",
        "export",
        "peers",
        "record",
        "selftest",
    ),
    help="Test whether an implementation of any role, in any language, conforms: the oracle is the model.",
    short_help="Test an implementation of any role against the model.",
    epilog=EXAMPLE,
)
