"""Compiled kernels are kept for exactly the sources that they are made of."""

from pathlib import Path

import pytest

from payrelay.verification.engines import compiling, kernel, narrow_kernel, wide_kernel
from payrelay.verification.liveness import kernel as liveness_kernel


def sources(folder: Path) -> Path:
    for name in compiling.SOURCES:
        (folder / name).mkdir()
        (folder / name / "kernel.py").write_text("ROOM = 1\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", compiling.SOURCES)
def test_another_source_is_another_place(name: str, tmp_path: Path) -> None:
    folder = sources(tmp_path)
    before = compiling.place_of(folder)
    assert compiling.place_of(folder) == before
    (folder / name / "kernel.py").write_text("ROOM = 2\n", encoding="utf-8")
    assert compiling.place_of(folder) != before


def test_they_are_kept_with_the_user_if_not_beside_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sources(tmp_path)
    monkeypatch.setattr(compiling._config, "CACHE_DIR", "")
    assert compiling.place_of(folder).parent == folder / "engines" / "__pycache__"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert compiling.place_of(folder).parent == Path.home() / ".cache"
    monkeypatch.setattr(compiling._config, "CACHE_DIR", str(tmp_path / "told"))
    assert compiling.place_of(folder).parent == tmp_path / "told"


def test_every_kernel_is_kept_there() -> None:
    kernels = [narrow_kernel.search, narrow_kernel.insert, wide_kernel.search, wide_kernel.insert]
    kernels += [kernel.rehash, kernel.recode, kernel.fill_places, liveness_kernel.reach]
    for one in kernels:
        assert Path(one._cache.cache_path).parent == compiling._place()  # type: ignore[attr-defined]
