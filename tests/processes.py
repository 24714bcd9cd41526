"""Processes: the same script in several, each of which orders its sets in another way."""

import os
import subprocess
import sys

SEEDS = ("1", "2", "3")


def outputs(script: str) -> set[str]:
    """What each of them prints: one text, if nothing depends on the process."""
    found = set()
    for seed in SEEDS:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", script]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    return found
