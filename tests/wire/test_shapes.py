"""Shapes stand in each other; what each writes and reads is tested with the messages that have it."""

from payrelay.wire.annotations import struct_of
from payrelay.wire.set_up import EnrolledAt
from payrelay.wire.shapes import Attested, Flag, Many, Party, Row, Secret, Shape, Text, shapes_in


def test_all_shapes_are_found_in_another() -> None:
    struct = struct_of(EnrolledAt)
    brands: Shape = Many(Text())
    assert list(shapes_in(struct)) == [struct, Party(), brands, Text()]
    row = Row((Secret(brands, may_be_clear=False), Attested(struct), Flag()))
    inside = [row.items[0], brands, Text(), row.items[1], struct, Party(), brands, Text(), Flag()]
    assert list(shapes_in(row)) == [row, *inside]
