"""The command: fuzz, and print what was found as JSON.

python -m tests.fuzz                                 every role, plain and hardened: 5,000 cases each
python -m tests.fuzz shop --security plain --cases 400
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.fuzz.fuzzing import SEED, fuzz

from payrelay.wire.openapi import roles_served


def main() -> int:
    """Fuzz what is asked for; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Schemathesis on the documents.")
    parser.add_argument("roles", nargs="*", default=None, metavar="ROLE", help=", ".join(roles_served()))
    parser.add_argument("--security", action="append", choices=("plain", "hardened"))
    parser.add_argument("--cases", type=int, default=2500, help="at least so many to each, at each level")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    found = []
    for security in asked.security or ("plain", "hardened"):
        with tempfile.TemporaryDirectory() as folder:
            roles = asked.roles or roles_served()
            found += fuzz(roles, security, asked.cases, Path(folder) / "system", seed=asked.seed)
    document = {"kind": "fuzz", "schema_version": 1, "seed": asked.seed, "found": [one.to_json() for one in found]}
    print(json.dumps(document, indent=1))
    return int(any(one.failures for one in found))


if __name__ == "__main__":
    sys.exit(main())
