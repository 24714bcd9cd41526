"""The evidence of the campaigns: the table of what docs/campaign.py has left in docs/evidence."""

from __future__ import annotations

import json
from pathlib import Path

from docs.tables import table


def campaigns_table(docs: Path) -> str:
    """What campaigns have found, of those that were run; docs/campaign.py writes and checks what they leave."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((docs / "evidence").glob("*.json"))]
    rows = (
        (f"[{one['name']}](evidence/{one['name']}.json)", one["says"], one["found"], f"`{one['commit'][:10]}`")
        for one in found
        if one["kind"] == "campaign"
    )
    head = ("campaign", "what it runs", "what it found", "commit")
    return table(head, rows) if any(one["kind"] == "campaign" for one in found) else "None was run of these sources.\n"
