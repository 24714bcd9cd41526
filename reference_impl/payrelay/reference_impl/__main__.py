"""One party as a process: `python -m payrelay.reference_impl relay.toml`. It prints one line once it takes requests."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from payrelay.language.configurations import ConfigurationError
from payrelay.reference_impl.processes import READY
from payrelay.reference_impl.servers import make_server
from payrelay.reference_impl.settings import read_settings

USAGE = 2


def main(arguments: list[str]) -> int:
    """Run a party until it is told to stop; the exit code."""
    if len(arguments) != 1:
        print("payrelay: name the settings of one party: python -m payrelay.reference_impl relay.toml", file=sys.stderr)
        return USAGE
    try:
        server = make_server(read_settings(Path(arguments[0]), os.environ))
        return asyncio.run(server.run(lambda: print(READY, flush=True)))
    except ConfigurationError as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
