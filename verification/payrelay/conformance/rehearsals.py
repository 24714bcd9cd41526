"""Rehearsals: the reference roles as the system under test, within this process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import count

from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Setting, Wishes
from payrelay.conformance.subjects import Rehearsed
from payrelay.host.faults import SOUND, Fault
from payrelay.language.role import RoleTable
from payrelay.wire.identities import counted


@dataclass
class Rehearsals:
    """Makes performances, each with parties of its own. With edited tables, or a fault of the seam, of a variant."""

    setting: Setting
    tables: Mapping[str, RoleTable] | None = None
    fault: Fault = SOUND

    def __post_init__(self) -> None:
        self._numbers = count()

    def __call__(self, wishes: Wishes) -> AbstractContextManager[Performance]:
        """A new run."""
        number = next(self._numbers)
        found = self.setting.correspondence(number)
        rings = {name: replace(ring, made={}) for name, ring in self.setting.keys.items()}
        subject = Rehearsed(
            rings,
            {party: self.setting.world(party, found) for party in sorted(self.setting.taking_part)},
            counted(b"%s subject %d" % (self.setting.seed, number)),
            self.setting.now,
            tables=self.tables,
            fault=self.fault,
        )
        for party, request in self.setting.set_ups(found, wishes):
            response = subject.set_up(party, request)
            assert response is not None, party
            assert response.status == 204, (party, response)
        return nullcontext(Performance(self.setting, subject, found))
