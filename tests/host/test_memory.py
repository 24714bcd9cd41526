"""The form of storage in memory, held against the contract of storage."""

from tests.host.storage_contract import StorageContract, check_that_a_reopened_storage_is_whole, few

from payrelay.host.memory import MemoryStorage


def same(place: MemoryStorage) -> MemoryStorage:
    """The storage itself is the place where it is kept."""
    return place


class MemoryContract(StorageContract):
    """What is committed outlives the party, as long as the storage itself is kept."""

    create = MemoryStorage

    open = same


MemoryContract.TestCase.settings = few(25, 12)
TestMemory = MemoryContract.TestCase


def test_a_reopened_storage_is_whole() -> None:
    kept = MemoryStorage()
    check_that_a_reopened_storage_is_whole(lambda: kept)
