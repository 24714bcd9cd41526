"""Dialogues with the machines of a purchase, for the tests of their roles."""

from types import SimpleNamespace
from typing import Any

import pytest

from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.protocol import build


@pytest.fixture(scope="session")
def purchases(registrations: SimpleNamespace) -> SimpleNamespace:
    """Purchases, with other settings than the usual ones."""
    dialogue = type(registrations.talk("relay/directory"))  # by the table and by the library's engine at once

    def talk(machine: str, **settings: Any) -> Any:
        system = build(PaymentConfiguration(name="purchase", says="One purchase.", **settings))
        return dialogue(system.instances[system.by_id[machine]])

    return SimpleNamespace(talk=talk)
