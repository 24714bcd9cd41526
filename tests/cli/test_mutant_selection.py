"""Selection of mutants by name and by role."""

import pytest

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import UsageError
from payrelay.cli.mutant_selection import check_names, chosen
from payrelay.verification.mutants.mutation import Outputs

OUTPUTS = {("server_ledger", "free: serve / remember -> taken"): Outputs(2)}


@pytest.mark.parametrize(
    "word", ["client", "server_ledger.free.serve.withhold_2", "broken_ledger", "client.idle.ask.drop"]
)
def test_what_may_be_a_mutant_or_is_a_role_is_taken(catalogue: Catalogue, word: str) -> None:
    check_names(catalogue, [word])


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("server_ledgr", "did you mean 'server_ledger'?"),
        ("server_ledger.free.serve.dropp", "did you mean 'server_ledger.free.serve.drop'?"),
        ("xyzzy", "there is: broken_ledger, client, server_desk, server_ledger"),
    ],
)
def test_invalid_name_is_refused_with_a_suggestion(catalogue: Catalogue, word: str, suggestion: str) -> None:
    with pytest.raises(UsageError) as error:
        check_names(catalogue, [word])
    assert suggestion in str(error.value)


def test_invalid_output_that_no_row_sends_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match="in no searched configuration does the row send so much"):
        chosen(catalogue, ["server_ledger.free.serve.withhold_3"], OUTPUTS)


def test_a_role_has_its_generated_mutants_and_its_named_ones(catalogue: Catalogue) -> None:
    names = [one.name for one in chosen(catalogue, ["server_ledger"], OUTPUTS)]
    assert names[0] == "broken_ledger"
    assert "server_ledger.free.serve.withhold_2" in names
    assert all(name.startswith("server_ledger.") for name in names[1:])


def test_without_words_all_are_chosen(catalogue: Catalogue) -> None:
    every = {one.name for one in chosen(catalogue, (), OUTPUTS)}
    of_roles = [chosen(catalogue, [role], OUTPUTS) for role in ("client", "server_desk", "server_ledger")]
    assert every == {one.name for found in of_roles for one in found}
