"""Instructions: what they do, asked from a compiled function; they are for kernels only."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from payrelay.verification.engines.instructions import bit_count, matches, natural

pytestmark = pytest.mark.slow

_njit: Any = njit
asked: Any = _njit(lambda table, first, mask, value: matches(table, first, mask, value))
"""Which places match."""


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_all_places_of_a_bucket_are_compared_and_no_others(kind: type) -> None:
    table: Any = np.array([7, 0x17, 5, 0, 0x27, 7, 0, 7, 7], dtype=kind)
    assert asked(table, 0, kind(0xFF), kind(7)) == 0b10100001
    assert asked(table, 0, kind(0x0F), kind(7)) == 0b10110011
    assert asked(table, 1, kind(0xFF), kind(0)) == 0b00100100


counted: Any = _njit(lambda word: bit_count(word))
taken: Any = _njit(lambda values, place: values[natural(place)])


@pytest.mark.parametrize("word", [0, 1, 0b1011, (1 << 64) - 1])
def test_bits_are_counted(word: int) -> None:
    assert counted(np.uint64(word)) == word.bit_count()


def test_a_number_that_is_not_negative_is_itself() -> None:
    assert [taken(np.arange(5), place) for place in range(5)] == [0, 1, 2, 3, 4]
