"""Network texts: Mermaid and PlantUML read them, with everything in them."""

from pathlib import Path

import pytest
from tests.diagrams.tools import mermaid_says, plantuml_says

from payrelay.diagrams.network_texts import network_mermaid, network_plantuml, network_text
from payrelay.diagrams.networks import Network

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
def test_mermaid_reads_every_network(tmp_path: Path) -> None:
    texts = [network_mermaid(drawn, f"The network of {name}") for name, drawn in NETWORKS.items()]
    found = mermaid_says(texts, tmp_path)
    for (name, drawn), lines in zip(NETWORKS.items(), found, strict=True):
        assert set(expected(drawn)) <= set(lines), name


@pytest.mark.slow
def test_plantuml_reads_every_network(tmp_path: Path) -> None:
    texts = [network_plantuml(drawn, f"The network of {name}") for name, drawn in NETWORKS.items()]
    found = plantuml_says(texts, tmp_path)
    for (name, drawn), lines in zip(NETWORKS.items(), found, strict=True):
        assert set(expected(drawn)) <= set(lines), name


@pytest.mark.parametrize("name", NETWORKS)
def test_text_has_everything(name: str) -> None:
    text = network_text(NETWORKS[name], name)
    for said in expected(NETWORKS[name]):
        assert said in text
