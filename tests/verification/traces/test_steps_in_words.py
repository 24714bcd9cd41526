"""Steps, messages and local states on one line."""

from dataclasses import dataclass

import pytest

from payrelay.classics import request_answer
from payrelay.classics.request_answer import ITEM, Answer, Desk
from payrelay.language.role import Local
from payrelay.verification.tables.packing import Packing
from payrelay.verification.tables.tabulation import Tabulation
from payrelay.verification.traces.steps_in_words import in_words, local_in_words, message_in_words


@dataclass(frozen=True)
class Long:
    first: str = ""
    second: str = ""


def test_every_sort_of_step_has_its_words() -> None:
    tables = Tabulation(request_answer.system(request_answer.FAULTY, moody=True))
    words = {in_words(tables.system, tables, label) for label in Packing(tables).labels}
    assert words >= {
        "client-1: user Ask, procedure 1",
        "client-1: time-out patience, procedure 1",
        "client-1: time-out patience, procedure 1, early: something was still under way",
        "client-1 -> server: Request, item book, is welcome no",
        "server -> client-1: Answer, procedure 1, item book (passed over)",
        "server -> client-1: Refusal, procedure 1, and a duplicate stays under way",
        "server -> client-1: Advertisement (dropped)",
        "server -> client-1: Advertisement, lost",
        "server crashes and restarts",
    }


def test_a_message_says_from_whom_to_whom() -> None:
    answer = Answer(item=ITEM, sender="server", receiver="client-1")
    assert message_in_words(answer) == "server -> client-1: Answer, item book"


@pytest.mark.parametrize(
    ("data", "first", "words"),
    [
        (Desk(), Desk(), ""),
        (Desk("client-1"), Desk(), "client client-1"),
        (None, Desk(), "null"),
        (Long("x" * 50), Long(), f"first {'x' * 40} ..."),
    ],
)
def test_a_local_state_says_what_is_different(data: object, first: object, words: str) -> None:
    assert local_in_words(Local("open", data), Local("open", first)) == words
