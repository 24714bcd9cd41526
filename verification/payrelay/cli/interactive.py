"""Interactive simulation: one run, stepped through by whoever types, or by a script in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from payrelay.cli.exit_codes import ExitCode, together
from payrelay.cli.terminal import folded, painted
from payrelay.cli.trace_files import replay_command
from payrelay.language.configurations import did_you_mean
from payrelay.language.properties import SAFETY
from payrelay.language.role import Handled, Ignored
from payrelay.language.traces import canonical, plain
from payrelay.verification.traces.stepping import MOST_ONWARD, Choice, Stepping, lines_of_step
from payrelay.verification.traces.steps_in_words import local_in_words, message_in_words

if TYPE_CHECKING:
    from payrelay.language.systems import Moved
    from payrelay.verification.tables.monitors import Watched

Lines = Iterator[str]

HELP = """\
NUMBER    take the step of this number
LETTERS   take the step that has these letters, two or more, in its words; several words must all be in it
g         go on until a user may choose something: deliver what is under way, let time pass
r [N]     take N steps at random, or one
u [N]     take N steps back, or one
w         why: the rows that were taken in the last step, and what changed
d [PARTY] the data of every machine, or of those of a party, as far as they differ from the beginning
a         show all that is possible, also what changes nothing; or no more
l         list the run so far
s FILE    save the run as a trace, to be taken again by payrelay replay
?         this help
q         end; so does the end of the input"""
MOST_AT_ONCE = 100_000


class Command(NamedTuple):
    """What a letter stands for, and whether words may follow it."""

    does: Callable[[str], Lines]
    takes_words: bool = False


class Session:
    """A run, and what can be said to it."""

    def __init__(self, stepping: Stepping) -> None:
        self.stepping = stepping
        self.is_over = False
        self.misunderstood = 0
        """How many lines of the input meant nothing."""
        self.found: dict[str, None] = {}
        """The properties that were violated at any time, even if the step was taken back."""
        self._shows_all = False
        self._commands = {
            "g": Command(self._go_on),
            "r": Command(self._at_random, takes_words=True),
            "u": Command(self._undo, takes_words=True),
            "w": Command(self._why),
            "d": Command(self._data, takes_words=True),
            "a": Command(self._all),
            "l": Command(self._list),
            "s": Command(self._save, takes_words=True),
            "?": Command(self._help),
            "q": Command(self._quit),
        }

    def answer(self, line: str) -> Lines:
        """Do what a line of the input says, and tell what came of it. Empty lines and those with # mean nothing."""
        line = line.strip()
        if not line or line.startswith("#"):
            return
        word, _, rest = line.partition(" ")
        command = self._commands.get(word)
        if command and (command.takes_words or not rest):
            yield from command.does(rest.strip())
        elif word.isdecimal() and word.isascii() and not rest:
            yield from self._take_number(int(word[:9]))
        else:
            yield from self._take_words(line)

    # What there is to see.

    def show(self) -> Lines:
        """Where everybody is, what is under way, and what is possible."""
        stepping = self.stepping
        if stepping.begin is None:
            yield "Where the run begins has to be chosen:"
            yield from (f"{number:>4}  {words}" for number, words in enumerate(self._beginnings(), 1))
            return
        yield f"after {_counted(len(stepping.steps), 'step')}"
        names = [party for party, _ in stepping.parties()]
        widest = max(map(len, names))
        for party, machines in stepping.parties():
            states = [f"{self._machine(machine)} {stepping.state.locals[machine].control}" for machine in machines]
            yield f"  {party:<{widest}}  {', '.join(states)}"
        yield from self._under_way()
        if left := stepping.budgets():
            yield f"  faults left: {', '.join(left)}"
        yield from self._offers()

    def _machine(self, machine: int) -> str:
        return self.stepping.system.instances[machine].name

    def _under_way(self) -> Lines:
        found = self.stepping.under_way()
        stays = "" if self.stepping.engine.network.is_emptied else ", and stays, however often it arrives"
        yield f"  under way{stays}:{'' if found else ' nothing'}"
        for message, copies in found:
            yield f"    {message_in_words(message)}{f', {copies} of them' if copies > 1 else ''}"

    def _offered(self) -> list[Choice]:
        """What is possible, in the order of its numbers: what changes nothing comes last."""
        return sorted(self.stepping.choices(), key=lambda one: not one.changes)

    def _offers(self) -> Lines:
        offered = self._offered()
        idle = sum(not one.changes for one in offered)
        if not offered:
            yield "nothing is possible any more"
            return
        yield "possible:"
        for number, one in enumerate(offered, 1):
            if one.changes or self._shows_all:
                yield self._offer(number, one)
        if idle and not self._shows_all:
            yield f"      and {idle} that {'changes' if idle == 1 else 'change'} nothing; a shows all"

    def _offer(self, number: int, one: Choice) -> str:
        note = "changes nothing" if not one.changes else one.effect
        if one.after is None:
            note = "leads to more than is searched"
        return f"{number:>4}  {one.words}{f'  [{note}]' if note else ''}"

    def _beginnings(self) -> Lines:
        """The states in which the run may begin: what is different in them."""
        instances = self.stepping.system.instances
        states = self.stepping.beginnings
        differing = [place for place in range(len(instances)) if len({one.locals[place] for one in states}) > 1]
        for state in states:
            told = [(instances[place].id, state.locals[place]) for place in differing]
            yield "; ".join(" ".join(filter(None, [name, local.control, _values(local.data)])) for name, local in told)

    # Taking steps.

    def _take_number(self, number: int) -> Lines:
        if self.stepping.begin is None:
            states = self.stepping.beginnings
            if not 1 <= number <= len(states):
                yield from self._no(f"there is no {number} here: choose from 1 to {len(states)}")
                return
            self.stepping.begin = states[number - 1]
            yield from self.show()
            return
        offered = self._offered()
        if not 1 <= number <= len(offered):
            range_ = f"choose from 1 to {len(offered)}" if offered else "nothing is possible any more; u takes back"
            yield from self._no(f"there is no step {number} here: {range_}")
            return
        yield from self._take(offered[number - 1])

    def _take_words(self, line: str) -> Lines:
        wanted = line.casefold().split()
        if self.stepping.begin is None:
            yield from self._no(f"'{line}' is no number: where the run begins is chosen by number")
            return
        offered = list(enumerate(self._offered(), 1))
        found = [(number, one) for number, one in offered if all(word in one.words.casefold() for word in wanted)]
        changing = [pair for pair in found if pair[1].changes]
        found = changing or found
        if len(found) == 1 and len(line) > 1:
            yield from self._take(found[0][1])
        elif found and len(line) > 1:
            self.misunderstood += 1
            yield f"'{line}' may be any of these; say which:"
            yield from (self._offer(*pair) for pair in found)
        else:
            names = {word.strip(",:") for _, one in offered for word in one.words.split()}
            near = did_you_mean(wanted[0], names) if len(line) > 1 else ""
            suggestion = near if "did you mean" in near else "; ? tells what can be said"
            yield from self._no(f"nothing that is possible here has '{line}' in its words{suggestion}")

    def _take(self, choice: Choice) -> Lines:
        if choice.after is None:
            yield from self._no("that step leads to more than is searched; choose another one")
            return
        yield from self._taken(choice)
        yield from self.show()

    def _taken(self, choice: Choice) -> Lines:
        violated = self.stepping.take(choice)
        for step in choice.steps:
            yield from lines_of_step(step)
        yield from map(self._violation, violated)

    def _violation(self, watch: Watched) -> str:
        self.found[watch.property.name] = None
        says = " ".join(watch.property.says.split())
        return f"{painted('violated')}: {watch.property.label} {watch.property.name}: {says}"

    def _at_random(self, words: str) -> Lines:
        count = self._count(words)
        if count is None:
            yield from self._no(f"'{words}' is no number of steps; write r 10, at most {MOST_AT_ONCE}")
            return
        if self.stepping.begin is None:
            self.stepping.begin = self.stepping.chance.choice(self.stepping.beginnings)
        for _ in range(count):
            choice = self.stepping.at_random()
            if choice is None:
                yield "nothing more is possible that changes anything"
                break
            yield from self._taken(choice)
        yield from self.show()

    def _go_on(self, _words: str) -> Lines:
        if self.stepping.begin is None:
            yield from self._no("where the run begins has to be chosen first, by number")
            return
        for _ in range(MOST_ONWARD):
            if any(one.is_user_s and one.changes for one in self.stepping.choices()):
                yield "a user may choose:" if not self.stepping.taken else "now a user may choose:"
                break
            choice = self.stepping.onward()
            if choice is None:
                yield "it does not go on by itself"
                break
            yield from self._taken(choice)
        yield from self.show()

    def _undo(self, words: str) -> Lines:
        count = self._count(words)
        if count is None:
            yield from self._no(f"'{words}' is no number of steps; write u 2")
            return
        if not self.stepping.taken:
            if len(self.stepping.beginnings) > 1 and self.stepping.begin is not None:
                self.stepping.begin = None
                yield from self.show()
                return
            yield from self._no("nothing was done that could be taken back")
            return
        for _ in range(count):
            if (choice := self.stepping.undo()) is not None:
                yield f"taken back: {choice.words}"
        yield from self.show()

    def _count(self, words: str) -> int | None:
        if not words:
            return 1
        return int(words) if words.isascii() and words.isdecimal() and 0 < int(words[:9]) <= MOST_AT_ONCE else None

    # Looking closer.

    def _why(self, _words: str) -> Lines:
        if not self.stepping.taken:
            yield from self._no("nothing was done yet")
            return
        choice = self.stepping.taken[-1].choice
        reaction = choice.happening.reaction
        yield from lines_of_step(choice.steps[0])[:1]
        if reaction is None:
            yield "      no machine takes part in it"
            return
        for move in reaction.moves:
            yield from self._moved(move)
        for watch in (self.stepping.engine.watched[number] for number in sorted(choice.violated)):
            yield f"      it violates {watch.property.label} {watch.property.name}"

    def _moved(self, move: Moved) -> Lines:
        name = self.stepping.system.instances[move.machine].id
        answer = move.answer
        if isinstance(answer, Handled):
            yield f"      {name} takes the row {answer.row.name}"
            says = (answer.row.action.__doc__ or "").partition("\n\n")[0] if answer.row.action else ""
            if says:
                yield f"        {' '.join(says.split())}"
            if changed := local_in_words(answer.after, move.before):
                yield f"        its data: {changed}"
        elif isinstance(answer, Ignored):
            yield f"      {name} passes over {answer_event(move)} in {move.before.control}: {answer.reason}"
        else:
            yield f"      {name} has no place for {answer_event(move)} in {move.before.control}: a protocol error"

    def _data(self, words: str) -> Lines:
        parties = dict(self.stepping.parties())
        if words and words not in parties:
            yield from self._no(f"there is no party '{words}'{did_you_mean(words, parties)}")
            return
        first = self.stepping.begin or self.stepping.beginnings[0]
        for party in [words] if words else parties:
            for machine in parties[party]:
                local, begin = self.stepping.state.locals[machine], first.locals[machine]
                changed = local_in_words(local, begin)
                data = f"its data: {changed}" if changed else "its data as at the beginning"
                yield f"  {self.stepping.system.instances[machine].id} {local.control}; {data}"

    def _all(self, _words: str) -> Lines:
        self._shows_all = not self._shows_all
        yield from self.show()

    def _list(self, _words: str) -> Lines:
        if not self.stepping.taken:
            yield "nothing was done yet"
        for step in self.stepping.steps:
            yield from lines_of_step(step)

    def _save(self, words: str) -> Lines:
        if not words:
            yield from self._no("say where to save it: s run.json")
            return
        file = Path(words)
        try:
            file.write_text(json.dumps(self.stepping.trace().to_json(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            yield from self._no(f"cannot write {file}: {error.strerror}; name another file")
            return
        yield f"saved {_counted(len(self.stepping.steps), 'step')}; take them again: {replay_command(file)}"

    def _help(self, _words: str) -> Lines:
        yield from HELP.splitlines()

    def _quit(self, _words: str) -> Lines:
        self.is_over = True
        yield from ()

    def _no(self, why: str) -> Lines:
        self.misunderstood += 1
        yield why

    def closing(self) -> Lines:
        """What is to be said at the end."""
        searched = {watch.property.name for watch in self.stepping.engine.watched if isinstance(watch.conjunct, SAFETY)}
        found = ", ".join(self.found) or "none"
        yield f"{_counted(len(self.stepping.steps), 'step')}; properties watched: {len(searched)}; violated: {found}."
        yield "One run proves nothing: what it did not violate is inconclusive."


def _values(data: object) -> str:
    """The data of a machine in words."""
    told = plain(data)
    if not isinstance(told, dict):
        return "" if told is None else canonical(told)
    return ", ".join(f"{name} {canonical(value)}" for name, value in told.items() if name != "type")


def answer_event(move: Moved) -> str:
    """The input of a machine, by the name that its rows have for it."""
    return move.received.event


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def converse(stepping: Stepping, seed: int) -> ExitCode:
    """Read what to do from the standard input until it ends, and do it. In a pipe each line is repeated."""
    session = Session(stepping)
    configuration = stepping.system.configuration
    is_typed = sys.stdin.isatty()
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")
    _say(iter([f"{configuration.name}: {configuration.scope()}; seed {seed}; ? helps, q ends"]))
    codes = {ExitCode.INCONCLUSIVE}
    try:
        _say(session.show())
        while not session.is_over and (line := _read(is_typed)) is not None:
            _say(session.answer(line))
    except KeyboardInterrupt:
        click.echo("")
        codes.add(ExitCode.INTERRUPTED)
    _say(session.closing())
    if session.found:
        codes.add(ExitCode.VIOLATED)
    if session.misunderstood and not is_typed:
        codes.add(ExitCode.USAGE)
        click.echo(f"payrelay: {_counted(session.misunderstood, 'line')} of the input could not be followed", err=True)
    return together(codes)


def _read(is_typed: bool) -> str | None:
    """The next line of the input; None at its end."""
    if is_typed:
        import readline as readline  # lets a line be edited, and typed again

        try:
            return input("> ")
        except EOFError:
            click.echo("")
            return None
    line = sys.stdin.readline()
    if not line:
        return None
    click.echo(f"> {line.rstrip()}")
    return line


def _say(lines: Lines) -> None:
    for line in lines:
        click.echo(folded(line, len(line) - len(line.lstrip()) + 4))
    sys.stdout.flush()
