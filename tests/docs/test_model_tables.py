"""The tables of the model: they have words for everything, and what cannot be told is refused."""

from __future__ import annotations

import ast
import inspect
import json
import re
from typing import Any

import pytest

from docs.documents import DOCS, DocumentError
from docs.model_tables import DETAILS, details, says_of, state_table
from payrelay.language.messages import Message
from payrelay.language.role import Role, RoleTable, role_table
from payrelay.model.protocol import ROLES

SAYS_IT_ALL = {("relay_procedure", "is_in_doubt")}
"""Guards whose first sentence leaves nothing to be said."""


def functions(read: RoleTable) -> dict[str, Any]:
    """The guards and actions of a role, by name."""
    found: dict[str, Any] = {} if read.correlation is None else {read.correlation.__name__: read.correlation}
    found |= {guard.__name__: guard for row in read.rows for guard, _ in row.guards}
    return found | {row.action.__name__: row.action for row in read.rows if row.action}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
def test_every_guard_and_action_of_a_role_has_words(role: type[Role]) -> None:
    text, read = state_table(role), role_table(role)
    for name, function in functions(read).items():
        shown = "who may say what" if function is read.correlation else f"`{name}`"
        line = re.search(rf"^\| {shown} \| (.*?) \|", text, re.MULTILINE)
        assert line is not None, name
        assert line[1] == inspect.getdoc(function).partition("\n")[0]  # type: ignore[union-attr]


def test_details_are_of_guards_and_actions_that_there_are() -> None:
    known = {(read.name, name) for read in map(role_table, ROLES) for name in functions(read)}
    assert set(details()) <= known
    lines = (DOCS / DETAILS).read_text(encoding="utf-8").splitlines()
    assert [tuple(json.loads(line.rstrip(",")).values())[:2] for line in lines[1:-1]] == list(details())


def test_what_a_guard_compares_is_told() -> None:
    told = set(details()) | SAYS_IT_ALL
    for read in map(role_table, ROLES):
        for guard in {guard for row in read.rows for guard, _ in row.guards} | {read.correlation} - {None}:
            assert (read.name, guard.__name__) in told  # type: ignore[union-attr]


def test_the_words_that_an_action_says_are_told() -> None:
    """Whatever stands in capitals in an action stands in its details, or in those of what hands it over."""
    for read in map(role_table, ROLES):
        for action in {row.action for row in read.rows if row.action}:
            parsed = ast.walk(ast.parse(inspect.getsource(action)))
            said = {one.value for one in parsed if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            for word in (word for word in said if re.fullmatch(r"[A-Z_]{4,}", word)):
                assert word in details()[read.name, action.__name__], action.__name__


def test_a_message_without_a_direction_is_refused() -> None:
    class Undirected(Message):
        """Nobody knows."""

    with pytest.raises(DocumentError, match="Undirected does not say who sends it"):
        says_of(Undirected)
