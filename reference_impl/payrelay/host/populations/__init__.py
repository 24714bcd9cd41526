"""The machines that each party can have, and how each is made when it is first needed."""

from __future__ import annotations

from payrelay.host.populations.authority import AuthorityPopulation
from payrelay.host.populations.payment import PaymentPopulation
from payrelay.host.populations.population import Ground, Population
from payrelay.host.populations.relay import RelayPopulation
from payrelay.host.populations.shop import ShopPopulation
from payrelay.host.populations.terminal import TerminalPopulation
from payrelay.host.populations.wallet import WalletPopulation
from payrelay.language.links import role_of

POPULATIONS: dict[str, type[Population]] = {
    "terminal": TerminalPopulation,
    "relay": RelayPopulation,
    "shop": ShopPopulation,
    "wallet": WalletPopulation,
    "payment": PaymentPopulation,
    "authority": AuthorityPopulation,
}
"""The population of each role."""


def population_of(ground: Ground) -> Population:
    """The population of a party."""
    return POPULATIONS[role_of(ground.party)](ground)
