"""Where processor time goes: what a running function is for, and the seconds that it took."""

from __future__ import annotations

import importlib
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from payrelay.reference_impl.sampling import MODULES, OTHER, PHASES, Sampling, phase_of, profile_file, write_profile
from payrelay.wire import jose


def frame_in(module: str, source: str = "import sys\ndef f():\n    return sys._getframe()\nframe = f()") -> FrameType:
    """A frame of a function in a module of this name, called by nobody."""
    made = ModuleType(module)
    exec(compile(source, module, "exec"), vars(made))
    frame: FrameType = made.frame
    return frame


def test_all_that_is_named_is_there() -> None:
    for module, function in PHASES:
        found: object = importlib.import_module(module)
        for name in function.split("."):
            found = getattr(found, name)
        assert callable(found), (module, function)
    for name in MODULES:
        importlib.import_module(name)


def test_a_function_is_for_what_its_module_or_package_is() -> None:
    assert phase_of(frame_in("payrelay.model.conversion.summary")) == "making pages"
    assert phase_of(frame_in("payrelay.host.ensemble")) == "stepping"
    assert phase_of(frame_in("uvicorn.protocols.http.anything")) == "serving"


def test_a_function_that_nobody_knows_is_for_what_its_caller_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note(_data: bytes) -> str:
        seen.append(phase_of(sys._getframe()))
        return ""

    monkeypatch.setattr(jose, "to_base64url", note)
    monkeypatch.setattr(jose, "_signed_header", lambda _typed, _signer: "")
    signer: Any = SimpleNamespace(key=Ed25519PrivateKey.generate())
    jose.sign("payrelay-receipt", b"{}", signer)
    assert set(seen) == {"signing"}
    assert phase_of(None) == OTHER


def test_what_is_sampled_is_shared_out() -> None:
    before = signal.getsignal(signal.SIGPROF)
    sampling = Sampling()
    sampling.start()
    begun = time.process_time()
    while not sampling.samples and time.process_time() < begun + 5:
        sum(range(1000))
    found = sampling.stop()
    signal.signal(signal.SIGPROF, before)
    assert sampling.samples.total() > 0
    assert set(found) == set(sampling.samples)
    assert 0 < sum(found.values()) <= time.process_time()


def test_nothing_sampled_is_nothing() -> None:
    before = signal.getsignal(signal.SIGPROF)
    sampling = Sampling()
    sampling.start()
    assert sampling.stop() == {}
    signal.signal(signal.SIGPROF, before)


def test_a_profile_stands_beside_the_settings(tmp_path: Path) -> None:
    write_profile(tmp_path / "relay.toml", {"party": "relay"})
    assert profile_file(tmp_path / "relay.toml") == tmp_path / "relay.profile.json"
    assert json.loads((tmp_path / "relay.profile.json").read_text()) == {"party": "relay"}
