"""`payrelay export`: the model on standard output or in a file, and what cannot be had."""

from pathlib import Path

import pytest

from payrelay.classics import request_answer
from payrelay.cli.catalogue import Catalogue
from payrelay.verification.promela.export import promela

from .conftest import ON_A_WIRE, Run


def test_the_model_is_printed(run: Run, catalogue: Catalogue) -> None:
    ran = run("export", "promela", "lossy")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == promela(request_answer.system(request_answer.LOSSY), catalogue.properties)
    assert f"     {ON_A_WIRE.label} {ON_A_WIRE.name}\n" in ran.out


def test_the_first_configuration_is_exported_if_none_is_named(run: Run) -> None:
    assert run("export", "promela").out == run("export", "promela", "friendly").out


def test_a_configuration_is_changed_and_properties_are_chosen(run: Run) -> None:
    ran = run("export", "promela", "friendly", "losses=1", "--property", "once", "--property", "honest")
    assert ran.out.startswith("/* friendly losses=1: ")
    assert "seen_once" in ran.out
    assert "seen_honest" in ran.out
    assert "possible" not in ran.out


def test_a_faulty_variant_is_exported_where_it_is_caught(run: Run) -> None:
    ran = run("export", "promela", "broken_ledger")
    assert ran.out.startswith("/* lossy duplicates=1 variant=broken_ledger: ")


def test_it_is_written_to_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.pml"
    ran = run("export", "promela", "friendly", "--output", str(file))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert file.read_text(encoding="utf-8") == run("export", "promela", "friendly").out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["promla"], "no format 'promla'; did you mean 'promela'?"),
        (["promela", "frendly"], "no configuration 'frendly'; did you mean 'friendly'?"),
        (["promela", "friendly", "loses=1"], "no key 'loses' in configuration friendly; did you mean 'losses'?"),
        (["promela", "broken_ledge"], "did you mean 'broken_ledger'?"),
        (["promela", "friendly", "--property", "onec"], "no property 'onec'; did you mean 'once'?"),
        (["promela", "friendly", "--output", "no/such/folder"], "cannot write no/such/folder"),
        ([], "missing argument"),
    ],
)
def test_invalid_usage(run: Run, words: list[str], line: str) -> None:
    ran = run("export", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("payrelay: ")
    assert line in ran.err
    assert ran.err.count("\n") == 1
