"""A storage that fails when it is told to: for seeing that a step that could not be kept has not happened."""

from __future__ import annotations

from payrelay.host.storage import Changes, StorageError
from payrelay.reference_impl.sql_storage import SqlStorage


class FailingStorage(SqlStorage):
    """A database whose n-th step since it was opened, and every one after that, cannot be kept."""

    def __init__(self, url: str, party: str, fails_at: int) -> None:
        super().__init__(url, party)
        self._left = fails_at

    def commit(self, changes: Changes) -> None:
        """Make a step durable, as long as it does not fail."""
        self._left -= 1
        if self._left <= 0:
            raise StorageError("it fails, as storage.fails_at says")
        super().commit(changes)
