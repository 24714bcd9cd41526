"""Exhibits: which lines show which elements of the claims."""

from dataclasses import replace

from payrelay.classics.request_answer import (
    answered_after_service,
    client_can_always_settle,
    served_once,
    service_is_possible,
)
from payrelay.cli.catalogue import Catalogue
from payrelay.cli.exhibits import Exhibits, shown_by
from payrelay.language.properties import AtMostOnce, Atom, Excludes, Never, Possible, Precedes, Responds
from payrelay.model.claims import Claim, Element

ONE, OTHER = Atom("one"), Atom("other")


def test_what_happens_is_shown_and_what_never_does_is_not() -> None:
    assert shown_by(Possible(ONE)) == shown_by(AtMostOnce(ONE)) == shown_by(Precedes(ONE, (OTHER,))) == (ONE,)
    assert shown_by(Responds(ONE, (OTHER, ONE))) == (OTHER, ONE)
    assert shown_by(Never(ONE, OTHER)) == shown_by(Excludes(ONE, OTHER)) == ()


def test_an_element_is_exhibited_by_the_line_that_shows_the_last_of_its_properties(catalogue: Catalogue) -> None:
    elements = (
        Element("both", "", (served_once.label, answered_after_service.label), ""),
        Element("one", "", (service_is_possible.name, client_can_always_settle.name), ""),
        Element("none", "", (client_can_always_settle.name,), ""),
    )
    exhibits = Exhibits(replace(catalogue, claims=(Claim(1, elements),)))
    assert len(exhibits.atoms) == 3
    assert [one["verdict"] for one in _elements(exhibits)] == ["not_exhibited", "not_exhibited", "not_exhibitable"]
    exhibits.note(0b001, 7)
    assert [one["verdict"] for one in _elements(exhibits)] == ["partly_exhibited", "not_exhibited", "not_exhibitable"]
    exhibits.note(0b111, 9)
    exhibits.note(0b111, 11)
    assert [(one["verdict"], one["line"]) for one in _elements(exhibits)] == [
        ("exhibited", 9),
        ("exhibited", 9),
        ("not_exhibitable", None),
    ]
    assert _elements(exhibits)[0]["lines"] == {served_once.name: 7, answered_after_service.name: 9}


def _elements(exhibits: Exhibits) -> list[dict[str, object]]:
    (claim,) = exhibits.claims()
    elements: list[dict[str, object]] = claim["elements"]
    return elements
