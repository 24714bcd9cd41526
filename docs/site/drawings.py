"""Drawings: the pictures of the site, each written by payrelay itself, and how a page shows one."""

from __future__ import annotations

from html import escape

from payrelay.cli.runs import Runs
from payrelay.diagrams.sequence.branching import sequence
from payrelay.diagrams.sequence.writing import Manner, written

PICTURES, STEPPERS, LOGS, TRACES = "pictures", "steps", "logs", "traces"
"""The folders of the site's files that are no pages."""


def drawn(runs: Runs, role: str = "", format: str = "svg") -> str:
    """Runs as a picture; with a role, as that one sees them."""
    picture = sequence(runs.runs, runs.title, runs.says, role)
    return written(picture, [run.trace for run in runs.runs], Manner(format=format))


def figure(name: str, alt: str, caption: str = "", root: str = "../") -> str:
    """A picture on a page, which opens alone and in its full size when it is clicked."""
    file = f"{root}{PICTURES}/{name}.svg"
    told = f"<figcaption>{escape(caption, quote=False)}</figcaption>\n" if caption else ""
    return (
        f'<figure class="drawing">\n<a href="{file}" title="alone, in full size">'
        f'<img src="{file}" alt="{escape(alt)}"></a>\n{told}</figure>\n'
    )


def link_to_file(folder: str, file: str, words: str, root: str = "../") -> str:
    """A link to a file that is no page."""
    return f'<a href="{root}{folder}/{file}">{escape(words, quote=False)}</a>'


def toctree(names: list[str]) -> str:
    """What lies under a page, for the navigation beside it."""
    return "```{toctree}\n:hidden:\n:maxdepth: 1\n\n" + "".join(f"{name}\n" for name in names) + "```\n"
