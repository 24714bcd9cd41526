"""Compiling: kernels are compiled by numba when they are first called, and kept.

numba keeps what it has compiled until the file of a function changes, but a kernel is made of several files. So what is
kept stands in a place of its own for exactly these sources.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import config, njit

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Njit: Any = njit
_config: Any = config

SOURCES = ("engines", "liveness")
"""The folders with all that kernels are made of."""


def kernel(function: _Function) -> _Function:
    """Compile what is called from Python, and keep it."""
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(_place())
    try:
        compiled: _Function = _Njit(cache=True)(function)
    finally:
        _config.CACHE_DIR = before
    return compiled


def inner(function: _Function) -> _Function:
    """Compile what only kernels call: not for calls from Python, which would take as long again."""
    compiled: _Function = _Njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


def inlined(function: _Function) -> _Function:
    """Put it in where it is called, before anything is compiled."""
    compiled: _Function = _Njit(inline="always")(function)
    return compiled


@cache
def _place() -> Path:
    return place_of(Path(__file__).parents[1])


def place_of(folder: Path) -> Path:
    """Where kernels made of the sources in these folders are kept: where numba is told to keep all; else beside them;
    or with the user, if nothing can be written there."""
    digest = hashlib.sha256()
    for source in sorted(path for name in SOURCES for path in (folder / name).glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    beside = folder / SOURCES[0] / "__pycache__"
    is_writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    where = _config.CACHE_DIR or (beside if is_writable else Path.home() / ".cache")
    return Path(where) / f"payrelay-kernels-{digest.hexdigest()[:16]}"
