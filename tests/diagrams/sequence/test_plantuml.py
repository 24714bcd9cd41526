"""PlantUML: its own parser takes every text, and draws what the labels say."""

import html
import re
from pathlib import Path

import pytest
from tests.diagrams.random_traces import ODD, message, step, trace
from tests.diagrams.sequence.pictures import pictures
from tests.diagrams.tools import plantuml_accepts, plantuml_draws

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.plantuml import escaped, plantuml


def test_a_run_as_it_is_written() -> None:
    ask = message("Ask", "relay", "shop", text="a; b")
    told = trace(
        step(1, "user", "relay", message("UserPays", "user", "relay"), sends=[ask]),
        step(2, "lose", "shop", ask, section="second section"),
        step(3, "timeout", "relay", input="retry_time"),
        property="p",
        conjunct="Never(it)",
    )
    assert plantuml(sequence([Run("", told)], "A title", "It says: this.")).splitlines()[3:] == [
        "title A title",
        "caption It says<U+003A> this.",
        'actor "user" as p0',
        'participant "relay" as p1',
        'participant "shop" as p2',
        "p0 -> p1 : 1. UserPays",
        r"p1 -[#B45309]>x p2 : <color:#B45309>2. Ask</color>\n<color:#B45309>text a<U+003B> b</color>"
        r"\n<color:#B45309>(second section)</color>\n<color:#B45309>lost</color>",
        "hnote over p1 #White : <color:#B91C1C>3. retry_time runs out</color>",
        r"note over p0,p2 #FEF1F1 : <color:#B91C1C>violated<U+003A> p</color>\n<color:#B91C1C>Never(it)</color>",
        "@enduml",
    ]


@pytest.mark.parametrize("odd", ODD)
def test_nothing_is_left_that_plantuml_carries_out(odd: str) -> None:
    written = re.sub(r"<U\+[0-9A-F]{4,6}>", "", escaped(odd))
    assert not re.search(r"[<>;#$%{}\"'\\~*/|!]|__|--", written)


@pytest.mark.slow
def test_plantuml_takes_it(tmp_path: Path) -> None:
    assert plantuml_accepts([plantuml(picture, with_states=True) for picture in pictures().values()], tmp_path)
    assert not plantuml_accepts(["@startuml\nA -> B : x\n<<< no\n@enduml\n"], tmp_path)


@pytest.mark.slow
def test_plantuml_shows_the_labels() -> None:
    told = trace(*(step(n, "deliver", "shop", message(odd, "relay", "shop")) for n, odd in enumerate(ODD, 1)))
    drawn = plantuml_draws(plantuml(sequence([Run("", told)], "", "")))
    shown = html.unescape(re.sub(r"<[^>]+>", "", drawn)).replace("\xa0", " ").replace(" ", "")
    assert [odd for odd in ODD if odd.replace(" ", "") not in shown] == []
