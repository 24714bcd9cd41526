"""Selection of mutants: what the words of `payrelay mutants` name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import UsageError
from payrelay.language.configurations import did_you_mean
from payrelay.language.role import role_table
from payrelay.verification.mutants.mutation import Mutation, Outputs, RowOutputs, mutations

NAMED = "named"
ANY = Outputs(9, is_readdressable=True)
"""More than any row sends."""


def check_names(catalogue: Catalogue, words: Sequence[str]) -> None:
    """Raise UsageError for a word that can be no mutant and no role; before anything is searched."""
    tables = [role_table(role) for role in catalogue.roles]
    any_outputs = {(table.name, row.name): ANY for table in tables for row in table.rows}
    known = {one.name for one in _every(catalogue, any_outputs)} | {table.name for table in tables}
    for word in words:
        if word not in known:
            raise UsageError(f"no mutant and no role '{word}'{_near(word, known)}")


def chosen(catalogue: Catalogue, words: Sequence[str], outputs: RowOutputs) -> list[Mutation]:
    """The mutants of these names and roles; all, if there are none."""
    every = list(_every(catalogue, outputs))
    if not words:
        return every
    of = {one.name: {one.name, *(edit.role for edit in one.edits)} for one in every}
    if missing := next((word for word in words if not any(word in names for names in of.values())), None):
        raise UsageError(f"no mutant '{missing}': in no searched configuration does the row send so much")
    return [one for one in every if of[one.name] & set(words)]


def _every(catalogue: Catalogue, outputs: RowOutputs) -> Iterator[Mutation]:
    for variant in catalogue.variants:
        yield Mutation(variant.name, NAMED, variant.edits)
    for role in catalogue.roles:
        yield from mutations(role_table(role), outputs)


def _near(word: str, known: set[str]) -> str:
    near = did_you_mean(word, known)
    roles = sorted(name for name in known if "." not in name)
    return near if "did you mean" in near else did_you_mean("", roles)
