"""Facts: what a case tries, machine by machine, in the words of the state tables.

They are computed by running the case on the model. By them it is known which requirements a case speaks of, and by
which of them a deviation is to be called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from payrelay.conformance.cases import Case
from payrelay.conformance.course import Arrives, Injected, Lost, Move, Next, Place, Spoilt
from payrelay.conformance.disbelief import disbelieved, term_at
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting
from payrelay.host.answers import refused
from payrelay.language.links import role_of
from payrelay.language.messages import Message
from payrelay.language.role import Handled, Ignored
from payrelay.language.systems import Moved, Reaction, Sent
from payrelay.language.terms import Sealed
from payrelay.model.messages.purchase import OrderPlace
from payrelay.model.messages.terminal_edge import TerminalRequest
from payrelay.wire.endpoints import endpoint_of
from payrelay.wire.forgeries import FORGERIES
from payrelay.wire.spoilings import EXPIRED, SPOILINGS, UNREAD, UNVERIFIED

PASSED_OVER = {
    "unknown_header": "it has a header that nobody knows",
    "unknown_query": "it has a query that nobody knows",
}
"""Aspects in which a request may be otherwise, and is taken all the same."""
OF_HTTP = {
    "other_method": "it is made by another method than POST",
    "no_such_path": "it is made to a path that is none",
    "other_version": "it is made to the path of another version",
    "other_media_type": "its media type is another one",
    "unknown_session": "its session is one that nobody has opened",
    **PASSED_OVER,
}
"""Aspects in which the request around a message may be wrong, beside those of the message itself (SPOILINGS)."""
ASPECTS = {**SPOILINGS, **OF_HTTP}
"""Every aspect in which what is sent may be otherwise than it must be."""


@dataclass(frozen=True)
class Fact:
    """One thing that is tried: an input of a machine of the party under test, and what has to come of it."""

    role: str
    security: str
    capability: str
    stage: str
    table: str = ""
    """The machine's table; nothing for a message that belongs to no machine."""
    state: str = ""
    event: str = ""
    action: str = ""
    """What the row does, by its name."""
    answer: str = ""
    """handled, ignored, protocol_error; dropped, if it belongs nowhere; wrong_token; refused, if it cannot be read;
    disbelieved, if something in it is forged."""
    message: str = ""
    """The message that is taken."""
    terminal: str = "no"
    """Whether it is a terminal's request: yes or no."""
    again: str = "no"
    """Whether the same came before: yes or no."""
    sends: tuple[str, ...] = ()
    """The messages that the machine sends for it."""
    posts: tuple[str, ...] = ()
    """Those of them that are requests of their own, and no answers to a terminal."""
    mutation: str = ""
    """The aspect in which it is not as it must be."""
    at: str = ""
    """Where, as a JSON pointer."""


def is_refused(move: Spoilt) -> bool:
    """Whether what is spoiled is refused by whoever reads it, before any machine sees it: not what is forged within a
    message, nor what is passed over."""
    return move.aspect not in PASSED_OVER and not (move.aspect in FORGERIES and move.at)


def facts_of(case: Case, setting: Setting) -> tuple[Fact, ...]:
    """What a case tries, as far as its moves follow each other on the model."""
    steps: list[tuple[Move, Place]] = []
    place = setting.course.start
    for move in case.moves:
        if not can_be_made(place, move):
            break
        steps.append((move, place))
        place = setting.course.after(place, as_taken(move)).place
    return _tried(case, setting, steps)


def facts_performed(case: Case, performance: Performance) -> tuple[Fact, ...]:
    """What was tried of a case, as it was played. If what it tries was not reached, what it would have tried."""
    if case.tried is not None and case.tried >= len(performance.steps):
        return facts_of(case, performance.setting)
    return _tried(case, performance.setting, [(step.move, step.before) for step in performance.steps])


def _tried(case: Case, setting: Setting, steps: Sequence[tuple[Move, Place]]) -> tuple[Fact, ...]:
    found: list[Fact] = []
    came: list[Message] = []
    for number, (move, place) in enumerate(steps):
        message = message_of(move)
        if case.tried in (None, number) or isinstance(move, Spoilt):
            found.extend(facts_at(setting, place, move, case.stage, is_again=message in came))
        if message is not None:
            came.append(message)
    return tuple(dict.fromkeys(found))


def can_be_made(place: Place, move: Move) -> bool:
    """Whether a move can be made in a place: a message arrives only if it is under way."""
    return not isinstance(move, Arrives | Lost) or move.message in place.under_way


def as_taken(move: Move) -> Move:
    """A move as the model has it: what is only passed over in a message does not make it another, and what is forged in
    it is not believed."""
    if not isinstance(move, Spoilt) or is_refused(move):
        return move
    if move.aspect in PASSED_OVER:
        return Injected(move.message)
    return Injected(disbelieved(move.message, _refusal(move), move.at, move.aspect))


def _refusal(move: Spoilt) -> str:
    """How something forged is refused, by what stands there."""
    if move.aspect == EXPIRED and "validity" in type(move.message).given:
        return EXPIRED
    return UNREAD if isinstance(term_at(move.message, move.at), Sealed) else UNVERIFIED


def message_of(move: Move) -> Message | None:
    """The message that is taken in a move."""
    match move:
        case Arrives(message, chosen):
            return chosen or message
        case Injected(message) | Spoilt(message):
            return message
    return None


def facts_at(setting: Setting, place: Place, move: Move, stage: str, *, is_again: bool = False) -> tuple[Fact, ...]:
    """What a move tries; nothing, if it is not one of a party under test."""
    if isinstance(move, Lost) or move.party not in setting.under_test or not can_be_made(place, move):
        return ()
    configuration, message = setting.configuration, message_of(move)
    plain = Fact(
        role=role_of(move.party),
        security=configuration.security,
        capability=configuration.capability,
        stage=stage,
        message=type(message).__name__ if message else "",
        terminal="yes" if isinstance(message, TerminalRequest | OrderPlace) else "no",
        again="yes" if is_again else "no",
    )
    if isinstance(move, Spoilt):
        plain = replace(plain, mutation=move.aspect, at=move.at)
        if move.aspect not in PASSED_OVER:
            return (_spoilt(setting, place, move, plain),)
    after = setting.course.after(place, as_taken(move))
    if not after.reactions:
        return (replace(plain, answer="dropped", event=message.event if message else ""),)
    return tuple(_facts(setting, after, plain, message))


def _spoilt(setting: Setting, place: Place, move: Spoilt, plain: Fact) -> Fact:
    """What cannot be read never reaches the machine that it would have been for, which is in a state all the same; what
    is forged within a message does, and is not believed there."""
    system = setting.course.system
    machine = system.machine_of(move.message)
    found = replace(plain, event=move.message.event, answer="refused" if is_refused(move) else "disbelieved")
    if machine is None:
        return found
    return replace(found, table=system.instances[machine].table.name, state=place.locals[machine].control)


def _facts(setting: Setting, after: Next, plain: Fact, message: Message | None) -> Iterator[Fact]:
    for reaction in after.reactions:
        problem = refused(message, reaction) if message else None
        for number, moved in enumerate(reaction.moves):
            fact = _fact(setting, reaction, moved, plain)
            if not number and problem is not None and problem.name == "wrong-inquiry-token":
                fact = replace(fact, answer="wrong_token")
            yield fact if not number else replace(fact, message="", terminal="no", again="no")


def _fact(setting: Setting, reaction: Reaction, moved: Moved, plain: Fact) -> Fact:
    answer = moved.answer
    row = answer.row if isinstance(answer, Handled) else None
    sent = (one for one in reaction.effects if isinstance(one, Sent) and one.machine == moved.machine)
    sent_now = tuple(one.message for one in sent) if row else ()
    word = "handled" if row else "ignored" if isinstance(answer, Ignored) else "protocol_error"
    return replace(
        plain,
        table=setting.course.system.instances[moved.machine].table.name,
        state=moved.before.control,
        event=moved.received.event,
        action=row.action.__name__ if row and row.action else "",
        answer=word,
        sends=_names(sent_now),
        posts=_names(one for one in sent_now if endpoint_of(one) is not None),
    )


def _names(messages: Iterable[Message]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(type(one).__name__ for one in messages))
