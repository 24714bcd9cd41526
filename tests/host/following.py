"""Logs of the host, held against the model."""

from __future__ import annotations

from functools import cache

from tests.host.town import Town

from payrelay.language.systems import System
from payrelay.model.configuration import PaymentConfiguration
from payrelay.model.open_values import OPEN_VALUES
from payrelay.model.protocol import build
from payrelay.observation.observer import Observer


@cache
def system_of(configuration: PaymentConfiguration) -> System:
    return build(configuration)


def unexplained(town: Town, configuration: PaymentConfiguration) -> str:
    """The first line of the town's log that no run of the model explains; nothing, if all are explained."""
    with Observer([system_of(configuration)], OPEN_VALUES) as observer:
        for number, event in enumerate(town.events(), start=1):
            if not observer.feed(event, number)[0]:
                return f"{number}: {event.to_line()}"
    return ""
