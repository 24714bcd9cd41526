"""Counting: two-phase commit searched to its end, and what others have published of it.

python -m payrelay.classics.counting MANAGERS prints one JSON document. Whatever was cut short ends with 4.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from payrelay.classics import two_phase_commit
from payrelay.verification.verdicts import verify

PUBLISHED = {2: 56, 3: 288, 5: 8_832, 7: 296_448, 8: 1_745_408, 9: 10_340_352, 10: 61_515_776}
"""The states of two-phase commit, by its resource managers."""


def counted(managers: int) -> dict[str, Any]:
    """Search it, and hold it against what is published."""
    system = two_phase_commit.system(managers)
    report = verify(system, two_phase_commit.PROPERTIES)
    return {
        "schema_version": 1,
        "kind": "counting",
        "name": system.configuration.name,
        "engine": report.engine,
        "states": report.states,
        "published": PUBLISHED.get(managers),
        "steps": report.steps,
        "depth": report.depth,
        "bound": report.bound,
        "verdicts": {one.property.name: one.result for one in report.verdicts},
    }


def exit_code(found: dict[str, Any]) -> int:
    """1 if the count is another one, 4 if there is nothing to hold it against or it was cut short."""
    if found["bound"] or found["published"] is None:
        return 4
    return int(found["states"] != found["published"])


def main() -> int:
    """The command."""
    found = counted(int(sys.argv[1]))
    print(json.dumps(found, indent=1))
    return exit_code(found)


if __name__ == "__main__":
    sys.exit(main())
