"""Starting: the system under test as a process, for as long as it is tested, where the configuration says how."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile
from typing import IO

import httpx2

from payrelay.conformance.configuration import Configuration, Start
from payrelay.language.configurations import did_you_mean
from payrelay.language.links import role_of
from payrelay.wire.endpoints import every_endpoint

PLACE = re.compile(r"\{([a-z][a-z0-9._-]*)\}")
"""What stands in a command for something that is known once it is started: `{shop.url}` for where a peer is."""
URL = ".url"
END_SECONDS = 5.0
LOOK_SECONDS = 0.05
STARTING = 503


def filled(text: str, values: Mapping[str, str], wrong: Callable[[str], Exception]) -> str:
    """A word of a command with the values of what stands in it in braces. Raises what is wrong if there is none."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in values:
            return values[name]
        if name.endswith(URL):
            peers = [one.removesuffix(URL) for one in values if one.endswith(URL)]
            raise wrong(f"no peer '{name.removesuffix(URL)}'{did_you_mean(name.removesuffix(URL), peers)}")
        raise wrong(f"nothing stands for '{{{name}}}'{did_you_mean(name, values)}")

    return PLACE.sub(value, text)


def begun(
    start: Start, values: Mapping[str, str], wrong: Callable[[str], Exception], said: IO[bytes], listens: int
) -> subprocess.Popen[bytes]:
    """A process by a command of the configuration. Raises what is wrong if it cannot be started.

    `values` are put in for what stands in braces; `said` gets all that it says; `listens` is its standard input, as
    subprocess has it.
    """
    command = [filled(word, values, wrong) for word in start.command]
    environment = {name: filled(text, values, wrong) for name, text in start.environment.items()}
    try:
        return subprocess.Popen(
            command,
            cwd=start.folder,
            env={**os.environ, **environment},
            stdin=listens,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for the kit, which ends it
        )
    except OSError as error:
        raise wrong(f"cannot be started: {error.strerror}: {command[0]}") from None


def last_said(said: IO[bytes]) -> str:
    """The last line of what a process has said."""
    said.seek(0)
    lines = said.read()[-2000:].decode(errors="replace").strip().splitlines() or ["nothing"]
    return lines[-1]


class Process:
    """The system under test, as a process. It can be killed, and started again."""

    def __init__(self, configuration: Configuration, urls: Mapping[str, str], said: IO[bytes]) -> None:
        start = configuration.sut.start
        assert start is not None
        self._configuration, self._start, self._urls, self._said = configuration, start, urls, said
        self._wrong = partial(configuration.document.wrong, ("sut", "start"), "command")
        self._process = self._begun()

    def _begun(self) -> subprocess.Popen[bytes]:
        values = {f"{party}{URL}": url for party, url in self._urls.items()}
        return begun(self._start, values, self._wrong, self._said, subprocess.DEVNULL)

    def wait(self) -> None:
        """Until it answers at /health. Raises ConfigurationError if it does not."""
        seconds = self._start.seconds
        for party, url in self._configuration.sut.urls.items():
            path = next(one.path for one in every_endpoint() if one.receiver == role_of(party))
            if not self._answers(url, path, seconds):
                code = self._process.poll()
                how = "did not answer" if code is None else f"ended with {code}"
                last = last_said(self._said)
                raise self._wrong(f"{party} {how} at {url}/health within {seconds:g} s; it said last: {last}")

    def _answers(self, url: str, path: str, seconds: float) -> bool:
        """Whether it answers at /health in time, and to a request otherwise than that it is starting still."""
        until = time.monotonic() + seconds
        with httpx2.Client(trust_env=False, verify=False, timeout=1.0) as asking:
            while time.monotonic() < until and self._process.poll() is None:
                try:
                    is_well = asking.get(f"{url}/health").status_code == 200
                    if is_well and asking.post(f"{url}{path}").status_code != STARTING:
                        return True
                except httpx2.HTTPError:
                    pass
                time.sleep(LOOK_SECONDS)
        return False

    def crash(self) -> bool:
        """Kill it at once, whatever it is doing, and start it again."""
        self._process.kill()
        self._process.wait()
        self._process = self._begun()
        self.wait()
        return True

    def end(self) -> None:
        """End it, cleanly if it does so in time."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def started(configuration: Configuration, urls: Mapping[str, str]) -> Iterator[Process]:
    """The system under test, from when it answers at /health to its end. Raises ConfigurationError if it does not."""
    with TemporaryFile() as said:
        process = Process(configuration, urls, said)
        try:
            process.wait()
            yield process
        finally:
            process.end()
