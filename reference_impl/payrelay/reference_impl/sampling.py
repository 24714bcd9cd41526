"""Where a server's processor time goes: it looks at itself many times a second, and notes what it is doing.

A sample is taken after so much processor time, of whatever kind, and counts for what the innermost function is for
that is known here. What waits takes none; how long commits wait for the disk is told by the storage.
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

INTERVAL = 0.005
"""Seconds of processor time from one sample to the next."""
OTHER = "other"

PHASES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("payrelay.wire.jose", "Jws.signer"): "verifying",
        ("payrelay.wire.jose", "sign"): "signing",
        ("payrelay.wire.jose", "seal"): "sealing",
        ("payrelay.wire.jose", "open_sealed"): "opening",
        ("payrelay.wire.binding", "from_request"): "reading",
        ("payrelay.wire.binding", "to_request"): "writing",
        ("payrelay.wire.binding", "to_response"): "writing",
        ("payrelay.reference_impl.sql_storage", "SqlStorage.commit"): "storing",
        ("payrelay.reference_impl.sql_storage", "SqlStorage._make_durable"): "committing",
    }
)
"""What functions are for."""
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "payrelay.model.conversion": "making pages",
        "payrelay.host.ensemble": "stepping",
        "payrelay.host.telling": "logging",
        "payrelay.wire.event_log": "logging",
        "payrelay.host.timing": "timing",
        "payrelay.host.party": "the rest of a step",
        "payrelay.host.populations": "looking up",
        "payrelay.reference_impl.sql_storage": "looking up",
        "payrelay.reference_impl.sending": "sending",
        "payrelay.host.serving": "serving",
        "payrelay.host.application": "serving",
        "aiohttp": "sending",
        "starlette": "serving",
        "uvicorn": "serving",
        "asyncio": "the event loop",
    }
)
"""What else modules are for, and packages with all that is in them."""


def phase_of(frame: FrameType | None) -> str:
    """What a running function is for: itself, or the first of those that called it of which that is known."""
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        found = PHASES.get((module, frame.f_code.co_qualname)) or _phase_of_module(module)
        if found:
            return found
        frame = frame.f_back
    return OTHER


def _phase_of_module(module: str) -> str | None:
    while module:
        if module in MODULES:
            return MODULES[module]
        module = module.rpartition(".")[0]
    return None


class Sampling:
    """The samples of this process, which has one at a time."""

    def __init__(self) -> None:
        self.samples: Counter[str] = Counter()
        self._begun = 0.0

    def start(self) -> None:
        """Begin."""
        self._begun = time.process_time()
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def _take(self, _number: int, frame: FrameType | None) -> None:
        self.samples[phase_of(frame)] += 1

    def stop(self) -> dict[str, float]:
        """End; the seconds of processor time since the beginning that each phase took, by its share of the samples."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)  # one may be on its way
        seconds = time.process_time() - self._begun
        total = self.samples.total() or 1
        return {phase: seconds * number / total for phase, number in self.samples.most_common()}


def profile_file(settings: Path) -> Path:
    """Where the profile of a party stands, beside its settings."""
    return settings.with_suffix(".profile.json")


def write_profile(settings: Path, profile: Mapping[str, Any]) -> None:
    """Write a profile down."""
    profile_file(settings).write_text(json.dumps(profile, indent=1) + "\n", encoding="utf-8")
