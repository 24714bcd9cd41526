"""docs/own-protocol.md is run from its first block to its last."""

from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

PAGE = Path(__file__).parents[2] / "docs" / "own-protocol.md"


def test_every_block_does_what_the_page_says() -> None:
    document = Sybil(parsers=[PythonCodeBlockParser()], path=str(PAGE.parent)).parse(PAGE)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) >= PAGE.read_text(encoding="utf-8").count("```python")


def test_the_published_counts_are_on_the_page() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert all(count in text for count in ("56 with two", "288 with three", "8,832 with five", "[56, 288, 8832]"))


def test_the_blocks_are_one_file(tmp_path: Path) -> None:
    blocks = [block.split("```", 1)[0] for block in PAGE.read_text(encoding="utf-8").split("```python\n")[1:]]
    source = "\n".join(block for block in blocks if not block.startswith(">>>"))
    exec(compile(source, str(tmp_path / "mine.py"), "exec"), {"__name__": "mine"})
