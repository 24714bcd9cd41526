"""Network pictures: legible, complete, and as Chromium sees them."""

from pathlib import Path

import pytest
from tests.diagrams.faults import faults
from tests.diagrams.tools import chromium_measures, furthest

from payrelay.classics import dining_philosophers, request_answer
from payrelay.cli.catalogue import payments
from payrelay.diagrams.network_pictures import network_drawing
from payrelay.diagrams.networks import Network, network
from payrelay.diagrams.svg import svg

CATALOGUE = payments()
SYSTEMS = [CATALOGUE.system(one) for one in CATALOGUE.default_set]
NETWORKS = {
    "default set": network(SYSTEMS),
    **{
        one.configuration.name: network([one]) for one in SYSTEMS if one.configuration.name in ("happy", "registration")
    },
    "covered": network(SYSTEMS, {"OrderPlace"}, "a search"),
    "request_answer": network([request_answer.system(request_answer.FAULTY, clients=3)]),
    "dining_philosophers": network([dining_philosophers.system(3)]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_meets_another_and_nothing_leaves_the_picture(name: str) -> None:
    assert list(faults(network_drawing(NETWORKS[name], f"The network of {name}"))) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_can_be_read(name: str) -> None:
    drawn: Network = NETWORKS[name]
    texts = [text.text for text in network_drawing(drawn, name).texts]
    assert set(drawn.parties) <= set(texts)
    for joint in drawn.joints:
        said = [joint.name, *joint.never, *joint.untaken, *(one for way in joint.carried for one in way.messages)]
        assert set(said) <= set(texts)


def test_the_same_network_the_same_bytes() -> None:
    assert svg(network_drawing(network(SYSTEMS), "all")) == svg(network_drawing(NETWORKS["default set"], "all"))


def test_what_must_never_be_carried_is_red_and_what_was_never_seen() -> None:
    for text in network_drawing(NETWORKS["covered"], "covered").texts:
        if text.text in ("AuthInfo", "ProcedureRequest"):
            assert text.style == "bad"
        if text.text == "OrderPlace":
            assert text.style != "bad"


@pytest.mark.slow
def test_chromium_measures_the_same(tmp_path: Path) -> None:
    drawing = network_drawing(NETWORKS["default set"], "all")
    (measured,) = chromium_measures([drawing], tmp_path)
    assert furthest(drawing, measured) <= 2
