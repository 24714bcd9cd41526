"""Keepers: one for each server, who starts it, has it die or kills it, and starts it again, until it is enough."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from payrelay.host.deaths import State
from payrelay.reference_impl.chaos.forgetting import Disk
from payrelay.reference_impl.chaos.plan import Plan
from payrelay.reference_impl.chaos.servers import Server
from payrelay.reference_impl.chaos.targets import Targets, entered_by_restart
from payrelay.reference_impl.settings_files import variable_of
from payrelay.reference_impl.trials import DIED_IN, TOLD

LOOKS = 0.02
"""Seconds between two looks at whether a server is still there."""
PATIENCE, LONGEST_PATIENCE = 12.0, 20.0
"""For how many seconds in the mean a server waits for a state in which it is to die, before it is killed anyhow; and if
only rare ones are left."""
RARE = 4
"""So few states of a server are to be met yet only because they are rare."""
LONGEST_CALM, LONGEST_ASTRAY = 60.0, 6.0
"""For how many seconds a server has its peace at most, and with a clock that is wrong."""
FAILED = 5
"""What a server ends with whose storage has failed."""


class CampaignError(Exception):
    """A campaign that cannot go on. One line that says why."""


@dataclass
class Counts:
    """What has happened to all servers."""

    killed_outside: Counter[str] = field(default_factory=Counter)
    """By party."""
    died: Counter[str] = field(default_factory=Counter)
    """Killed by themselves between commit and send, by party."""
    failed: Counter[str] = field(default_factory=Counter)
    """Ended as their storage failed, by party."""
    faults: Counter[str] = field(default_factory=Counter)
    """Faults that were injected, by kind."""
    complaints: list[str] = field(default_factory=list)
    """What servers have said beside that."""

    @property
    def kills(self) -> int:
        """All deaths by SIGKILL."""
        return self.killed_outside.total() + self.died.total()

    def spared(self, parties: Iterable[str]) -> list[str]:
        """Which of these parties was not killed at all."""
        return [party for party in parties if not self.killed_outside[party] + self.died[party]]


@dataclass
class Keeper:
    """Keeps one server dying and coming back."""

    server: Server
    plan: Plan
    targets: Targets
    counts: Counts
    dice: Random
    disk: Disk | None
    pace: Callable[[str], float]
    """For how many seconds a party is to live in the mean."""
    is_over: Callable[[], bool]

    @property
    def party(self) -> str:
        """Whose keeper it is."""
        return self.server.party

    async def keep(self) -> None:
        """Let the server live and die until it is over; then it is left dead."""
        while not self.is_over():
            await self._live()

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        left = self.targets.left(self.party)
        # By a wrong clock states are met that are met by nothing else; but with one nothing else goes on.
        is_astray = self.dice.random() < (0.05 if not left else 0.5 if len(left) <= RARE else 0.25)
        calm = min(self.dice.expovariate(1 / self.pace(self.party)), LONGEST_ASTRAY if is_astray else LONGEST_CALM)
        is_ready = await asyncio.to_thread(self.server.start, self._fate(left, calm, is_astray))
        # Longer than that it waits for a state in which it is to die, and then no more.
        patience = LONGEST_ASTRAY if is_astray else PATIENCE if len(left) > RARE else LONGEST_PATIENCE
        ends = loop.time() + calm + (self.dice.expovariate(1 / patience) if left else 0.0)
        while is_ready and self.server.is_there and loop.time() < ends and not self.is_over():
            await asyncio.sleep(LOOKS)
        is_from_outside = is_ready and self.server.is_there
        code = await asyncio.to_thread(self.server.kill)
        died = self._buried()
        if died:
            self.counts.died[self.party] += 1
        elif is_from_outside:
            # Once it is over, there is nothing left that this could spoil.
            self.counts.killed_outside[self.party] += not self.is_over()
        elif code == FAILED:
            self.counts.failed[self.party] += 1
        else:
            raise CampaignError(f"{self.party} ended with {code}; it said: {self.server.last_said()}")

    def _buried(self) -> bool:
        """Note what a server that is dead has told; whether it killed itself between commit and send."""
        died = False
        for line in self.server.said():
            if not line.startswith(TOLD):
                self.counts.complaints.append(f"{self.party}: {line}")
                continue
            what = line.removeprefix(TOLD)
            if what.startswith(DIED_IN):
                table, _, state = what.removeprefix(DIED_IN).partition(".")
                self.targets.hit((table, state))
                died = True
            else:
                self.counts.faults[what] += 1
        if self.disk is not None:
            self.disk.forget(self.party)
        return died

    def _fate(self, left: list[State], calm: float, is_astray: bool) -> dict[str, str]:
        """What is to happen in the next life, as variables of the environment."""
        dice, plan = self.dice, self.plan
        trial: dict[str, object] = {"seed": dice.randrange(1, 10**8), **vars(plan.weather)}
        if left and dice.random() < 0.9:
            # What is entered as they come back has to be met at once, and what is rare mostly comes of an absence; all
            # others have their peace first.
            are_rare = len(left) <= RARE
            at_once = left if are_rare else [state for state in left if state in entered_by_restart()]
            if dies_at_once := bool(at_once) and dice.random() < 0.4:
                left = at_once
            # Half of them at the first time, and all if few are left, so that what is rare is met.
            times = {state: 1 if are_rare or dice.random() < 0.5 else dice.randrange(2, 6) for state in left}
            trial["dies_after"] = 0.0 if dies_at_once else calm
            trial["dies_in"] = ",".join(f"{table}.{state}:{number}" for (table, state), number in times.items())
        if is_astray:
            trial[dice.choice(("clock_forward", "clock_back"))] = dice.choice((1.0, 10.0, 100.0, 100.0))
            trial["clock_after"] = 0.1 + dice.random() * calm
        variables = {variable_of("trial", key): _written(value) for key, value in trial.items() if value}
        if "dies_in" not in trial and dice.random() < 0.5:
            variables[variable_of("storage", "fails_at")] = str(dice.randrange(1, 120))
        return {**variables, **(self.disk.environment(self.party) if self.disk else {})}


def _written(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)
