"""One guard is edited in a copy of the tree, and nothing else: verdict, picture, page and server are others.

The relay compares no more what a wallet would have confirmed with what the shop demands; it shows it as soon as a
terminal waits. So a wallet that lies about the amount, which is refused, is believed.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from tests.ports import free_ports
from tests.reference_impl.test_pages import slots
from tests.reference_impl.test_processes import ENVIRONMENT, ordered

from payrelay.reference_impl.processes import Processes
from payrelay.reference_impl.settings_files import read_settings, variable_of
from payrelay.reference_impl.systems import Plan, write_system

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).parent.parent
PORTIONS = ("model", "verification", "reference_impl")
EDITED = "model/payrelay/model/roles/relay_procedure.py"
AS_IT_IS = """\
        wait_consent, cond=is_confirmable, on=show_confirmation
    ) | wait_confirming_info.to(failed, unless=is_confirmable, on=fail_on_confirm_info)
"""
INSTEAD = AS_IT_IS.replace("is_confirmable", "has_pending")
# The slow engine is there at once; the fast one would be compiled for the copy.
COMMAND = "import sys; sys.modules['numba'] = None\nfrom payrelay.cli import main\nsys.exit(main(sys.argv[1:]))"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree, with the one guard edited."""
    copy = tmp_path / "tree"
    for name in (*PORTIONS, "docs"):
        shutil.copytree(HOUSE / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / EDITED).read_text(encoding="utf-8")
    assert text.count(AS_IT_IS) == 1
    (copy / EDITED).write_text(text.replace(AS_IT_IS, INSTEAD), encoding="utf-8")
    return copy


def environment_of(tree: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / name) for name in PORTIONS)}


def ran(tree: Path, *words: str) -> tuple[int, str]:
    """What a Python of a tree ends with, and says."""
    run = subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment_of(tree), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, run.stdout


def differing(one: Path, other: Path) -> set[str]:
    """The files that are not the same in two trees."""
    return {
        str(path.relative_to(one))
        for name in (*PORTIONS, "docs")
        for path in (one / name).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not filecmp.cmp(path, other / path.relative_to(one), shallow=False)
    }


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are in only one of two texts."""
    lines = before.splitlines(), after.splitlines()
    return [line for line in lines[0] if line not in lines[1]], [line for line in lines[1] if line not in lines[0]]


def test_nothing_else_is_edited(copy: Path) -> None:
    assert differing(copy, HOUSE) == {EDITED}
    assert ran(copy, "-c", "import payrelay.model.roles.relay_procedure as m; print(m.__file__)")[1].strip() == str(
        copy / EDITED
    )


def test_a_verdict_is_another(copy: Path) -> None:
    """A wallet lies. With the relay as it is, no page shows its amount."""
    words = ("-c", COMMAND, "verify", "broken_confirm_info", "--property", "P18")
    (_, before), (code, after) = ran(HOUSE, *words), ran(copy, *words)
    name = "the_confirmation_shows_the_amount_of_the_payment_information"
    assert "0 violated" in before
    assert code == 1
    assert f"violated in happy variant=broken_confirm_info: {name}" in after
    assert "ConfirmSummary, amount 1 JPY" in after


def test_the_picture_is_another(copy: Path) -> None:
    words = ("-m", "payrelay.cli", "draw", "machine", "relay_procedure")
    before, after = changed(ran(HOUSE, *words)[1], ran(copy, *words)[1])
    assert len(before) == len(after) == 2
    assert "confirm_info_message [is_confirmable] / show_confirmation" in before[0]
    assert "confirm_info_message [has_pending] / show_confirmation" in after[0]


def test_a_page_is_another(copy: Path) -> None:
    assert ran(copy, "docs/generate.py")[0] == 0
    assert differing(copy, HOUSE) == {EDITED, "docs/protocol.md"}
    before, after = changed((HOUSE / "docs/protocol.md").read_text(), (copy / "docs/protocol.md").read_text())
    assert (len(before), len(after)) == (3, 2)  # a guard that stands in no row is told no more
    assert "`confirm_info_message` | `is_confirmable` | `show_confirmation`" in before[0]
    assert before[2].startswith("| `is_confirmable` |")
    assert "`confirm_info_message` | `has_pending` | `show_confirmation`" in after[0]


def test_the_server_is_another(copy: Path, tmp_path: Path) -> None:
    """The same lying wallet, over HTTP: the relay of one tree refuses it, that of the other shows one yen for 150."""
    lying = tmp_path / "lying.toml"
    lying.write_text('variant = "broken_confirm_info"\n')
    plan = Plan(wallets=1, first_port=free_ports(8))
    written = write_system(tmp_path / "system", plan, now=int(time.time()), random=os.urandom)
    settings = {path.stem: path for path in written}
    processes = Processes(settings, ENVIRONMENT)

    def starts(party: str, environment: dict[str, str]) -> None:
        processes.environment = environment
        processes.start(party)

    shown = []
    try:
        starts("shop", ENVIRONMENT)
        starts("wallet-1", {**ENVIRONMENT, variable_of("variant", "file"): str(lying)})
        for tree in (HOUSE, copy):
            starts("relay", environment_of(tree))
            with httpx2.Client(trust_env=False, timeout=30) as browser:
                shown.append(slots(ordered(browser, str(read_settings(settings["shop"], {}).server.url))))
            assert processes.end("relay") == 0
    finally:
        processes.end_all()
    assert (shown[0]["code"], shown[1]["amount"]) == ("CONFIRM_MISMATCH", "1 JPY")
