"""The generated documents: what is stale is seen, and can be mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from docs import generate
from docs.documents import DOCS, DocumentError
from payrelay.cli.catalogue import payments
from payrelay.model.configurations import CLAIM_8_LITERALLY, HAPPY


def test_current_documents_are_left_alone(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in docs.glob("*.md")}
    assert generate.main(["--check"], docs) == 0
    assert generate.main([], docs) == 0
    assert {path: path.read_bytes() for path in docs.glob("*.md")} == before
    assert "wrote" not in capsys.readouterr().out


def test_a_stale_page_is_seen_and_mended(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = docs / "protocol.md"
    right = page.read_text(encoding="utf-8")
    page.write_text(right.replace("| `hold_time` | 10 s |", "| `hold_time` | 11 s |"), encoding="utf-8")
    assert generate.main(["--check"], docs) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "docs/protocol.md is stale; mend it with: python docs/generate.py"
    )
    assert page.read_text(encoding="utf-8") != right, "a check changes nothing"
    assert generate.main([], docs) == 0
    assert capsys.readouterr().out == "wrote docs/protocol.md\n"
    assert page.read_text(encoding="utf-8") == right


def test_a_stale_picture_is_seen_and_mended(docs: Path) -> None:
    """And one of no scenario is refused."""
    picture = docs / "pictures" / "happy_path.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text("<svg/>", encoding="utf-8")
    assert "docs/pictures/happy_path.svg is stale; mend it with: python docs/generate.py" in generate.stale(docs)
    assert "docs/pictures/happy_path.svg" in generate.write(docs)
    assert picture.read_text(encoding="utf-8") == (DOCS / "pictures" / picture.name).read_text(encoding="utf-8")
    picture.rename(picture.with_name("no_path.svg"))
    with pytest.raises(DocumentError, match=r"docs/pictures/no_path\.svg is the picture of no scenario"):
        generate.stale(docs)


def test_prose_is_nobody_s_but_the_writer_s(docs: Path) -> None:
    page = docs / "protocol.md"
    changed = page.read_text(encoding="utf-8").replace("# The protocol\n", "# The protocol, told otherwise\n")
    page.write_text(changed, encoding="utf-8")
    assert generate.main(["--check"], docs) == 0


@pytest.mark.slow
def test_verify_searches_and_writes(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "CATALOGUE", replace(payments(), configurations=(HAPPY, CLAIM_8_LITERALLY)))
    assert generate.main(["--verify"], docs) == 0
    assert generate.main(["--check"], docs) == 0
    assert "| `claim_8_literally` |" in (docs / "protocol.md").read_text(encoding="utf-8")


def test_everything_that_is_generated_stands_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in generate.pages(DOCS))
    assert [name for name in generate.parts(None) if f"<!-- generated: {name} -->" not in text] == []
