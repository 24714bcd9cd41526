"""The vectors: current, complete, and the same to another implementation."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.npm import needs_jose, needs_node

from docs import write_vectors
from payrelay.model.conversion import Kind
from payrelay.model.data import SECURITIES
from payrelay.wire import MESSAGES
from payrelay.wire.objects import SIGNERS
from payrelay.wire.page_vectors import SHOWN, SPOILED_PAGES
from payrelay.wire.pages import Page, page_in
from payrelay.wire.problem_documents import Problem
from payrelay.wire.spoilings import SPOILINGS

HOUSE = Path(__file__).parents[2]
VECTORS = HOUSE / "docs" / "vectors"
CHECKER = Path(__file__).parent / "check_vectors.mjs"
MOST_BYTES = 1_500_000
DOCUMENTS: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("*.json"))
}
MESSAGE_VECTORS = {name: one for name, one in DOCUMENTS.items() if one["kind"] == "vectors"}


def checked(folder: Path) -> Any:
    """What the checker says of a folder of vectors."""
    jose = needs_jose() / "dist" / "webapi" / "index.js"
    ran = subprocess.run(
        [needs_node(), str(CHECKER), str(folder), jose.as_uri()], capture_output=True, text=True, check=False
    )
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)
    assert ran.returncode == bool(found["failures"])
    return found


def test_they_are_current() -> None:
    assert write_vectors.main(["--check"]) == 0


@pytest.mark.slow
def test_invalid_vectors_are_seen_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(VECTORS, folder)
    (folder / "CancelAck.json").write_text("{}", encoding="utf-8")
    (folder / "Nonsense.json").write_text("{}", encoding="utf-8")
    (folder / "Cancel.json").unlink()
    assert write_vectors.main(["--check"], folder) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        f"docs/vectors/{name}.json" for name in ("Cancel", "CancelAck", "Nonsense")
    ]
    assert write_vectors.main([], folder) == 0
    assert write_vectors.main(["--check"], folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "removed docs/vectors/Nonsense.json",
        "wrote docs/vectors/Cancel.json",
        "wrote docs/vectors/CancelAck.json",
    ]


def test_there_is_a_set_of_every_message_at_every_level() -> None:
    assert set(MESSAGE_VECTORS) == set(MESSAGES)
    for one in MESSAGE_VECTORS.values():
        assert tuple(each["security"] for each in one["sets"]) == SECURITIES


def test_there_is_one_of_every_object_and_it_is_found() -> None:
    objects = {name for name, one in DOCUMENTS.items() if one["kind"] == "object"}
    assert objects == {kind.__name__ for kind in SIGNERS} | {"PaymentInstruction", "user_auth", "secret", "answer"}
    named = {name for one in MESSAGE_VECTORS.values() for name in one["sets"][2]["objects"].values()}
    assert named == objects - {"secret"}  # which is inside of another


@pytest.mark.parametrize("vector", DOCUMENTS["pages"]["pages"], ids=lambda one: one["template_id"])
def test_a_page_is_read_as_its_slots_and_a_spoiled_one_is_none(vector: Any) -> None:
    found = page_in(vector["page"].encode(vector["charset"]), vector["media"], vector["charset"])
    assert isinstance(found, Page)
    shown = found.summary
    assert [list(slot) for slot in shown.slots] == vector["slots"]
    assert (list(shown.actions), shown.template_id, shown.bound) == (vector["actions"], vector["template_id"], None)
    for one in vector["spoiled"]:
        refused = page_in(base64.b64decode(one["base64"]), vector["media"], vector["charset"])
        assert isinstance(refused, Problem), one["name"]
        assert refused.name == one["refused"]


def test_every_way_to_spoil_a_page_is_there() -> None:
    pages = DOCUMENTS["pages"]["pages"]
    assert {one["name"] for page in pages for one in page["spoiled"]} == set(SPOILED_PAGES)
    assert {(one["capability"], one["template_id"].partition(".")[0]) for one in pages} == {
        (name, kind.value) for name in SHOWN for kind in Kind
    }


def test_every_spoiling_is_there() -> None:
    sets = [each for one in MESSAGE_VECTORS.values() for each in one["sets"]]
    met = {spoiled["name"] for one in (*DOCUMENTS.values(), *sets) for spoiled in one.get("spoiled", ())}
    assert met == set(SPOILINGS) - {"object_not_signed"}  # which is a member missing, and told as one


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in VECTORS.iterdir()) < MOST_BYTES


def test_another_implementation_reads_them_the_same() -> None:
    found = checked(VECTORS)
    assert found["failures"] == []
    assert found["valid"] == 3 * len(MESSAGES) + 10 + len(DOCUMENTS["pages"]["pages"])
    assert found["refused"] > 1_500


@pytest.mark.slow
def test_invalid_vectors_are_seen_by_another_implementation(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    shutil.copytree(VECTORS, folder)
    swapped = json.loads((folder / "CancelAck.json").read_text(encoding="utf-8"))
    hardened = swapped["sets"][2]
    (unsigned,) = [one for one in hardened["spoiled"] if one["name"] == "alg_none"]
    hardened["valid"], unsigned["bytes"] = unsigned["bytes"], hardened["valid"]
    (folder / "CancelAck.json").write_text(json.dumps(swapped), encoding="utf-8")
    told = [line.partition(":")[0] for line in checked(folder)["failures"]]
    assert told[0] == "CancelAck.json hardened"
    assert "CancelAck.json hardened alg_none " in told
