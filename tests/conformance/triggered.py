"""The reference terminal as the system under test: a folder as `payrelay conform init` writes it, and the command that
starts one for each test."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.conformance.reference import ENVIRONMENT
from tests.conformance.triggered_terminal import WORDS, read_arguments, work
from tests.ports import free_ports

from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import Plan
from payrelay.language.role import RoleTable

HERE = Path(__file__).parent
OPTIONS = [f"--{word}={place}" for word, place in WORDS.items()]


def write(folder: Path, security: str = "plain", http_time: float = 30.0, command: tuple[str, ...] = ()) -> Path:
    """Write the configuration; `http_time` is how many seconds the terminal waits until it asks again, and `command`
    what starts it, if not a process by itself."""
    made = folder / "conform"
    write_folder(made, Plan(("terminal",), security=security, first_port=free_ports(8)), random=os.urandom)
    keyring = made / "for-terminal-1" / "keyring.json"
    own = command or (sys.executable, str(HERE / "triggered_terminal.py"))
    trigger = [
        "[sut.trigger]",
        f"command = {json.dumps([*own, *OPTIONS, f'--keyring={keyring}', f'--http-time={http_time}'])}",
        f"environment = {{ PYTHONPATH = {json.dumps(ENVIRONMENT['PYTHONPATH'])} }}",
        "",
        "[names]",
    ]
    path = made / "conform.toml"
    text = path.read_text(encoding="utf-8").replace("[names]", "\n".join(trigger), 1)
    path.write_text(text.replace("http_time = 30", f"http_time = {http_time:g}"), encoding="utf-8")
    return path


@contextmanager
def at_work(
    folder: Path,
    security: str = "plain",
    http_time: float = 30.0,
    tables: Callable[[], Mapping[str, RoleTable] | None] = lambda: None,
) -> Iterator[Path]:
    """The configuration, and terminals at work in this process, for each of which a small one stands. `tables` is what
    they are stepped by, if not by the role's own."""
    socket = folder / "terminals"
    at_work: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with await asyncio.start_unix_server(partial(_terminal, tables), socket):
            at_work.set_result((asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, stop = at_work.result(10)
    try:
        forwarding = (sys.executable, "-I", "-S", str(HERE / "forwarding.py"), str(socket))
        yield write(folder, security, http_time, forwarding)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def _terminal(
    tables: Callable[[], Mapping[str, RoleTable] | None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One terminal, from when it is started until who stands for it is gone."""
    told = read_arguments(json.loads(await reader.readline()))
    lines = asyncio.StreamReader()
    working = asyncio.create_task(work(told, lines, tables()))
    try:
        while line := await reader.readline():
            lines.feed_data(line)
    finally:
        working.cancel()
        await asyncio.wait([working])
        writer.close()
