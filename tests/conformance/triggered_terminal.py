"""The reference terminal as a trigger starts it: its user does what stands on the lines of its standard input.

As a process by itself: `python triggered_terminal.py --relay-url=... --session=...`. An order that was made during a
test is durable: it is a file in the folder of the test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from time import time

import httpx2

from payrelay.host.addresses import Addresses
from payrelay.host.client import Client
from payrelay.host.keyring_files import read_keyring
from payrelay.host.party import Party
from payrelay.host.serving import Serving
from payrelay.host.timing import Wakings
from payrelay.host.world import PERIODS, World
from payrelay.language.messages import Stimulus, event_name
from payrelay.language.role import RoleTable
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import OrderRef
from payrelay.model.messages import user
from payrelay.reference_impl.terminals import PURCHASE, REGISTRATION, Terminal, terminal_keyring

WORDS = {
    "relay-url": "{relay.url}",
    "shop-url": "{shop.url}",
    "session": "{session}",
    "folder": "{folder}",
    "name": "{name}",
    "shop": "{shop}",
    "order": "{order}",
    "user-auth": "{user_auth}",
    "capability": "{capability}",
}
"""What the terminal is told at its start, and what stands for it in a command."""
STIMULI: dict[str, type[Stimulus]] = {
    event_name(kind): kind
    for kind in vars(user).values()
    if isinstance(kind, type) and issubclass(kind, Stimulus) and kind is not Stimulus
}
OF_REGISTRATIONS = ("user_registers", "user_registers_again", "user_answers")
WAITING = ("waiting", "shopping")
LOOK_SECONDS = 0.05


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """What the terminal is told at its start."""
    reader = argparse.ArgumentParser()
    for word in (*WORDS, "keyring"):
        reader.add_argument(f"--{word}", required=True)
    reader.add_argument("--http-time", type=float, required=True)
    return reader.parse_args(words)


class Keeper:
    """Keeps the order of a terminal in a file."""

    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / "order"

    def keep(self, terminal: Terminal) -> None:
        """Write the order, once there is one."""
        order = getattr(terminal.data(), "order_ref", None)
        if order is not None and not self.path.exists():
            with suppress(FileNotFoundError):  # the test has ended meanwhile
                self.path.write_text(order.order.name, encoding="utf-8")

    def order(self, told: str) -> str:
        """The order that is known."""
        return self.path.read_text(encoding="utf-8") if self.path.exists() else told


async def at_rest(terminal: Terminal, machine: str, keeper: Keeper) -> None:
    """Until the terminal waits for nothing: an act is for what it shows then."""
    while terminal.shows(machine) in WAITING:
        await terminal.moved(LOOK_SECONDS)
    keeper.keep(terminal)


async def work(
    told: argparse.Namespace, lines: asyncio.StreamReader, tables: Mapping[str, RoleTable] | None = None
) -> None:
    """Do what the user does, until there are no more lines; by edited tables, if they are of a variant."""
    keeper = Keeper(told.folder)
    known = keeper.order(told.order)
    world = World(
        shop=told.shop,
        session=told.session,
        order=OrderRef(told.shop, Symbol("order_ref", known)) if known else None,
        user_auth=told.user_auth,
        capabilities=CAPABILITIES[told.capability],
    )
    client = Client(httpx2.AsyncClient(trust_env=False, verify=False))
    addresses = Addresses({"relay": told.relay_url, "shop": told.shop_url})
    terminal = Terminal(terminal_keyring(read_keyring(Path(told.keyring)), told.name), world, addresses, client)
    if tables is not None:
        edited = Party(terminal.keyring, terminal.storage, world=world, clock=time, random=token_bytes, tables=tables)
        terminal.serving = Serving(edited, client, addresses)
    party = terminal.serving.party  # its patience may be less than any relay's, as the kit's never lets it wait
    party.wakings = Wakings({**PERIODS, "http_time": told.http_time}, party.tables)
    try:
        async with terminal:
            machine = PURCHASE
            async for line in lines:
                act = json.loads(line)
                await at_rest(terminal, machine, keeper)
                if act["event"] in OF_REGISTRATIONS:
                    machine = REGISTRATION
                terminal.does(STIMULI[act["event"]], machine, **act["fields"])
            await at_rest(terminal, machine, keeper)
    finally:
        await client.close()


async def of_a_process() -> None:
    """One terminal, and the lines of its standard input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await work(read_arguments(sys.argv[1:]), reader)


if __name__ == "__main__":
    asyncio.run(of_a_process())
