"""Network texts: Mermaid and PlantUML read them, with everything in them."""

from collections.abc import Callable, Sequence

import pytest

from payrelay.diagrams.network_texts import network_mermaid, network_plantuml, network_text
from payrelay.diagrams.networks import Network

from .conftest import Labels, lines_of
from .test_network_pictures import NETWORKS


def expected(drawn: Network) -> list[str]:
    """Everything that must be read in a network."""
    said = list(drawn.parties)
    for joint in drawn.joints:
        said += [*joint.never, *joint.untaken]
        for message in (one for way in joint.carried for one in way.messages):
            said.append(f"{message}, never seen" if drawn.is_missing(message) else message)
    return said


@pytest.mark.slow
def test_mermaid_reads_every_network(mermaid: Callable[[Sequence[str]], list[Labels]]) -> None:
    found = mermaid([network_mermaid(drawn, f"The network of {name}") for name, drawn in NETWORKS.items()])
    for (name, drawn), labels in zip(NETWORKS.items(), found, strict=True):
        assert set(expected(drawn)) <= set(lines_of(labels)), name


@pytest.mark.slow
def test_plantuml_reads_every_network(plantuml: Callable[[Sequence[str]], list[list[str]]]) -> None:
    found = plantuml([network_plantuml(drawn, f"The network of {name}") for name, drawn in NETWORKS.items()])
    for (name, drawn), texts in zip(NETWORKS.items(), found, strict=True):
        assert set(expected(drawn)) <= set(texts), name


@pytest.mark.parametrize("name", NETWORKS)
def test_text_has_everything(name: str) -> None:
    text = network_text(NETWORKS[name], name)
    for said in expected(NETWORKS[name]):
        assert said in text
