"""Kernels: how codes stand in a hash table, bucket by bucket."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from payrelay.verification.engines import kernel
from payrelay.verification.engines.instructions import BUCKET, matches
from payrelay.verification.engines.programs import LINE, doubled, zeros

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


_njit: Any = njit
asked = _njit(lambda table, first, mask, value: matches(table, first, mask, value))
"""Which places match; `matches` is for kernels only."""


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_all_places_of_a_bucket_are_compared_and_no_others(kind: type) -> None:
    table: Any = np.array([7, 0x17, 5, 0, 0x27, 7, 0, 7, 7], dtype=kind)
    assert asked(table, 0, kind(0xFF), kind(7)) == 0b10100001
    assert asked(table, 0, kind(0x0F), kind(7)) == 0b10110011
    assert asked(table, 1, kind(0xFF), kind(0)) == 0b00100100


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
@pytest.mark.parametrize("count", [1, 8, 1 << 14])
def test_zeros_begin_with_a_line_of_the_cache(count: int, kind: type) -> None:
    values = zeros(count, kind)
    assert (len(values), values.dtype, values.any()) == (count, kind, False)
    assert values.ctypes.data % LINE == 0
    values[:] = 3
    grown = doubled(values)
    assert (len(grown), grown.ctypes.data % LINE) == (2 * count, 0)
    assert grown[:count].all()
    assert not grown[count:].any()
