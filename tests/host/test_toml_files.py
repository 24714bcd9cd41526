"""TOML files are read, or it is told in one line why they are not."""

from pathlib import Path

import pytest

from payrelay.host.toml_files import toml_in
from payrelay.language.configurations import ConfigurationError


def test_a_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "relay.toml").write_text('[party]\nname = "relay"\n', encoding="utf-8")
    assert toml_in(tmp_path / "relay.toml", "the settings") == {"party": {"name": "relay"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read the settings: No such file"), (b"[party", "no TOML: "), (b"\xff", "no TOML: ")],
)
def test_invalid_files_are_told_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "relay.toml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        toml_in(tmp_path / "relay.toml", "the settings")
    assert str(caught.value).startswith(f"{tmp_path / 'relay.toml'}: {said}")
    assert "\n" not in str(caught.value)
