"""Inputs, and the names of their events."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from payrelay.language.messages import (
    Input,
    Internal,
    Message,
    Occurrence,
    Restart,
    Send,
    Stimulus,
    Tell,
    Timeout,
    content_fields,
    event_name,
)


@dataclass(frozen=True, kw_only=True)
class PaymentRequest2Go(Message):
    amount: int
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class Nudge(Stimulus):
    pass


@pytest.mark.parametrize(
    ("received", "event"),
    [
        (PaymentRequest2Go(amount=1), "payment_request2_go"),
        (Nudge(), "nudge"),
        (Internal(), "internal"),
        (Restart(), "restart"),
        (Timeout("retry_time"), "retry_time"),
    ],
)
def test_the_event_is_the_class_in_snake_case_or_the_timer(received: Input, event: str) -> None:
    assert received.event == event
    assert received.event == event  # from the second time on it is remembered


def test_words_are_parted_where_a_capital_begins_one() -> None:
    assert event_name(PaymentRequest2Go) == "payment_request2_go"
    assert event_name(type("ABCOrder", (), {})) == "abcorder"


def test_what_a_message_says_is_not_who_sends_it() -> None:
    assert content_fields(PaymentRequest2Go) == ("amount", "proof")
    assert content_fields(Nudge) == ()


def test_nothing_of_it_can_be_changed() -> None:
    message = PaymentRequest2Go(amount=1)
    for value in (message, Send("bob", message), Tell("machine", message), Occurrence(), Timeout("t")):
        with pytest.raises(FrozenInstanceError):
            value.sender = "eve"  # type: ignore[union-attr, misc]
    assert message == PaymentRequest2Go(amount=1)
    assert message != PaymentRequest2Go(amount=1, sender="eve")
