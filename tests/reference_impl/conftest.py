"""What the tests of the servers share: contents of every kind for pages."""

from tests.model.conversion.conftest import some

__all__ = ["some"]
