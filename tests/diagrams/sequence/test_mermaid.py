"""Mermaid: its own parser takes every text, and draws what the labels say."""

from pathlib import Path

import pytest
from tests.diagrams.labels import ODD
from tests.diagrams.random_traces import message, random_trace, step, trace
from tests.diagrams.sequence.pictures import LIFELINES, branching_picture, random_picture
from tests.diagrams.tools import mermaid_says

from payrelay.diagrams.sequence.branching import Run, sequence
from payrelay.diagrams.sequence.mermaid import LONGEST, mermaid
from payrelay.diagrams.sequence.picture import DrawingError


def test_a_run_as_it_is_written() -> None:
    ask = message("Ask", "relay", "shop", text="a; b")
    told = trace(
        step(1, "user", "relay", message("UserPays", "user", "relay"), sends=[ask]),
        step(2, "lose", "shop", ask, section="second section"),
        step(3, "timeout", "relay", input="retry_time"),
        property="p",
        conjunct="Never(it)",
    )
    assert mermaid(sequence([Run("", told)], "A title", "It says: this.")).splitlines() == [
        "sequenceDiagram",
        "    title A title",
        "    actor p0 as user",
        "    participant p1 as relay",
        "    participant p2 as shop",
        "    note over p0,p2: It says#58; this.",
        "    p0->>p1: 1. UserPays",
        "    rect rgb(255, 247, 237)",
        "    p1-xp2: 2. Ask<br/>text a#59; b<br/>(second section)<br/>lost",
        "    end",
        "    rect rgb(254, 226, 226)",
        "    note over p1: 3. retry_time runs out",
        "    end",
        "    rect rgb(254, 226, 226)",
        "        note over p0,p2: violated#58; p<br/>Never(it)",
        "    end",
    ]


def test_a_long_picture_is_written_with_less_in_it() -> None:
    picture = random_picture(12, 300)
    written = mermaid(picture)
    assert len(written) <= LONGEST
    assert "amount" not in written
    assert "amount" in mermaid(random_picture(12, 50))


def test_invalid_picture_is_too_long_for_mermaid() -> None:
    picture = sequence([Run("", random_trace(6, 1500, 1))], "", "")
    with pytest.raises(DrawingError, match="Mermaid takes 50,000 characters, and this picture needs"):
        mermaid(picture)


@pytest.mark.slow
def test_mermaid_takes_it_and_shows_the_labels(tmp_path: Path) -> None:
    asked = [step(n, "deliver", "shop", message(f"Ask {odd}", "relay", "shop")) for n, odd in enumerate(ODD, 1)]
    waited = [step(len(ODD) + n, "timeout", odd, input=odd) for n, odd in enumerate(ODD, 1)]
    labels = trace(*asked, *waited)
    titled = [sequence([Run("", labels)], odd, odd) for odd in ODD]
    sized = [random_picture(lifelines, messages) for lifelines in LIFELINES for messages in (5, 50)]
    texts = [mermaid(picture, with_states=True) for picture in (*titled, *sized, branching_picture())]
    broken = "sequenceDiagram\n    p0->>p1: a\n    end\n"
    *found, refused = mermaid_says([*texts, broken], tmp_path)
    assert refused[0] == "error"
    assert [lines for lines in found if lines[0] == "error"] == []
    for lines, odd in zip(found, ODD, strict=False):
        assert odd in lines  # the title
        shown = "".join(lines).replace(" ", "")
        assert [other for other in ODD if f"Ask {other}".replace(" ", "") not in shown] == []


@pytest.mark.slow
def test_mermaid_takes_the_longest_that_is_written(tmp_path: Path) -> None:
    (found,) = mermaid_says([mermaid(random_picture(12, 300))], tmp_path)
    assert found[0] != "error"
