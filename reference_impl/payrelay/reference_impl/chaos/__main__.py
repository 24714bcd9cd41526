"""The fault campaign as a command: `python -m payrelay.reference_impl.chaos --payments 60 --json`.

It runs real servers on loopback in a new folder, kills them, and audits what is left. Exit codes: 0 the books agree and
all that was planned has happened, 1 the books do not agree, 2 bad input, 4 something that was planned has not happened,
5 a server did what nobody had planned.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from shutil import rmtree

from payrelay.language.configurations import ConfigurationError
from payrelay.reference_impl.chaos import reports
from payrelay.reference_impl.chaos.campaign import Campaign
from payrelay.reference_impl.chaos.keepers import CampaignError
from payrelay.reference_impl.chaos.logs import write_logs
from payrelay.reference_impl.chaos.plan import Plan

CODES = {"holds": 0, "violated": 1, "inconclusive": 4}
USAGE, FAULT = 2, 5
LOGS = "logs"
"""The folder in that of the system with the logs of all parties, for payrelay check-trace."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m payrelay.reference_impl.chaos", description="The fault campaign.")
    parser.add_argument("folder", type=Path, help="where the system will be; it must not be there yet")
    for one in fields(Plan):
        option = f"--{one.name.replace('_', '-')}"
        default = getattr(Plan(), one.name)
        if isinstance(default, bool):
            parser.add_argument(option, action="store_true")
        else:
            parser.add_argument(option, type=type(default), default=default, metavar="N", help=f"[{default}]")
    parser.add_argument("--replace", action="store_true", help="remove what an earlier campaign has left in the folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    chosen = parser.parse_args(arguments)
    plan = Plan(**{one.name: getattr(chosen, one.name) for one in fields(Plan)})
    try:
        if chosen.replace and (chosen.folder / "relay.toml").exists():
            rmtree(chosen.folder)
        campaign = Campaign(chosen.folder, plan)
        found = asyncio.run(campaign.run(lambda line: print(line, file=sys.stderr, flush=True)))
        write_logs(chosen.folder / LOGS, found.logs)
    except ConfigurationError as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return USAGE
    except CampaignError as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return FAULT
    if chosen.json:
        print(json.dumps({**reports.document(found), "exit_code": CODES[reports.verdict(found)]}, indent=2))
    else:
        print("\n".join(reports.lines(found)))
    return CODES[reports.verdict(found)]


if __name__ == "__main__":
    sys.exit(main())
