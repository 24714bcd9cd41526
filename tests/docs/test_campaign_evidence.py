"""The evidence of the campaigns: what was found stands in the README."""

from __future__ import annotations

import json
from pathlib import Path

from docs.generate import main


def test_campaigns_that_were_run_are_told(docs: Path) -> None:
    assert "None was run of these sources." in (docs / "README.md").read_text(encoding="utf-8")
    found = {"kind": "campaign", "name": "large", "says": "the large ones", "found": "a lot", "commit": "0123456789abc"}
    (docs / "evidence" / "large.json").write_text(json.dumps(found), encoding="utf-8")
    assert main(["--check"], docs) == 1
    assert main([], docs) == 0
    line = "| [large](evidence/large.json) | the large ones | a lot | `0123456789` |\n"
    assert line in (docs / "README.md").read_text(encoding="utf-8")
