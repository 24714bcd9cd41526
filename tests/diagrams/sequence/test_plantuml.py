"""PlantUML: its own parser takes every text, and draws what the labels say."""

from pathlib import Path

import pytest
from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import message, step, trace
from tests.diagrams.sequence.pictures import pictures
from tests.diagrams.tools import plantuml_accepts, plantuml_says

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.plantuml import plantuml


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
        r"p1 -[#b45309]>x p2 : <color:#b45309>2. Ask</color>\n<color:#b45309>text a<U+003B> b</color>"
        r"\n<color:#b45309>(second section)</color>\n<color:#b45309>lost</color>",
        "hnote over p1 #White : <color:#b91c1c>3. retry_time runs out</color>",
        r"note over p0,p2 #fef1f1 : <color:#b91c1c>violated<U+003A> p</color>\n<color:#b91c1c>Never(it)</color>",
        "@enduml",
    ]


@pytest.mark.slow
def test_plantuml_takes_it(tmp_path: Path) -> None:
    assert plantuml_accepts([plantuml(picture, with_states=True) for picture in pictures().values()], tmp_path)
    assert not plantuml_accepts(["@startuml\nA -> B : x\n<<< no\n@enduml\n"], tmp_path)


@pytest.mark.slow
def test_plantuml_shows_the_labels(tmp_path: Path) -> None:
    told = trace(*(step(n, "deliver", "shop", message(odd, "relay", "shop")) for n, odd in enumerate(ODD, 1)))
    (drawn,) = plantuml_says([plantuml(sequence([Run("", told)], "", ""))], tmp_path)
    shown = "".join(drawn).replace(" ", "")
    assert [odd for odd in ODD if odd.replace(" ", "") not in shown] == []
