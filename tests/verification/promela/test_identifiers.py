"""Names that Promela and C can read."""

import pytest

from payrelay.verification.promela.identifiers import Identifiers, comment


def test_a_name_is_given_once() -> None:
    names = Identifiers()
    given = [names.new("relay-1", "procedure"), names.new("relay", "1-procedure"), names.new("relay_1", "procedure")]
    assert given == ["relay_1_procedure", "relay_1_procedure_2", "relay_1_procedure_3"]


def test_a_number_does_not_make_a_name_that_is_given() -> None:
    names = Identifiers()
    assert [names.new("a_2"), names.new("a"), names.new("a")] == ["a_2", "a", "a_3"]


@pytest.mark.parametrize("text", ["ends */ here", "begins /* here", "two\nlines", "*/*/", "/*/"])
def test_nothing_ends_a_comment_but_its_end(text: str) -> None:
    said = comment(text)
    assert said.startswith("/* ")
    assert said.endswith(" */")
    assert "*/" not in said[2:-2]
    assert "/*" not in said[2:-2]
    assert "\n" not in said
