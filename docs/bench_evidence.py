"""The evidence of the bench: the tables of what `payrelay bench` has written into docs/evidence/bench.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docs.search_evidence import Evidence
from docs.tables import table
from payrelay.cli.bench_reports import TOLD, digest_of_engines, in_words
from payrelay.verification.bench.bars import OURS

BENCH_EVIDENCE = "evidence/bench.json"
BENCH = f"payrelay bench --output docs/{BENCH_EVIDENCE}"


class BenchEvidence:
    """What docs/evidence/bench.json says."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self.searches = [one for one in found["measurements"] if one["states"] is not None]
        """The rest is of logs that were followed, of which no graph tells anything."""

    def why_stale(self, evidence: Evidence | None) -> str:
        """Why it does not speak of this payrelay; nothing, if it does."""
        if self.found["engines"] != digest_of_engines():
            return "what searches has changed"
        searched = {one["name"]: one["states"] for one in evidence.found["configurations"]} if evidence else {}
        for one in self.searches:
            if one["tool"] == OURS and searched.get(one["workload"], one["states"]) != one["states"]:
                return f"{one['workload']} has other states"
        return ""

    def speed_table(self) -> str:
        """How long each tool took."""

        def row(one: dict[str, Any]) -> tuple[str, ...]:
            steps, takes = one["steps_per_second"], one["bytes_per_state"]
            return (
                f"`{one['workload']}`",
                TOLD[one["tool"]],
                f"{one['states']:,}",
                f"{one['steps']:,}",
                f"{one['seconds']:.3g}",
                f"{one['preparing_seconds']:.3g}",
                "" if steps is None else f"{steps / 1e6:.3g}",
                "" if takes is None else f"{takes:.0f}",
            )

        head = ("graph", "tool", "states", "steps", "seconds", "made in", "million steps/s", "bytes a state")
        versions = {name: one for name, one in self.found["versions"].items() if name != "payrelay"}
        told = ", ".join(f"{TOLD[name].partition(',')[0]} {one}" for name, one in versions.items())
        missing = ", ".join(TOLD[name].partition(",")[0] for name in self.found["missing"])
        left_out = [f"`{one['workload']}` by {TOLD[one['tool']]}: {one['reason']}" for one in self.found["left_out"]]
        text = f"One run of `{self.found['command']}`, on {self.found['machine']['cores']} cores"
        text += f"; beside {told}" if told else ""
        text += f"; without {missing}" if missing else ""
        text += f". Left out: {'; '.join(left_out)}" if left_out else ""
        return f"{text}.\n\n{table(head, map(row, self.searches))}"

    def bars_table(self) -> str:
        """What was to be reached, and what was."""

        def row(one: dict[str, Any]) -> tuple[str, ...]:
            reached, bar = (in_words(one[key], one["unit"]) for key in ("value", "bar"))
            said = "met" if one["met"] else "missed"
            return f"`{one['workload']}`", f"{reached} {one['quantity']}", f"{one['direction']} {bar}", said

        return table(("workload", "reached", "wanted", ""), map(row, self.found["bars"]))


def bench_evidence_in(docs: Path) -> BenchEvidence | None:
    """What was measured, if anything was."""
    path = docs / BENCH_EVIDENCE
    return BenchEvidence(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
