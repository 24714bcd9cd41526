"""The one command. `main` is its entry point; every command is a file of its own, imported when it is called.

A command that searches turns its words into jobs (`selection`), which worker processes search (`searching`,
`workers`, `worker`); what they found is data (`outcomes`), judged over all configurations (`standings`) and printed
(`verify`, `reports`, `junit`, `claims`). Nothing here knows payments but `catalogue`, and that only when it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payrelay.cli.catalogue import Surroundings


def main(arguments: Sequence[str] | None = None, surroundings: Surroundings | None = None) -> int:
    """Run the command and return its exit code. Whatever goes wrong ends as one line on standard error."""
    from payrelay.cli.commands import run

    return run(arguments, surroundings)
