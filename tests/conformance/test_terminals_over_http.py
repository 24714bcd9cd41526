"""A terminal under test, over HTTP: a test controller has its user act, and the kit answers as relay and as shop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.playing import going_well, next_move
from tests.conformance.test_control import app, at_work
from tests.ports import free_ports

from payrelay.conformance.assembly import Assembly
from payrelay.conformance.configuration import FIRST_SECTION, Configuration, read_configuration
from payrelay.conformance.control import Controllable
from payrelay.conformance.initial.folder import write_folder
from payrelay.conformance.initial.plan import Plan
from payrelay.conformance.performance import Performance
from payrelay.conformance.setting import Wishes
from payrelay.conformance.switchboard import sending_of
from payrelay.host.addresses import Addresses
from payrelay.host.client import Client
from payrelay.host.keyring_files import read_keyring
from payrelay.host.world import World
from payrelay.language.messages import Stimulus, event_name
from payrelay.language.terms import Symbol
from payrelay.model.conversion import CAPABILITIES
from payrelay.model.data import OrderRef
from payrelay.model.messages import user
from payrelay.reference_impl.terminals import Terminal, terminal_keyring

STIMULI: dict[str, type[Stimulus]] = {
    event_name(kind): kind
    for kind in vars(user).values()
    if isinstance(kind, type) and issubclass(kind, Stimulus) and kind is not Stimulus
}


class Driver:
    """The terminals of an implementer, one for each test, as a test controller drives them."""

    def __init__(self, configuration: Configuration, capability: str) -> None:
        self._configuration, self._capability = configuration, capability
        self._terminals: dict[str, Terminal] = {}
        self._clients: list[Client] = []

    async def force(self, asked: dict[str, Any]) -> bool:
        """The user does something."""
        found = self._terminals.get(asked["test"])
        if found is None:
            found = self._terminals[asked["test"]] = await self._begun(asked["party"], asked["stands"])
        return found.does(STIMULI[asked["event"]], **asked["fields"])

    async def _begun(self, party: str, stands: dict[str, Any]) -> Terminal:
        order, urls = stands["order"], self._configuration.peers.urls
        world = World(
            session=stands["session"],
            order=order and OrderRef(order["shop"], Symbol("order_ref", order["order"])),
            user_auth=stands["user_auth"] or "",
            capabilities=CAPABILITIES[self._capability],
        )
        ring = read_keyring(self._configuration.trust.folder / "terminal.keys.json")
        addresses = Addresses({"relay": urls[FIRST_SECTION], "shop": urls["shop"]})
        client = Client(sending_of(None, {}, None))
        self._clients.append(client)
        return await Terminal(terminal_keyring(ring, party), world, addresses, client).__aenter__()

    async def end(self) -> None:
        """All of them."""
        for terminal in self._terminals.values():
            await terminal.__aexit__()
        for client in self._clients:
            await client.close()


@pytest.mark.slow
@pytest.mark.parametrize("ordering", [True, False])
@pytest.mark.parametrize(("security", "capability"), [("plain", "html"), ("hardened", "json")])
def test_a_terminal_pays(tmp_path: Path, security: str, capability: str, ordering: bool) -> None:
    folder = tmp_path / "c"
    write_folder(folder, Plan(("terminal",), security=security, first_port=free_ports(8)), random=os.urandom)
    path = folder / "conform.toml"
    driver = Driver(read_configuration(path, {}), capability)
    with at_work(Controllable(app, force=driver.force), driver.end) as url:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("[control]\n", f'[control]\nurl = "{url}/__conform"\n'), encoding="utf-8")
        assembly = Assembly(read_configuration(path, {}))
        model = going_well(ordering=ordering, security=security, capability=capability)
        with assembly.at_work() as board:
            setting = assembly.setting(model, board)
            found = setting.correspondence(1)
            with board.test("a-test", found) as test:
                assembly.prepare(setting, found, Wishes(), test)
                performance = Performance(setting, test, found)
                course = setting.course
                while course.local(performance.place, "terminal-1/purchase").control != "done":
                    move = next_move(course, performance.place)
                    assert move is not None
                    performance.perform(move)
        assert type(performance.seen[-1].message).__name__ == "ResultSummary"
        assert board.all_strays().number == 0
