"""Subjects: what is drawn or stepped through: configurations of ours, perhaps faulty, or a classic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payrelay.cli.catalogue import Catalogue, Surroundings
from payrelay.cli.classics import CLASSICS, classic
from payrelay.cli.errors import UsageError
from payrelay.cli.selection import select

if TYPE_CHECKING:
    from payrelay.language.configurations import Configuration
    from payrelay.language.systems import System


@dataclass(frozen=True)
class Subject:
    """Some configurations of a catalogue, perhaps faulty."""

    catalogue: Catalogue
    configurations: tuple[Configuration, ...]
    is_default_set: bool
    is_classic: bool = False

    @property
    def variant(self) -> str:
        """The faulty variant that it is, if any."""
        return self.configurations[0].variant if len(self.configurations) == 1 else ""

    @property
    def named(self) -> str:
        """The configurations in words."""
        return "the default set" if self.is_default_set else self.configurations[0].name

    def systems(self) -> list[System]:
        """Their systems."""
        return [self.catalogue.system(one) for one in self.configurations]

    def unedited(self) -> list[System]:
        """Their systems without any edits."""
        return [self.catalogue.system(replace(one, variant="")) for one in self.configurations]


def subject(surroundings: Surroundings, words: Sequence[str], variant: str | None = None) -> Subject:
    """What configuration words name; the default set, if nothing; the small system of a classic, by its name."""
    if words and words[0] in CLASSICS:
        if len(words) > 1 or variant:
            raise UsageError(f"'{words[0]}' is one small system, and takes no further words")
        catalogue = classic(words[0])
        return Subject(catalogue, catalogue.configurations, is_default_set=False, is_classic=True)
    catalogue = surroundings.load()
    if variant:
        catalogue.variant(variant)
        words = [*words, f"variant={variant}"] if words else [variant]
    selected = select(catalogue, words)
    return Subject(catalogue, selected.configurations, selected.is_default_set)
