"""Kernels: how codes stand in a hash table, bucket by bucket."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrelay.verification.engines import kernel
from payrelay.verification.engines.instructions import BUCKET
from payrelay.verification.engines.programs import zeros

pytestmark = pytest.mark.slow

BITS = 4
"""Of a bucket's number, in these tables."""
PLACES = BUCKET << BITS
SHIFT = np.uint64(64 - BITS)
NOTHING = np.zeros(0, dtype=np.uint64)


def bucket_of(code: int) -> int:
    """The bucket that a code belongs to, worked out once more."""
    return ((code ^ code >> 32) * 0x9E3779B97F4A7C15 & (1 << 64) - 1) >> 64 - BITS


OF_THE_LAST = [code for code in range(1, 2_000) if bucket_of(code) == (1 << BITS) - 1]


def filled_with(codes: list[int], kind: type) -> Any:
    """A table with these codes."""
    table = zeros(PLACES, kind)
    kernel.rehash(NOTHING, 0, np.array(codes, dtype=kind), table, SHIFT, (0,), ())
    return table


def holds(table: Any, code: int) -> bool:
    """Whether a search would find the code: in its bucket, or in one that follows full ones."""
    bucket = bucket_of(code)
    while True:
        places = table[bucket * BUCKET : (bucket + 1) * BUCKET].tolist()
        if code in places:
            return True
        if 0 in places:
            return False
        bucket = (bucket + 1) % (1 << BITS)


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
@settings(max_examples=50, deadline=None, derandomize=True)
@given(codes=st.lists(st.integers(1, (1 << 32) - 1), unique=True, max_size=PLACES * 7 // 8))
def test_every_code_is_found_where_it_is_looked_for(kind: type, codes: list[int]) -> None:
    table = filled_with(codes, kind)
    assert sorted(table[table != 0].tolist()) == sorted(codes)
    assert all(holds(table, code) for code in codes)
    for bucket in table.reshape(-1, BUCKET).tolist():
        assert 0 not in bucket[: sum(held != 0 for held in bucket)]  # each is filled from its beginning


def test_after_the_last_bucket_comes_the_first() -> None:
    codes = OF_THE_LAST[: BUCKET + 3]
    table = filled_with(codes, np.uint64)
    assert table[-BUCKET:].all()
    assert np.count_nonzero(table[:BUCKET]) == 3
    assert all(holds(table, code) for code in codes)
    assert not holds(table, OF_THE_LAST[BUCKET + 3])
