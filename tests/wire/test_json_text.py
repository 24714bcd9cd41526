"""JSON as it travels: held against the library of RFC 8785."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from payrelay.wire.json_text import MOST_BYTES, MOST_DEPTH, canonical, parse
from payrelay.wire.problems import Refusal

NAMES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", max_size=12)
VALUES = st.recursive(
    st.booleans() | st.integers(0, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(value=VALUES)
def test_what_is_written_is_canonical_and_read_again(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert parse(canonical(value)) == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_json"),
        (b"{} {}", "not_json"),
        (b"{'a': 1}", "not_json"),
        (b'{"a":1,"a":1}', "duplicate_member"),
        (b'[{"a":1,"\\u0061":1}]', "duplicate_member"),
        (b"[1.0]", "not_whole"),
        (b"[1e3]", "not_whole"),
        (b"[NaN]", "not_whole"),
        (b"[-Infinity]", "not_whole"),
        (b"[" + b"9" * 5000 + b"]", "not_whole"),
        (b"\xef\xbb\xbf{}", "not_utf8"),
        (b'["\xed\xa0\x80"]', "not_utf8"),
        (b" " * (MOST_BYTES + 1), "too_large"),
        (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), "too_deep"),
        (b'{"a":' * 40_00 + b"1" + b"}" * 40_00, "too_deep"),
    ],
)
def test_invalid_json_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(data)
    assert refused.value.malformed.reason == reason


def test_brackets_in_texts_count_for_nothing() -> None:
    assert parse(b'["' + b"[{" * MOST_DEPTH + b'\\""]') == ["[{" * MOST_DEPTH + '"']
