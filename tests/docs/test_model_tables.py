"""The tables of the model: they have words for everything, and what cannot be told is refused."""

from __future__ import annotations

import pytest

from docs.documents import DocumentError
from docs.model_tables import says_of, state_table
from payrelay.language.messages import Message
from payrelay.language.role import Role
from payrelay.model.protocol import ROLES


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
def test_every_row_of_a_role_has_words(role: type[Role]) -> None:
    assert state_table(role).count(": |") == 0


def test_a_message_without_a_direction_is_refused() -> None:
    class Undirected(Message):
        """Nobody knows."""

    with pytest.raises(DocumentError, match="Undirected does not say who sends it"):
        says_of(Undirected)
