"""What `bench` says of figures; and of which sources they speak."""

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from payrelay.cli import bench_reports
from payrelay.cli.bench_reports import Benched, digest_of_engines, document, in_words, report
from payrelay.verification.bench.measurements import Found, Measurement


def grown(workload: str, states: int, seconds: float) -> Measurement:
    return Measurement(workload, "payrelay", Found(states=states, steps=states, runs=(seconds,), preparing=0.0))


def test_growth_is_told() -> None:
    benched = Benched({}, {}, measured=[grown("one_procedure", 10, 0.5), grown("two_procedures", 5000, 20.0)])
    assert "two_procedures: one procedure more, 500 times the states, 40 times the time" in report(benched)
    found = document(benched, "payrelay bench")
    assert found["growth"] == [{"workload": "two_procedures", "times_the_states": 500.0, "times_the_seconds": 40.0}]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.375, "part", "37.5%"),
        (0.2043, "part", "20.4%"),
        (50e6, "steps/s", "50.0 million"),
        (4.0625, "times", "4.06"),
        (131.4, "times", "131"),
        (5312.7, "ms", "5,313"),
    ],
)
def test_quantities(value: float, unit: str, words: str) -> None:
    assert in_words(value, unit) == words


def test_the_digest_is_that_of_what_searches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def found(name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path)]
        return spec

    real = digest_of_engines()
    monkeypatch.setattr(bench_reports, "find_spec", found)
    file = tmp_path / "kernel.py"
    file.write_bytes(b"a = 1\n")
    before = digest_of_engines()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "kernel.pyc").touch()
    file.write_bytes(b"a = 1\r\n")
    assert digest_of_engines() == before, "line ends and what Python keeps are no source"
    file.write_bytes(b"a = 2\n")
    assert len({real, before, digest_of_engines()}) == 3
