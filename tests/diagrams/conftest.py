"""Every role that there is to draw."""

import pytest

from payrelay.cli.catalogue import payments
from payrelay.cli.classics import CLASSICS, classic
from payrelay.diagrams.machines import Machine, machine
from payrelay.diagrams.outputs import row_outputs
from payrelay.language.role import RoleTable
from payrelay.model.protocol import tables


def tables_of_classics() -> dict[str, RoleTable]:
    """Every role of a classic."""
    catalogues = [classic(name) for name in CLASSICS]
    systems = [catalogue.system(catalogue.configurations[0]) for catalogue in catalogues]
    return {one.table.name: one.table for system in systems for one in system.instances}


TABLES = {**tables(), **tables_of_classics()}
"""Every role that there is."""


@pytest.fixture(scope="session")
def machines() -> list[Machine]:
    """Every role's machine, with what is sent where purchase and registration go well."""
    catalogue = payments()
    wanted = [one for one in catalogue.configurations if one.name in ("benign", "registration_stories")]
    outputs = row_outputs(catalogue.system(one) for one in wanted)
    return [machine(table, outputs) for table in TABLES.values()]
