"""Functions of classes that remember what they found: as `functools.cache` does, with the types that they have."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """The same function, which computes everything once."""
    return cast(Function, lru_cache(maxsize=None)(function))
