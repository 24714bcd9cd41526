"""The observer: procedures apart, hypotheses, what may come next."""

import json
from collections import defaultdict

import pytest

from payrelay.language.observations import RECEIVED, SENT, Event, event_from_line, every_point, sight
from payrelay.language.properties import Atom, Possible, Property
from payrelay.language.systems import System
from payrelay.model.open_values import OPEN_VALUES
from payrelay.observation.deviations import trace_of_procedure
from payrelay.observation.logs import Chances, LogWriter
from payrelay.observation.observer import ALONE, Observer
from payrelay.verification.traces.replaying import replay

pytestmark = pytest.mark.slow

CALM = Chances(loss=0, copy=0, timer=0, crash=0, late=0, usual=1)


@pytest.fixture(scope="module")
def lines(written: list[System]) -> list[str]:
    return list(LogWriter(written, OPEN_VALUES, 3).lines(4_000, at_once=60))


@pytest.fixture(scope="module")
def calm(written: list[System]) -> list[Event]:
    """A purchase in which nothing goes wrong."""
    events = map(event_from_line, LogWriter(written[:1], OPEN_VALUES, 1, CALM).lines(60, at_once=1))
    return [event for event in events if event.procedure == "p1"]


def is_explained(observer: Observer, events: list[Event]) -> bool:
    return all(observer.feed(event).is_explained for event in events)


def test_the_happy_path_is_a_whole_purchase(calm: list[Event]) -> None:
    names = [event.message["message"] for event in calm if event.message]
    assert names[0] == "OrderPlace"
    assert "AuthorizationResponse" in names
    assert names[-1] == "ResultSummary"


def test_logs_are_explained_from_wherever_they_are_seen(followed: list[System], lines: list[str]) -> None:
    links = [link for system in followed for link in system.links]
    everything = every_point(links)
    hidden = (
        ["shop_payment"],
        ["shop_payment@shop", "relay_authority:sent"],
        ["terminal_edge:received", "wallet_shop"],
    )
    for words in hidden:
        observer = Observer(followed, OPEN_VALUES, everything - sight(words, links), correlates=False)
        assert is_explained(observer, [event_from_line(line) for line in lines[:1500]])
        assert 0 < observer.followed <= 1500


def test_procedures_without_names_are_told_apart_by_their_symbols(small: System) -> None:
    writer = LogWriter([small], OPEN_VALUES, 3)
    seen = every_point(small.links) - sight(["relay_wallet:sent"], small.links)
    nameless = Observer([small], OPEN_VALUES, seen)
    groups: dict[str, set[str]] = defaultdict(set)
    for line in writer.lines(600, at_once=20):
        event = event_from_line(line)
        answer = nameless.feed(event._replace(procedure=None))
        assert answer.is_explained
        if answer.is_followed:
            assert event.procedure is not None
            groups[answer.procedure].add(event.procedure)
    assert all(name.startswith(ALONE) and len(group) == 1 for name, group in groups.items())
    assert len(groups) > 20


def test_what_is_put_aside_is_followed_as_before(followed: list[System], lines: list[str]) -> None:
    with Observer(followed, OPEN_VALUES, most=5) as observer:
        assert is_explained(observer, [event_from_line(line) for line in lines])
        assert observer.procedures.aside > 100


def test_what_is_explained_is_a_run_of_the_model(followed: list[System], lines: list[str]) -> None:
    observer = Observer(followed, OPEN_VALUES)
    events = [event_from_line(line) for line in lines[:1500]]
    assert is_explained(observer, events)
    names = sorted({event.procedure or "" for event in events})
    longest = sorted(names, key=lambda name: -len(observer.place_of(name)[0].events))
    for name in [*longest[:8], *names[:4]]:
        trace = trace_of_procedure(observer, name)
        assert trace is not None
        system = followed[observer.place_of(name)[0].system]
        replayed = replay(system, trace, (Property("", "", "", conjuncts=(Possible(Atom()),)),))
        assert len(replayed.words) > len(trace.steps), replayed.error
    assert trace_of_procedure(observer, "never heard of") is None


def test_whatever_is_allowed_can_come(followed: list[System], calm: list[Event]) -> None:
    for length in (0, 5, len(calm) // 2, len(calm) - 1):
        observer = Observer(followed, OPEN_VALUES)
        assert is_explained(observer, calm[:length])
        allowed = observer.allowed("p1")
        told = [one._replace(at=calm[length].at) for one in allowed]
        assert calm[length] in told or calm[length].direction == SENT  # what is sent may have new values
        for number, one in enumerate(allowed):
            again = [event._replace(procedure=f"{length}/{number}") for event in [*calm[:length], one]]
            assert is_explained(observer, again), one


def test_a_party_with_another_name_is_one_of_the_model(followed: list[System], calm: list[Event]) -> None:
    """Which of the two wallets it is comes out, or does not matter."""
    text = "\n".join(event.to_line() for event in calm)
    renamed = text.replace("wallet-1", "wallet-east").replace("wallet-2", "wallet-west").replace("shop", "shop")
    assert is_explained(Observer(followed, OPEN_VALUES), [event_from_line(line) for line in renamed.split("\n")])
    crossed = text.replace("wallet-1", "?").replace("wallet-2", "wallet-1").replace("?", "wallet-2")
    observer = Observer(followed, OPEN_VALUES)
    answers = [observer.feed(event_from_line(line)).is_explained for line in crossed.split("\n")]
    assert not all(answers)  # the page has the wallets in the order of their names


def test_an_event_that_is_not_seen_changes_nothing(small: System, calm: list[Event]) -> None:
    observer = Observer([small], OPEN_VALUES, sight(["relay_shop"], small.links))
    hidden = [event for event in calm if event.link != "relay_shop"]
    assert not any(observer.feed(event).is_followed for event in hidden)
    assert not observer.feed(calm[0]._replace(message=None)).is_followed
    assert observer.followed == observer.started == 0


def test_invalid_event_is_not_taken_and_the_next_is(followed: list[System], calm: list[Event]) -> None:
    observer = Observer(followed, OPEN_VALUES)
    for number, event in enumerate(calm):
        wrong = event._replace(direction=RECEIVED if event.direction == SENT else SENT)
        if number % 3 == 0 and event.direction == SENT:
            assert not observer.feed(wrong).is_explained
        assert observer.feed(event).is_explained
    assert observer.followed == len(calm)


def test_an_answer_to_an_older_request_is_passed_over(followed: list[System], calm: list[Event]) -> None:
    """The terminal takes a fresh nonce each time it asks: what comes late for an older one changes nothing."""
    page = next(
        n for n, event in enumerate(calm) if _name(event) == "WalletSelectSummary" and event.direction == RECEIVED
    )
    asked = next(n for n, event in enumerate(calm) if _name(event) == "WalletChoice" and event.direction == SENT)
    again = [*calm[: asked + 1], calm[page], *calm[asked + 1 :]]
    assert is_explained(Observer(followed, OPEN_VALUES), again)
    unheard_of = json.loads(calm[page].to_line())
    unheard_of["message"]["fields"]["request_nonce"]["name"] = "never asked"
    observer = Observer(followed, OPEN_VALUES)
    assert is_explained(observer, calm[: asked + 1])
    assert not observer.feed(event_from_line(json.dumps(unheard_of))).is_explained


def _name(event: Event) -> str:
    return event.message["message"] if event.message else ""


def test_the_same_seed_writes_the_same_log(written: list[System]) -> None:
    one, other, third = (list(LogWriter(written, OPEN_VALUES, seed).lines(300, 20)) for seed in (1, 1, 2))
    assert one == other != third
    assert len(one) == 300
