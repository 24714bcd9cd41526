"""Writes the generated parts of the documents: everything between `<!-- generated: NAME -->` and `<!-- end -->`.

    python docs/generate.py            write them
    python docs/generate.py --check    exit 1, with a line for each document that would change
    python docs/generate.py --verify   search the default set, write docs/evidence/verify.json, then write

Tables come from the model and from payrelay.wire, and so do the OpenAPI documents; verdicts and figures come from
docs/evidence/verify.json, and times from docs/evidence/bench.json, which `payrelay bench` writes. Each says of which
sources it speaks. If these have changed since, `--check` fails until the searches have been run again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

if __name__ == "__main__":  # a file that is run finds what is beside it, and not the package that it is in
    sys.path.insert(0, str(Path(__file__).parents[1]))

from docs import requirements, wire
from docs.bench_evidence import BENCH, BENCH_EVIDENCE, BenchEvidence, bench_evidence_in
from docs.campaign_evidence import campaigns_table
from docs.documents import DOCS, DocumentError, later, renewed
from docs.glossary import glossary_table
from docs.model_tables import (
    configurations_table,
    fairness_table,
    links,
    links_table,
    messages_table,
    properties_table,
    state_table,
    timers_table,
    variants_table,
)
from docs.search_evidence import CATALOGUE, EVIDENCE, VERIFY, Evidence, evidence_in, search
from docs.selftest_evidence import selftest_tables
from docs.site.drawings import drawn
from payrelay.cli.runs import runs_of, staged
from payrelay.language.role import role_table

WRITE = "python docs/generate.py"


def parts(
    evidence: Evidence | None, bench: BenchEvidence | None = None, docs: Path = DOCS
) -> dict[str, Callable[[], str]]:
    """Everything that can stand between markers, by name."""
    unknown = f"Nothing was searched yet: `{VERIFY}`.\n"
    unmeasured = f"Nothing was measured yet: `{BENCH}`.\n"
    return {
        **{f"role {role_table(role).name}": later(state_table, role) for role in CATALOGUE.roles},
        **{f"messages {link.name}": later(messages_table, link) for link in links()},
        "links": links_table,
        "timers": timers_table,
        "glossary": glossary_table,
        "configurations": configurations_table,
        "fairness": fairness_table,
        "properties": properties_table,
        "variants": variants_table,
        "searches": evidence.searches_table if evidence else lambda: unknown,
        "verdicts": evidence.verdicts_table if evidence else lambda: unknown,
        "claims": evidence.claims_table if evidence else lambda: unknown,
        "speed": bench.speed_table if bench else lambda: unmeasured,
        "bars": bench.bars_table if bench else lambda: unmeasured,
        "campaigns": later(campaigns_table, docs),
        "selftest": later(selftest_tables, docs),
        **wire.parts(docs),
        **requirements.parts(),
    }


def stale(docs: Path) -> list[str]:
    """The documents that would change, each in a line that says what mends it."""
    evidence = evidence_in(docs)
    lines = []
    if evidence is None or not evidence.is_current:
        why = "is missing" if evidence is None else "is stale: the model has changed"
        lines.append(f"docs/{EVIDENCE} {why}; mend it with: {VERIFY}")
    bench = bench_evidence_in(docs)
    if why := bench.why_stale(evidence) if bench else "":
        lines.append(f"docs/{BENCH_EVIDENCE} is stale: {why}; mend it with: {BENCH}")
    known = parts(evidence, bench, docs)
    for path, new in documents(docs, known):
        if not _is(path, new):
            lines.append(f"{_named(path, docs)} is stale; mend it with: {WRITE}")
    return lines


def write(docs: Path) -> list[str]:
    """Write what has changed; the names of those documents."""
    known, changed = parts(evidence_in(docs), bench_evidence_in(docs), docs), []
    for path, new in documents(docs, known):
        if not _is(path, new):
            path.parent.mkdir(exist_ok=True)
            path.write_text(new, encoding="utf-8", newline="\n")
            changed.append(_named(path, docs))
    return changed


def documents(docs: Path, known: dict[str, Callable[[], str]]) -> Iterator[tuple[Path, str]]:
    """Every document as it should be, and beside them OpenAPI's, and every picture, named as a scenario is."""
    for path in pages(docs):
        yield path, renewed(path.read_text(encoding="utf-8"), known, _named(path, docs))
    for path in sorted((docs / "pictures").glob("*.svg")):
        yield path, picture(path.stem)
    yield from wire.openapi_documents(docs)


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _named(path: Path, docs: Path) -> str:
    return path.relative_to(docs.parent).as_posix()


def picture(name: str) -> str:
    """A scenario as a picture. Raises DocumentError if there is none of that name."""
    scenario = next((one for one in CATALOGUE.scenarios if one.name == name), None)
    if scenario is None:
        raise DocumentError(f"docs/pictures/{name}.svg is the picture of no scenario")
    return drawn(runs_of(scenario, staged(CATALOGUE, scenario)))


def pages(docs: Path) -> list[Path]:
    """All documents, and the README beside them."""
    return [*sorted(docs.glob("*.md")), *docs.parent.glob("README.md")]


def main(arguments: Sequence[str] | None = None, docs: Path = DOCS) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog=WRITE, description="Write the generated parts of the documents.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="change nothing; exit 1 if a document is stale")
    group.add_argument("--verify", action="store_true", help="search the default set first; takes minutes")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.check:
            lines = stale(docs)
            print("\n".join(lines), end="\n" if lines else "", file=sys.stderr)
            return 1 if lines else 0
        if chosen.verify:
            search(docs, CATALOGUE.default_set)
        for name in write(docs):
            print(f"wrote {name}")
        evidence = evidence_in(docs)
        if evidence is None or not evidence.is_current:
            print(f"docs/{EVIDENCE} does not speak of this model; mend it with: {VERIFY}", file=sys.stderr)
    except DocumentError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
