"""Outputs: what rows were seen to send, tell and note."""

from collections.abc import Iterator

from payrelay.classics import dining_philosophers, request_answer
from payrelay.diagrams.outputs import row_outputs
from payrelay.language.systems import System


def test_outputs_are_said_in_words() -> None:
    found = row_outputs([request_answer.system(request_answer.FAULTY, moody=True)])
    said = {text for texts in found.values() for text in texts}
    assert {"Request to server", "Answer to client", "tells server_ledger Serve"} <= said
    assert any(text.startswith("notes ") for text in said)
    neighbours = row_outputs([dining_philosophers.system(2)])
    assert any(text.startswith("tells fork ") for texts in neighbours.values() for text in texts)


def test_it_ends_when_all_is_known() -> None:
    first = request_answer.system(request_answer.FAULTY)
    wanted = list(row_outputs([first]))

    def systems() -> Iterator[System]:
        yield first
        raise AssertionError("there is nothing more to know")

    assert row_outputs(systems(), wanted) == row_outputs([first])


def test_a_row_that_nothing_leads_to_has_no_outputs() -> None:
    friendly = row_outputs([request_answer.system(request_answer.FRIENDLY)])
    moody = row_outputs([request_answer.system(request_answer.FRIENDLY, moody=True)])
    assert set(friendly) < set(moody)
