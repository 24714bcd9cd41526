"""Identifiers: names that Promela and C can read, each given once."""

from __future__ import annotations

import re


class Identifiers:
    """Gives out names. What would be given a second time gets a number at its end."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def new(self, *words: str) -> str:
        """A name made of some words; what cannot stand in a name becomes an underscore."""
        wanted = "_".join(re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_") for word in words)
        name, number = wanted, 2
        while name in self._given:
            name, number = f"{wanted}_{number}", number + 1
        self._given.add(name)
        return name


def comment(text: str) -> str:
    """A comment on one line."""
    return f"/* {' '.join(text.replace('*/', '* /').replace('/*', '/ *').split())} */"
