"""Registering: what is done at the shell to register for a wallet, and what is said about how it ended."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from payrelay.cli.asking import Asking
from payrelay.cli.errors import UsageError
from payrelay.cli.exit_codes import ExitCode
from payrelay.cli.shell_terminals import InterruptedByUserError, OutOfPatienceError, ShellTerminal
from payrelay.language.configurations import did_you_mean
from payrelay.model.conversion import FormField, is_text, render
from payrelay.model.messages.registration import FormPage
from payrelay.model.messages.user import UserAnswers, UserAsks, UserCancels, UserRegisters, UserRegistersAgain
from payrelay.model.registration import PROOF
from payrelay.reference_impl.terminals import REGISTRATION

OK = "ok"
UNKNOWN = "unknown"
"""What a document has as the result that is not known yet."""


@dataclass
class Answers:
    """What is answered without being asked: for each question its answers, one for each time that it is asked."""

    given: dict[str, list[str]]
    source: str
    used: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Answers:
        """The answers in a file."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{path}: cannot read the answers: {error.strerror}; name another file") from None
        except ValueError:
            raise UsageError(f'{path}: it is no JSON; write it as {{"holder": "A. User"}}') from None
        if not isinstance(document, dict):
            raise UsageError(f'{path}: expected one JSON object, as {{"holder": "A. User"}}')
        given = {}
        for name, answer in document.items():
            given[name] = answer if isinstance(answer, list) else [answer]
            if not given[name] or not all(isinstance(one, str) and is_text(one) for one in given[name]):
                raise UsageError(f"{path}: {name}: expected a text of 1 to 128 characters, or a list of such texts")
        return cls(given, str(path))

    def next(self, name: str) -> str | None:
        """The answer to a question that is asked (again); None if there is none."""
        answers, place = self.given.get(name, []), self.used.get(name, 0)
        self.used[name] = place + 1
        return answers[place] if place < len(answers) else None


@dataclass
class Registration:
    """What became of it."""

    wallet: str
    authority: str
    result: str = UNKNOWN
    code: ExitCode = ExitCode.INCONCLUSIVE
    shown: dict[str, str] = field(default_factory=dict)
    """What the last page says, by its slots."""
    handle: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema_version": 1,
            "kind": "registration",
            "result": self.result,
            "is_registered": {OK: True, UNKNOWN: None}.get(self.result, False),
            "wallet": self.wallet,
            "authority": self.authority,
            "registration": self.shown.get("identifier"),
            "reason": self.shown.get("reason") or self.shown.get("code"),
            "handle": self.handle,
            "exit_code": int(self.code),
        }


class Registering:
    """A user who registers at the shell."""

    def __init__(
        self,
        shell: ShellTerminal,
        asking: Asking,
        wallet: str,
        answers: Answers,
        *,
        is_agreed: bool = False,
        is_again: bool = False,
    ) -> None:
        """`is_agreed`: the terms are accepted; `is_again`: what ended otherwise than well is begun anew, once."""
        self.shell, self.asking, self.answers = shell, asking, answers
        self.registration = Registration(wallet, shell.terminal.world.authority)
        self._is_agreed, self._is_again = is_agreed, is_again
        self._is_bound = False
        self._round, self._has_errors = 0, False
        self._accepted = ""
        """The terms that are accepted already."""
        self._said: dict[str, str] = {}
        """What the user has answered so far."""
        self._asked: set[str] = set()
        """The questions that there are."""

    async def registers(self) -> Registration:
        """Register, until it is known how it ended, or nobody waits any more."""
        registration = self.registration
        try:
            self.shell.does(UserRegisters, REGISTRATION, wallet=registration.wallet)
            while await self._goes_on():
                pass
        except UsageError:  # nobody is there to answer, or what was answered beforehand will not do
            with suppress(OutOfPatienceError):
                await self._cancels()
            raise
        except InterruptedByUserError:
            await self._interrupted()
        except OutOfPatienceError as error:
            self.asking.says(f"It is not known yet how it ended{error}. {self._how_to_go_on()}")
        handle = self.shell.data(REGISTRATION).handle
        registration.handle = handle.name if handle else None
        return registration

    async def _goes_on(self) -> bool:
        """Wait for the next page, and do what there is to be done with it; whether more will come."""
        match await self.shell.settles(REGISTRATION, is_bound=self._is_bound):
            case "filling":
                self._fills()
            case "in_progress":
                await self._asks()
            case _:
                return self._has_ended()
        return True

    # --- a page of the form

    def _fills(self) -> None:
        """Answer a page of the form."""
        page = self.shell.data(REGISTRATION).page
        assert isinstance(page, FormPage)
        slots = self.shell.slots
        last = ", the last try" if page.is_last_try and page.round > 1 else ""
        self.asking.says(f"Registration for {self.registration.wallet}, page {page.page} of {page.pages}{last}")
        self._asked |= {one.name for one in page.fields}
        errors = self._errors(page, slots)
        for one in page.fields:
            self._said[one.name] = self._answer(replace(one, error=errors.get(one.name)))
        if page.page == page.pages:
            self._check_names()
            if not self._accepts(slots):
                self.shell.does(UserCancels, REGISTRATION)
                return
        # An answer that is empty is not given; to a program each question that is on the page has one.
        self.shell.answers.update(self._said)
        self._is_bound = page.page == page.pages
        self.shell.does(UserAnswers, REGISTRATION, is_complete=True)

    def _errors(self, page: FormPage, slots: dict[str, str]) -> dict[str, str]:
        """What is wrong with the answers of the round before, by question.

        A page has that where there is room; where none has told anything, any of the last page's may be meant.
        """
        if page.round != self._round:
            self._round, self._has_errors = page.round, False
        found = {
            one.name: slots[f"error_{place}"]
            for place, one in enumerate(page.fields, start=1)
            if f"error_{place}" in slots
        }
        self._has_errors = self._has_errors or bool(found)
        if page.round > 1 and page.page == page.pages and not self._has_errors:
            return {one.name: "perhaps not accepted" for one in page.fields}
        return found

    def _answer(self, one: FormField) -> str:
        """The answer to a question: said before and not found wrong, said beforehand, or asked now."""
        before = self._said.get(one.name)
        if one.error is not None:
            self.asking.says(f"{one.label}: {one.error}")
        elif before is not None:
            return before
        answer = self.answers.next(one.name)
        if answer is not None:
            if wrong := _wrong(one, answer):
                raise UsageError(f"{self.answers.source}: {one.name}: {wrong}")
            return answer
        if not one.required and one.error is None and self.answers.given:
            return ""
        return self._asks_for(one, before)

    def _asks_for(self, one: FormField, before: str | None) -> str:
        given = "; ".join(f"'{name}'" for name in self.answers.given if name not in self._asked)
        otherwise = f"no answer to '{one.name}' ({one.label}){'; not asked: ' + given if given else ''}"
        otherwise += "; write answers to a file: --answers FILE, see payrelay register --help"
        label = one.label + (f" ({', '.join(one.options)})" if one.options else "")
        while True:
            if one.sensitive:
                answer = self.asking.secret(label, otherwise, twice=one.name == PROOF.name)
            elif one.required:
                answer = self.asking.text(label, otherwise, before)
            else:
                answer = self.asking.text(f"{label}, or nothing", otherwise, before or "")
            wrong = _wrong(one, answer)
            if not wrong:
                return answer
            self.asking.says(f"{one.label}: {wrong}")

    def _check_names(self) -> None:
        for name in self.answers.given:
            if name not in self._asked:
                raise UsageError(f"{self.answers.source}: no question '{name}'{did_you_mean(name, self._asked)}")

    def _accepts(self, slots: dict[str, str]) -> bool:
        """Whether the user accepts the terms, if there are any on this page."""
        if "terms" not in slots:
            return True
        terms = slots["terms"] + (f", digest {slots['terms_digest']}" if "terms_digest" in slots else "")
        if terms == self._accepted:
            return True
        self.asking.says(f"Terms: {terms}")
        otherwise = "nobody is there to accept the terms; to accept them: --accept-terms"
        if not (self._is_agreed or self.asking.agrees("Do you accept the terms?", otherwise)):
            return False
        self._accepted = terms
        return True

    # --- waiting, and ends

    async def _asks(self) -> None:
        """It takes longer: wait as long as the page says, and ask."""
        wait_hint = self.shell.slots["wait_hint"]
        self.asking.mentions(f"It takes longer; asked again in {wait_hint} seconds.")
        await self.shell.rests(float(wait_hint))
        self.shell.does(UserAsks, REGISTRATION)

    def _has_ended(self) -> bool:
        """Show how it ended; whether it goes on, as the user tries again."""
        registration, data = self.registration, self.shell.data(REGISTRATION)
        registration.shown = self.shell.slots
        registration.result = data.result
        registration.code = ExitCode.ESTABLISHED if data.result == OK else ExitCode.VIOLATED
        self.asking.says(render(self.shell.page.summary))
        if data.result == OK:
            self.asking.says(f"To pay with it: payrelay pay {self.shell.reach.words} --wallet {registration.wallet}")
        if data.result == OK or data.handle is None:
            return False
        if not self._is_again:
            self.asking.says(f"To begin anew: {self._command()} --again")
            return False
        self._is_again = self._is_bound = False
        self._said.clear()
        self.shell.does(UserRegistersAgain, REGISTRATION)
        return True

    async def _cancels(self) -> None:
        """Give up what is not answered, so that nobody waits for it."""
        if self.shell.shows(REGISTRATION) == "filling":
            self.shell.does(UserCancels, REGISTRATION)
            await self.shell.settles(REGISTRATION)

    async def _interrupted(self) -> None:
        """Ctrl-C: what can be cancelled is."""
        self.asking.says()
        try:
            if self.shell.shows(REGISTRATION) == "filling":
                await self._cancels()
                self._is_again = False
                self._has_ended()
            else:
                self.asking.says(self._how_to_go_on())
        except (InterruptedByUserError, OutOfPatienceError):
            self.asking.says(f"It is not known whether it was cancelled. {self._how_to_go_on()}")
        self.registration.code = ExitCode.INTERRUPTED

    def _how_to_go_on(self) -> str:
        return f"To ask how it stands: {self._command()}"

    def _command(self) -> str:
        """The command that goes on with this registration, or tells how it ended."""
        return f"payrelay register {self.shell.reach.words} --wallet {self.registration.wallet}"


def _wrong(one: FormField, answer: str) -> str:
    """Why this is no answer to a question; empty if it is one."""
    if not answer:
        return "an answer is required" if one.required else ""
    if not is_text(answer):
        return "expected a text of 1 to 128 visible characters"
    if one.max_length is not None and len(answer) > one.max_length:
        return f"expected at most {one.max_length} characters"
    if one.options and answer not in one.options:
        return f"expected one of {', '.join(one.options)}"
    return ""
