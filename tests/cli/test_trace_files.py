"""Names of trace files."""

from pathlib import Path

from payrelay.cli.outcomes import Finding
from payrelay.cli.trace_files import file_name, replay_command


def test_a_name_has_letters_that_every_file_system_takes() -> None:
    finding = Finding(
        property="claim", label="C", claims=(), level="searched", configuration="a/b c=1,2 d=*", result="violated"
    )
    assert file_name(finding) == "a-b-c=1,2-d=-.claim.json"


def test_the_command_can_be_pasted() -> None:
    assert replay_command(Path("a b") / "c.json") == "payrelay replay 'a b/c.json'"
