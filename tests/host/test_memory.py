"""The form of storage in memory, held against the contract of storage."""

from hypothesis import HealthCheck, settings
from tests.host.storage_contract import StorageContract, check_that_a_reopened_storage_is_whole

from payrelay.host.memory import MemoryStorage


class MemoryContract(StorageContract):
    """What is committed outlives the party, as long as the storage itself is kept."""

    create = MemoryStorage

    @staticmethod
    def open(place: MemoryStorage) -> MemoryStorage:
        return place


MemoryContract.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMemory = MemoryContract.TestCase


def test_a_reopened_storage_is_whole() -> None:
    kept = MemoryStorage()
    check_that_a_reopened_storage_is_whole(lambda: kept)
