"""The evidence of the searches: it is the same everywhere, and it is seen if it is missing or of another model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from docs import search_evidence
from docs.documents import DOCS
from docs.generate import main
from payrelay.model.configurations import CLAIM_8_LITERALLY, HAPPY
from payrelay.model.properties import PROPERTIES


def test_evidence_of_another_model_is_seen(
    docs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sources = tmp_path_factory.mktemp("sources") / "model"
    shutil.copytree(search_evidence.SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(search_evidence, "SOURCES", sources)
    assert main(["--check"], docs) == 0, "the same sources elsewhere are the same sources"
    timers = sources / "payrelay" / "model" / "timers.py"
    timers.write_text(timers.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
    assert main(["--check"], docs) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "docs/evidence/verify.json is stale: the model has changed; mend it with: python docs/generate.py --verify"
    )


def test_missing_evidence_is_seen(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "evidence" / "verify.json").unlink()
    assert main(["--check"], docs) == 1
    assert "docs/evidence/verify.json is missing" in capsys.readouterr().err
    assert main([], docs) == 0
    assert "Nothing was searched yet" in (docs / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_evidence_is_the_same_everywhere(tmp_path: Path) -> None:
    texts = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        search_evidence.search(tmp_path / place, [HAPPY, CLAIM_8_LITERALLY])
        texts.append((tmp_path / place / "evidence" / "verify.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert "seconds" not in texts[0]
    assert str(DOCS.parent) not in texts[0]
    found = json.loads(texts[0])
    assert [one["name"] for one in found["configurations"]] == ["happy", "claim_8_literally"]
    assert set(found["configurations"][0]["verdicts"]) == {one.name for one in PROPERTIES}
