"""How a property stands, in one line."""

from __future__ import annotations

from payrelay.cli.standings import Standing
from payrelay.cli.terminal import painted
from payrelay.cli.words import in_words


def standing_line(standing: Standing) -> str:
    """The verdicts on one property."""
    if standing.word == "wire":
        return in_words("wire")
    parts = []
    for verdict in ("violated", "holds", "seen", "inconclusive", "vacuous"):
        if found := standing.where(verdict):
            reasons = {one.reason for one in found if verdict == "inconclusive"}
            why = f" ({'; '.join(sorted(reasons))})" if reasons else ""
            parts.append(f"{painted(verdict)} in {', '.join(one.configuration for one in found)}{why}")
    if absent := standing.where("not_applicable"):
        # Where nothing else is known, the reason is what there is to know.
        why = f" ({absent[0].reason})" if len(absent) == len(standing.findings) else ""
        parts.append(f"not applicable in {len(absent)}{why}")
    return "; ".join(parts) or "not searched"
