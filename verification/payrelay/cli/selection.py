"""Selection: what the words of a command line name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payrelay.cli.catalogue import Catalogue
from payrelay.cli.errors import UsageError
from payrelay.language.configurations import Configuration, did_you_mean

if TYPE_CHECKING:
    from payrelay.language.edits import Variant
    from payrelay.language.properties import Property


@dataclass(frozen=True)
class Selection:
    """The configurations to search."""

    configurations: tuple[Configuration, ...]
    is_default_set: bool = False
    variant: Variant | None = None
    """The faulty variant that the one configuration has."""


def select(catalogue: Catalogue, words: Sequence[str]) -> Selection:
    """What `[CONFIGURATION [KEY=VALUE]...]` names; the default set, if nothing. A variant names its configuration."""
    if not words:
        return Selection(catalogue.default_set, is_default_set=True)
    name, *rest = words
    if "=" in name:
        raise UsageError(f"'{name}' changes a configuration; name the configuration before it, as in: happy {name}")
    variants = {one.name: one for one in catalogue.variants}
    if name in variants:
        of, *own = variants[name].configuration.split()
        settings = {**_settings(own), **_settings(rest), "variant": name}
        name = of
    else:
        settings = _settings(rest)
    configurations = {one.name: one for one in catalogue.configurations}
    if name not in configurations:
        near = did_you_mean(name, [*configurations, *variants])
        suggestion = near if "did you mean" in near else did_you_mean("", configurations)
        raise UsageError(f"no configuration '{name}'{suggestion}")
    configuration = configurations[name]
    if settings:
        configuration = configuration.derived(settings)
    variant = catalogue.variant(configuration.variant) if configuration.variant else None
    return Selection((configuration,), variant=variant)


def _settings(words: Sequence[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(
                f"'{word}' is not KEY=VALUE; one configuration at a time, then what changes, as in wallets=3"
            )
        if key in settings:
            raise UsageError(f"{key} is given twice: '{settings[key]}' and '{value}'; name the one that counts")
        settings[key] = value
    return settings


def properties_named(catalogue: Catalogue, names: Sequence[str]) -> tuple[Property, ...]:
    """The properties of these names or labels; all, if there are none."""
    if not names:
        return catalogue.properties
    wanted = {property_named(catalogue, name).name for name in names}
    return catalogue.properties_of(tuple(wanted))


def property_named(catalogue: Catalogue, name: str) -> Property:
    """The property of a name or a label."""
    by_name = {key: one for one in reversed(catalogue.properties) for key in (one.label, one.name)}
    found = by_name.get(name) or {key.casefold(): one for key, one in by_name.items()}.get(name.casefold())
    if found is None:
        near = did_you_mean(name, by_name)
        suggestion = near if "did you mean" in near else "; see them all: payrelay verify happy"
        raise UsageError(f"no property '{name}'{suggestion}")
    return found
