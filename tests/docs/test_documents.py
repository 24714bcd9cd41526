"""What stands between markers: a marker that is no marker, and a part that nobody makes, are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import main


def test_an_invalid_name_is_refused_with_a_suggestion(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "new.md").write_text("<!-- generated: role termnal -->\n<!-- end -->\n", encoding="utf-8")
    assert main([], docs) == 2
    assert capsys.readouterr().err == (
        "docs/new.md: nothing is generated as 'role termnal'; did you mean 'role terminal'?\n"
    )


@pytest.mark.parametrize(
    "text", ["<!-- generated: links -->\n", "<!-- generated: links -->\n<!-- generated: timers -->\n<!-- end -->\n"]
)
def test_an_invalid_marker_is_refused(docs: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "new.md").write_text(text, encoding="utf-8")
    assert main(["--check"], docs) == 2
    assert "ends with <!-- end -->" in capsys.readouterr().err
