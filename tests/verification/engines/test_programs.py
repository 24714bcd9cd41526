"""Programs: the arrays that kernels are given."""

import numpy as np
import pytest

from payrelay.verification.engines.programs import LINE, doubled, zeros

pytestmark = pytest.mark.slow


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
