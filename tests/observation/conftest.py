"""The payment protocol, small and large, as it is followed and as its logs are written."""

from dataclasses import replace

import pytest

from payrelay.language.systems import System
from payrelay.model.configurations import FAULTS, HAPPY, REGISTRATION
from payrelay.model.protocol import build

SMALL = replace(
    HAPPY,
    name="small",
    says="A purchase of which a terminal repeats requests, and in which the relay may crash.",
    semantics="unbounded",
    nonces="each",
    timers=("http_time",),
    crashing=("relay",),
)


@pytest.fixture(scope="session")
def small() -> System:
    """A purchase with few faults."""
    return build(SMALL)


@pytest.fixture(scope="session")
def followed() -> list[System]:
    """What logs are held against if nothing else is said."""
    return [build(FAULTS), build(REGISTRATION)]


@pytest.fixture(scope="session")
def written() -> list[System]:
    """The same with nonces that tell requests apart, as logs have them."""
    return [build(replace(FAULTS, nonces="each")), build(replace(REGISTRATION, nonces="each"))]
