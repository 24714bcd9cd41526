"""Shapes are made of annotations, and of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import pytest
from tests.wire.runs import run_of

from payrelay.model.conversion import Summary
from payrelay.model.messages.terminal_edge import TerminalAnswer
from payrelay.model.scenarios import SCENARIOS
from payrelay.wire import MESSAGES
from payrelay.wire.annotations import open_shapes, struct_of
from payrelay.wire.objects import SIGNERS
from payrelay.wire.shapes import Attested, Shape, Struct, shapes_in


def structs_in(shape: Shape) -> Iterator[Struct]:
    """All objects that a shape has in it."""
    return (one for one in shapes_in(shape) if isinstance(one, Struct))


@pytest.mark.parametrize("kind", MESSAGES.values(), ids=lambda kind: kind.__name__)
def test_every_field_travels_that_is_not_given(kind: Any) -> None:
    for struct in structs_in(struct_of(kind)):
        wanted = [field.name for field in fields(struct.kind) if field.name not in getattr(struct.kind, "given", ())]
        if struct.kind is Summary and kind.bound_to is object:
            wanted.remove("bound")  # such pages are bound to nothing
        assert [member.name for member in struct.members] == wanted
    assert struct_of(kind).constant == (("message", kind.__name__),)


def test_a_page_is_of_the_kind_that_its_message_has() -> None:
    answers: list[Any] = [kind for kind in MESSAGES.values() if issubclass(kind, TerminalAnswer)]
    assert len(answers) == 7
    for kind in answers:
        (page,) = [one for one in structs_in(struct_of(kind)) if one.kind is Summary]
        assert page.object_schema("plain", {})["properties"]["kind"] == {"enum": [kind.kind.value]}


def test_what_is_signed_stands_in_fields_of_its_name() -> None:
    attested = {shape.content.kind for shape in open_shapes().values() if isinstance(shape, Attested)}
    assert attested == set(SIGNERS)


@pytest.mark.parametrize("name", ["happy_path", "registration", "status_inquiry"])
def test_open_fields_hold_in_runs_of_the_model_what_the_table_says(name: str) -> None:
    (scenario,) = [one for one in SCENARIOS if one.name == name]
    run, happenings = run_of(scenario, "plain")
    for happening in happenings:
        run.take(happening)
    met = 0
    for delivery in run.deliveries:
        for (owner, field), shape in open_shapes().items():
            if owner is None and (term := getattr(delivery.sent, field, None)) is not None:
                content = term.content if isinstance(shape, Attested) else term
                assert type(content) is shape.content.kind  # type: ignore[attr-defined]
                met += 1
    assert met


def test_invalid_annotation_has_no_shape() -> None:
    @dataclass
    class Odd:
        price: float

    with pytest.raises(TypeError, match=r"Odd.price: no shape for <class 'float'>"):
        struct_of(Odd)
