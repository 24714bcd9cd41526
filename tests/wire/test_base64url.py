"""base64url: every text is that of the bytes that it is read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrelay.wire.base64url import from_base64url, to_base64url


@given(data=st.binary(max_size=40))
def test_base64url_is_read_as_it_is_written(data: bytes) -> None:
    assert from_base64url(to_base64url(data)) == data


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A A", "AA\n", "é", "+/+/", "AAB"])
def test_invalid_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)
