"""Reports of mutants: what is told one by one, and what is counted."""

from payrelay.classics import request_answer
from payrelay.cli.mutant_reports import Judged, document, lines, of
from payrelay.verification.mutants.judgement import Judgement

PROPERTIES = request_answer.PROPERTIES[:2]
ONCE, HONEST = (one.name for one in PROPERTIES)
JUDGEMENTS = (
    Judgement("client.idle.ask.drop", "drop", "killed", (ONCE,), "in lossy", "lossy"),
    Judgement("client.idle.ask.stay", "stay", "killed", (ONCE, HONEST), "in lossy", "lossy"),
    *(Judgement(f"client.idle.ask.withhold_{n}", "withhold", "killed", (ONCE,), "in lossy", "lossy") for n in range(4)),
    Judgement("broken_a", "named", "survived", reason="it must, and does not"),
    Judgement("desk.x.drop", "drop", "unreached", reason="nobody comes"),
)


def judged(is_complete: bool = True, interrupted: bool = False) -> Judged:
    return Judged(JUDGEMENTS, PROPERTIES, is_complete, interrupted, 2.0)


def test_named_variants_stand_apart_from_roles() -> None:
    assert [of(one) for one in JUDGEMENTS[-3:]] == ["client", "named", "desk"]


def test_all_are_counted_and_what_asks_for_a_look_is_told() -> None:
    told = list(lines(judged(interrupted=True)))
    assert "properties that kill none alone: honest" in told
    names = "client.idle.ask.drop, client.idle.ask.withhold_0, client.idle.ask.withhold_1 and 2 more"
    assert f"  once  {ONCE}: 5: {names}" in told
    assert "  broken_a: it must, and does not" in told
    assert not any("desk.x.drop" in line for line in told)
    assert "Of 8 mutants 6 killed, 1 survived, 1 unreached; 2.0 s." in told
    assert told[-1] == "Interrupted: this is what was known."


def test_what_was_asked_for_by_name_is_told_in_any_case() -> None:
    told = list(lines(judged(is_complete=False)))
    assert "  desk.x.drop: nobody comes" in told
    assert f"  client.idle.ask.stay by {ONCE}, {HONEST}: in lossy" in told


def test_nothing_is_told_as_nothing() -> None:
    assert "Of 0 mutants none was judged; 0.0 s." in list(lines(Judged((), PROPERTIES, True, False, 0.0)))


def test_the_document_counts_kills() -> None:
    once, honest = document(judged(), 1)["properties"]
    assert (once["kills"], len(once["kills_alone"])) == (6, 5)
    assert (honest["kills"], honest["kills_alone"]) == (1, [])
