"""Rebuilding: a configuration from its value, as it stands in a trace."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from payrelay.cli.catalogue import Catalogue
from payrelay.language.configurations import Configuration, did_you_mean
from payrelay.language.traces import TraceError, canonical


def rebuilt(catalogue: Catalogue, value: dict[str, Any]) -> Configuration:
    """The configuration of this value. Raises TraceError if this model has none such."""
    name = value.get("name")
    if not isinstance(name, str) or not name.split():
        raise TraceError("configuration.name: this must be the name of a configuration")
    known = {one.name: one for one in catalogue.configurations}
    of = known.get(name.split()[0])
    if of is None:
        raise TraceError(f"configuration.name: there is no '{name.split()[0]}'{did_you_mean(name.split()[0], known)}")
    names = {field.name for field in fields(of)}
    if differing := sorted(names ^ set(value)):
        raise TraceError(f"configuration.{differing[0]}: this model's configurations have other keys")
    configuration = replace(of, **{key: _typed(key, value[key], getattr(of, key)) for key in sorted(names)})
    configuration.check()
    return configuration


def _typed(key: str, value: Any, like: Any) -> Any:
    if isinstance(like, tuple) or like is None:
        # Only `timers` may be None, for all.
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        if value is None and key == "timers":
            return None
    elif type(value) is type(like):
        return value
    raise TraceError(f"configuration.{key}: {canonical(value)[:40]} cannot stand here")
