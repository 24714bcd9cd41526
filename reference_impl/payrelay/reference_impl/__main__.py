"""One party as a process: `python -m payrelay.reference_impl relay.toml`. It prints one line once it takes requests.

With `--attached` it ends when its standard input ends, as it does with whoever started it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from payrelay.language.configurations import ConfigurationError
from payrelay.reference_impl.processes import ATTACHED, READY
from payrelay.reference_impl.servers import make_server
from payrelay.reference_impl.settings_files import read_settings

USAGE = 2


def main(arguments: list[str]) -> int:
    """Run a party until it is told to stop; the exit code."""
    is_attached = arguments[1:] == [ATTACHED]
    if len(arguments) != 1 + is_attached:
        print("payrelay: name the settings of one party: python -m payrelay.reference_impl relay.toml", file=sys.stderr)
        return USAGE
    try:
        if is_attached:
            threading.Thread(target=_end_with_input, daemon=True).start()
        server = make_server(read_settings(Path(arguments[0]), os.environ))
        if variant := server.serving.party.variant:
            print(f"payrelay: {server.settings.party.name} is a variant: {variant}", file=sys.stderr, flush=True)
        return asyncio.run(server.run(lambda: print(READY, flush=True)))
    except ConfigurationError as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return USAGE


def _end_with_input() -> None:
    # Not by sys.stdin: a thread that waits there keeps Python from ending.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
