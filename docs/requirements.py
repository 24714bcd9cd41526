"""What is generated of the requirements that implementations are tested for: the tables of docs/requirements.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.documents import later
from docs.tables import table
from payrelay.conformance.revisions import LATEST, Requirement, revision
from payrelay.model.data import SECURITIES

SECTIONS: Mapping[str, str] = {"W-": "obligations", "claim": "claims", "state table": "behaviours"}
"""Where requirements come from: how their first source begins, and what they are called."""


def of_section(section: str) -> list[Requirement]:
    """The requirements of a section, in their order."""
    begin = next(begin for begin, name in SECTIONS.items() if name == section)
    return [one for one in revision().requirements if one.source[0].startswith(begin)]


def requirements_table(section: str) -> str:
    """The requirements of a section."""
    rows = [
        (
            f"`{one.id}`",
            ", ".join(one.roles),
            one.level,
            _securities(one),
            one.text,
            ", ".join(one.source),
            _tested(one),
        )
        for one in of_section(section)
    ]
    return table(("id", "roles", "level", "security", "what", "source", "tested by"), rows)


def _securities(of: Requirement) -> str:
    return "all" if of.securities == SECURITIES else ", ".join(of.securities)


def _tested(of: Requirement) -> str:
    return f"none: {of.untestable}" if of.untestable else "; or ".join(map(str, of.tested_by))


def figures() -> str:
    """How many there are."""
    all_ = revision().requirements
    parts = ", ".join(f"{len(of_section(section))} {section}" for section in SECTIONS.values())
    tested = sum(not one.untestable for one in all_)
    return (
        f"Revision {LATEST} has {len(all_)} requirements: {parts}. Of {tested} tests can speak; of the others it is "
        f"said why not.\n"
    )


def parts() -> dict[str, Callable[[], str]]:
    """Everything that can stand between markers on the page of the requirements, by name."""
    return {
        "requirements figures": figures,
        **{f"requirements {section}": later(requirements_table, section) for section in SECTIONS.values()},
    }
