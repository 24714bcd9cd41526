"""Configurations: what is searched, as a frozen value with a name.

The value is printed with every verdict and stands in every trace. A named configuration never changes its content
to fit a machine: `derived` gives a new one, whose name says what differs.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, get_args

Semantics = Literal["unbounded", "budgeted"]
Channel = Literal["dupset", "bag", "set", "fifo"]
"""What links do with messages.

`dupset`: a message once sent can be delivered for ever, any number of times, in any order. `bag`: every copy is
delivered once, in any order. `set`: the same, but a second copy of what is under way is not kept; the search says if
that ever happened. `fifo`: for each two parties and each direction a queue of limited length; what would send into a
full one cannot happen.
"""
WHOLE_NUMBER = re.compile("-?[0-9]{1,4}")
"""What is read as a whole number. `int` would also take `1_0`, ` 2` and the digits of every other script; and what
has more digits than these could not be searched, nor even be built."""


class ConfigurationError(Exception):
    """A configuration that cannot be had. The text is one line with a suggestion."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """How much of the world takes part in a search.

    Under `unbounded` faults a message once sent stays deliverable for ever, any number of times, in any order; a
    running timer may fire at any moment; a party may crash and restart at any moment. There is nothing to count.
    Under `budgeted` faults every copy of a message is there once, and the budgets count losses, duplicates,
    crashes and time-outs that fire while something of their procedure is still under way. Without budgets,
    nothing goes wrong. There, other channels than that can be had, and losses that nobody counts.
    """

    name: str
    says: str
    semantics: Semantics = "budgeted"
    losses: int = 0
    duplicates: int = 0
    crashes: int = 0
    early_timeouts: int = 0
    channel: Channel | Literal[""] = ""
    """What the links do with messages. Left open: a dupset under unbounded faults, else a bag."""
    capacity: int = 0
    """How many messages a fifo queue has room for."""
    lossy: bool = False
    """Whether any number of messages may be lost, each for ever; it cannot be delivered any more."""
    crashing: tuple[str, ...] = ()
    """The roles that may crash; under unbounded faults, too."""
    timers: tuple[str, ...] | None = None
    """The timers that run; None for all."""
    patient: tuple[str, ...] = ()
    """The timers that under budgeted faults may fire at any moment without being early: slowness is no fault."""
    variant: str = ""
    """The name of the edits that make a party faulty, if any."""

    @property
    def is_unbounded(self) -> bool:
        """Whether faults are unbounded."""
        return self.semantics == "unbounded"

    @property
    def channel_kind(self) -> Channel:
        """What the links do with messages."""
        return self.channel or ("dupset" if self.is_unbounded else "bag")

    @property
    def has_usual_channel(self) -> bool:
        """Whether channel and losses are what there is if nothing is said of them."""
        return not self.lossy and self.channel_kind == ("dupset" if self.is_unbounded else "bag")

    def runs(self, timer: str) -> bool:
        """Whether a timer takes part."""
        return self.timers is None or timer in self.timers

    def scope(self) -> str:
        """The faults and the order of messages in words, as they are printed beside a verdict."""
        if self.is_unbounded:
            crashes = f", and of crashes of {', '.join(self.crashing)}" if self.crashing else ""
            return f"any number of losses, duplicates, reorderings and time-outs{crashes}"
        crashing = " or ".join(self.crashing)
        budgets = (
            (self.losses, "loss", "losses"),
            (self.duplicates, "duplicate", "duplicates"),
            (self.crashes, f"crash of {crashing}", f"crashes of {crashing}"),
            (self.early_timeouts, "early time-out", "early time-outs"),
        )
        counted = [f"{number} {one if number == 1 else many}" for number, one, many in budgets if number]
        uncounted = [*["losses"] * self.lossy, *["duplicates"] * (self.channel_kind == "dupset")]
        faults = [f"any number of {' and '.join(uncounted)}"] if uncounted else []
        faults += [f"up to {', '.join(counted)}"] if counted else []
        order = {
            "set": "any reordering, one copy of a message at a time",
            "fifo": f"in order, at most {self.capacity} under way from one party to another",
        }
        return f"{', '.join(faults) or 'no faults'}; {order.get(self.channel_kind, 'any reordering')}"

    def value(self) -> dict[str, Any]:
        """The whole configuration as plain data."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def derived(self, settings: dict[str, str]) -> Self:
        """This configuration with some fields changed, given as text (`{"wallets": "3"}`).

        Raises ConfigurationError for a field that does not exist or a value that it cannot take.
        """
        kinds = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in {"name", "says"}}
        changes: dict[str, Any] = {}
        for key, text in settings.items():
            if key not in kinds:
                raise ConfigurationError(f"no key '{key}' in configuration {self.name}{did_you_mean(key, kinds)}")
            changes[key] = _parsed(key, text, kinds[key])
        name = " ".join([self.name, *(f"{key}={text}" for key, text in settings.items())])
        derived = replace(self, name=name, **changes)
        derived.check()
        return derived

    def check(self) -> None:
        """Raise ConfigurationError if the values do not go together."""
        if self.semantics not in ("unbounded", "budgeted"):
            raise ConfigurationError(f"semantics is 'unbounded' or 'budgeted', not '{self.semantics}'")
        budgets = (self.losses, self.duplicates, self.crashes, self.early_timeouts)
        if min(budgets) < 0:
            raise ConfigurationError(f"configuration {self.name}: a budget counts faults and cannot be negative")
        if self.is_unbounded and any(budgets):
            raise ConfigurationError(
                f"configuration {self.name}: unbounded faults have no budgets; write semantics=budgeted to count them"
            )
        self._check_channel()
        if self.crashes and not self.crashing:
            raise ConfigurationError(f"configuration {self.name}: crashes need the roles that crash: crashing=relay")
        for key, value in vars(self).items():
            for item in value if isinstance(value, tuple) else ():
                if value.count(item) > 1:
                    raise ConfigurationError(f"configuration {self.name}: {key} names '{item}' more than once")
        for timer in self.patient:
            if not self.runs(timer):
                raise ConfigurationError(
                    f"configuration {self.name}: '{timer}' cannot be patient where it does not run; add it to timers"
                )

    def _check_channel(self) -> None:
        """Raise ConfigurationError if the channel does not go together with the rest."""
        kinds = get_args(Channel)
        if self.channel not in ("", *kinds):
            raise ConfigurationError(f"channel is one of {', '.join(kinds)}, not '{self.channel}'")
        if self.is_unbounded and (self.lossy or self.channel_kind != "dupset"):
            raise ConfigurationError(
                f"configuration {self.name}: unbounded faults leave no choice of channel and losses; "
                f"write semantics=budgeted to choose"
            )
        if self.capacity < 0 or bool(self.capacity) is not (self.channel == "fifo"):
            raise ConfigurationError(
                f"configuration {self.name}: a fifo channel needs a capacity of 1 or more, and no other has one: "
                f"channel=fifo capacity=2"
            )
        if self.lossy and self.losses:
            raise ConfigurationError(f"configuration {self.name}: where any number may be lost, losses are not counted")
        if self.channel == "dupset" and self.duplicates:
            raise ConfigurationError(f"configuration {self.name}: in a dupset, duplicates are not counted")


def _parsed(key: str, text: str, old: Any) -> Any:
    if isinstance(old, bool):
        if text not in ("true", "false"):
            raise ConfigurationError(f"{key} is true or false, not '{text}'")
        return text == "true"
    if isinstance(old, int):
        if not WHOLE_NUMBER.fullmatch(text):
            raise ConfigurationError(f"{key} is a whole number, not '{text}': digits 0 to 9, at most four of them")
        return int(text)
    if isinstance(old, tuple) or old is None:
        items = tuple(text.split(",")) if text else ()
        if "" in items:
            raise ConfigurationError(f"{key} has an empty item in '{text}': put one comma between two names")
        return items
    return text


def did_you_mean(word: str, known: Any) -> str:
    """A suggestion to end an error line with: `; did you mean 'faults'?`, or what there is."""
    names = sorted(map(str, known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; there is: {', '.join(names)}"
