"""A package of an extra that is missing is named, with the line that installs it."""

import pytest

from payrelay.cli.errors import UsageError
from payrelay.cli.extras import needed


def test_invalid_without_a_package_of_an_extra() -> None:
    with pytest.raises(UsageError) as said, needed("reference"):
        raise ModuleNotFoundError("No module named 'sqlalchemy.exc'", name="sqlalchemy.exc")
    assert str(said.value) == "the package sqlalchemy is missing; install it: pip install 'payrelay[reference]'"


def test_a_module_of_payrelay_that_is_missing_is_a_fault() -> None:
    with pytest.raises(ModuleNotFoundError), needed("reference"):
        raise ModuleNotFoundError("No module named 'payrelay.nowhere'", name="payrelay.nowhere")
