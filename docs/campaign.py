"""Runs a campaign: what takes too long for any test, and leaves its evidence in docs/evidence/NAME.json.

    python docs/campaign.py              name the campaigns; the same: make campaign
    python docs/campaign.py NAME...      run them; the same: make campaign NAME...
    python docs/campaign.py --check      exit 1, with a line for each evidence that is stale, or named and not there

A campaign is commands and what to keep of the JSON that they print. Its evidence says of which commit it speaks, and
has the digest of exactly those sources that decide its figures: the modules that are named with the campaign, and all
that these import. If one of them changes, `--check` fails until the campaign has been run again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from payrelay.classics import random_systems

HOUSE = Path(__file__).parents[1]
EVIDENCE = "docs/evidence"
PORTIONS = ("model", "verification", "reference_impl")
VERDICT_CODES = (0, 1, 4)
"""The exit codes after which a command has said all there is to say."""
NAMED = re.compile(r"evidence/(\w+)\.json")


class CampaignError(Exception):
    """A campaign that left no evidence. One line that says why."""


class Measured(NamedTuple):
    """What a command printed, and what it took."""

    document: dict[str, Any]
    seconds: float
    memory: int
    """The most that any of its processes had, in bytes."""

    @property
    def cost(self) -> dict[str, float]:
        """What it took, in figures that are good for comparing."""
        return {"seconds": round(self.seconds, 1), "mebibytes": self.memory >> 20}


@dataclass(frozen=True)
class Campaign:
    """Commands, and what is kept of what they find."""

    name: str
    says: str
    commands: tuple[tuple[str, ...], ...]
    """What each is for Python; it prints one JSON document."""
    figures: Callable[[Sequence[Measured]], dict[str, Any]]
    found: Callable[[dict[str, Any]], str]
    """The figures in one line."""
    modules: tuple[str, ...]
    """Those that decide the figures, beside all that they import."""
    files: tuple[str, ...] = ()
    """What else does."""
    seed: int | None = None
    """What decides whatever is random."""


def payrelay(*words: str) -> tuple[str, ...]:
    """A command of payrelay."""
    return ("-m", "payrelay.cli", *words, "--json")


def counting(managers: int) -> tuple[str, ...]:
    """Count the states of two-phase commit."""
    return ("-m", "payrelay.classics.counting", str(managers))


# --- what is kept


def large_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """States, verdicts and cost of each configuration."""
    return {"configurations": [_large(one) for one in measured]}


def _large(one: Measured) -> dict[str, Any]:
    (searched,) = one.document["configurations"]
    verdicts = [each["verdict"] for each in one.document["properties"]]
    kept = {key: searched[key] for key in ("name", "scope", "engine", "states", "steps", "depth", "bound")}
    return {**kept, "verdicts": {word: verdicts.count(word) for word in sorted(set(verdicts))}, **one.cost}


def large_found(figures: dict[str, Any]) -> str:
    """The figures of each configuration."""
    return "; ".join(
        f"{one['name']}: {one['states']:,} states, {one['steps']:,} steps, depth {one['depth']}, "
        f"{one['seconds']:.0f} s, {one['mebibytes']:,} MiB; {_counted(one['verdicts'])}"
        for one in figures["configurations"]
    )


def crosscheck_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """Whether SPIN agreed, on which systems."""
    (one,) = measured
    keys = ("equal", "different", "left_out", "systems")
    return {**{key: one.document[key] for key in keys}, **one.cost}


def crosscheck_found(figures: dict[str, Any]) -> str:
    """How many systems were equal."""
    states = sum(one["states"] for one in figures["systems"])
    counts = f"{figures['equal']} equal, {len(figures['different'])} different, {len(figures['left_out'])} left out"
    return f"{counts}; {states:,} states"


def mutants_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """What became of the mutants, who killed them, and which were left."""
    (one,) = measured
    left = [mutant for mutant in one.document["mutants"] if mutant["status"] in ("survived", "failed", "inconclusive")]
    return {
        "mutants": len(one.document["mutants"]),
        "counts": one.document["counts"],
        "killers": {each["property"]: each["kills"] for each in one.document["properties"] if each["kills"]},
        "kill_none_alone": [each["property"] for each in one.document["properties"] if not each["kills_alone"]],
        "left": {mutant["name"]: f"{mutant['status']}: {mutant['reason']}" for mutant in left},
        **one.cost,
    }


def mutants_found(figures: dict[str, Any]) -> str:
    """How many mutants of each status there are."""
    return f"{figures['mutants']:,} mutants: {_counted(figures['counts'])}"


def selftest_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """How many variants of each role and operator the kit kills, by which stages, and which were left."""
    (one,) = measured
    kept = ("depth", "levels", "counts", "operators", "stages", "kill_nothing", "control", "power")
    left = [variant for variant in one.document["variants"] if variant["status"] in ("survived", "ill-formed")]
    return {
        "variants": len(one.document["variants"]),
        **{name: one.document[name] for name in kept},
        "requirements": one.document["requirements"],
        "killed_once": len(one.document["killed_once"]),
        "left": {f"{each['role']} {each['name']}": f"{each['status']}: {each['reason']}" for each in left},
        **one.cost,
    }


def selftest_found(figures: dict[str, Any]) -> str:
    """How many variants there are of each status, and the share that is killed."""
    total: dict[str, int] = {}
    for counts in figures["counts"].values():
        for status, number in counts.items():
            total[status] = total.get(status, 0) + number
    power = "" if figures["power"] is None else f"; {figures['power']:.1%} of those that are not equivalent killed"
    return f"{figures['variants']:,} variants: {_counted(total)}{power}; {figures['seconds']:.0f} s"


def conform_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """What the kit said of systems that conform: of each how many checks there were, and what they came to."""
    (one,) = measured
    return {**{name: one.document[name] for name in ("depth", "systems")}, **one.cost}


def conform_found(figures: dict[str, Any]) -> str:
    """How many checks of how many systems came to what, and how many of them failed."""
    systems = figures["systems"]
    verdicts: dict[str, int] = {}
    for one in systems:
        for word, number in one["verdicts"].items():
            verdicts[word] = verdicts.get(word, 0) + number
    checks, seeds = (sum(of) for of in zip(*((one["checks"], len(one["seeds"])) for one in systems), strict=True))
    false = sum(len(one["bad"]) for one in systems)
    return f"{len(systems)} systems, {seeds} runs, {checks:,} checks: {_counted(verdicts)}; {false} false failures"


def classics_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """The states of each system, and what others have published."""
    return {"systems": [{**one.document, **one.cost} for one in measured]}


def classics_found(figures: dict[str, Any]) -> str:
    """Whether the published counts were met."""
    return "; ".join(
        f"{one['name']}: {one['states']:,} states, {'as' if one['states'] == one['published'] else 'not as'} published"
        for one in figures["systems"]
    )


def fuzz_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """What was found of each role, at each level of security."""
    (one,) = measured
    return {"found": one.document["found"], **one.cost}


def fuzz_found(figures: dict[str, Any]) -> str:
    """How many cases each role had, how many got past authentication, and what was wrong."""
    found = figures["found"]
    cases = {role: sum(one["cases"] for one in found if one["role"] == role) for role in _in_order(found, "role")}
    past, refused = (sum(one[key] for one in found) for key in ("past_authentication", "refused_before"))
    failures = sum(sum(one["failures"].values()) for one in found)
    counted = ", ".join(f"{number:,} to a {role}" for role, number in cases.items())
    return (
        f"{sum(cases.values()):,} cases, {' and '.join(_in_order(found, 'security'))}: {counted}; "
        f"{past / (past + refused):.0%} of those that had to got past authentication; "
        f"{failures} server errors and undocumented answers"
    )


def _in_order(found: Sequence[dict[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(one[key] for one in found))


def chaos(folder: str, *words: str) -> tuple[str, ...]:
    """Payments by real servers that are killed."""
    return ("-m", "payrelay.reference_impl.chaos", f"build/{folder}", "--replace", "--json", *words)


def chaos_log(name: str, configuration: str) -> tuple[str, ...]:
    """Hold a log that such a campaign has left against the model."""
    return payrelay("check-trace", f"build/chaos/logs/{name}.ndjson", "--configuration", configuration)


def chaos_figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """What the servers suffered, what their books say, and whether their logs are runs of the model."""
    left_out = ("schema_version", "kind", "exit_code")
    keys = ("file", "verdict", "procedures", "events")
    runs = [one for one in measured if one.document["kind"] == "chaos"]
    logs = [one for one in measured if one.document["kind"] == "check-trace"]
    return {
        "runs": [{**{k: v for k, v in one.document.items() if k not in left_out}, **one.cost} for one in runs],
        "checked": [{**{key: one.document[key] for key in keys}, **one.cost} for one in logs],
    }


def chaos_found(figures: dict[str, Any]) -> str:
    """Payments, kills, audit and logs in one line."""
    runs = "; ".join(map(_chaos_run, figures["runs"]))
    followed = [one for one in figures["checked"] if one["verdict"] != "nothing_checked"]
    verdicts = ", ".join(sorted({one["verdict"].replace("_", " ") for one in followed}))
    return f"{runs}; logs of {sum(one['procedures'] for one in followed):,} runs: {verdicts}"


def _chaos_run(one: dict[str, Any]) -> str:
    died = sum(one["kills"]["between_commit_and_send"].values())
    kills = f"{one['kills']['all']:,} kills, {died:,} of them between commit and send"
    debits, findings = one["audit"]["counts"]["debits"], len(one["audit"]["findings"])
    return f"{one['payments']:,} payments, {kills}, {debits:,} debits, {findings} findings: {one['verdict']}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in counts.items() if number)


FUZZ_SEED = 6
FUZZER = tuple(
    f"tests/fuzz/{name}.py"
    for name in ("__main__", "documents", "familiar", "found", "fuzzing", "hand", "neighbourhood")
)
FOREIGN = sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.glob("tests/foreign/*/*.mjs"))
CONFORMING = (
    *("tests/conformance/campaign.py", "tests/conformance/reference.py", "tests/npm.py", "tests/ports.py"),
    *(f"tests/foreign/{name}.py" for name in ("conforming", "sources", "systems")),
    *FOREIGN,
    "tests/foreign/wallet/package-lock.json",
)
SEARCH = ("payrelay.verification.verdicts",)
PAYMENTS = (
    "payrelay.model.configurations",
    "payrelay.model.properties",
    "payrelay.model.protocol",
    "payrelay.model.variants",
)
CAMPAIGNS = (
    Campaign(
        name="large",
        says="the configurations that are searched only by name",
        commands=tuple(
            payrelay("verify", name)
            for name in ("two_procedures_all_faults", "two_procedures_two_wallets", "three_procedures")
        ),
        figures=large_figures,
        found=large_found,
        modules=(*SEARCH, *PAYMENTS),
    ),
    Campaign(
        name="crosscheck",
        says="SPIN on the same systems",
        commands=(payrelay("crosscheck"),),
        figures=crosscheck_figures,
        found=crosscheck_found,
        modules=("payrelay.verification.promela.crosscheck", "payrelay.cli.crosscheck_cases", *PAYMENTS),
        files=("verification/payrelay/classics/two_phase_commit.pml",),
        seed=random_systems.SEED,
    ),
    Campaign(
        name="mutants",
        says="every mutant of every role",
        commands=(payrelay("mutants"),),
        figures=mutants_figures,
        found=mutants_found,
        modules=("payrelay.cli.judging", "payrelay.cli.mutant_selection", *PAYMENTS),
    ),
    Campaign(
        name="selftest",
        says="the conformance kit held against every variant of every role",
        commands=(payrelay("conform", "selftest"),),
        figures=selftest_figures,
        found=selftest_found,
        modules=("payrelay.conformance.kill_matrix", "payrelay.conformance.selftesting", *PAYMENTS),
        seed=1,
    ),
    Campaign(
        name="conform",
        says="the conformance kit on systems that conform, by many seeds",
        commands=(("-m", "tests.conformance.campaign"),),
        figures=conform_figures,
        found=conform_found,
        modules=("payrelay.conformance.runs", "payrelay.reference_impl.__main__", "payrelay.reference_impl.systems"),
        files=CONFORMING,
        seed=1,
    ),
    Campaign(
        name="chaos",
        says="payments by real servers that are killed at every moment",
        commands=(
            chaos("chaos", "--payments", "5000", "--kills", "300", "--hits", "10", "--seed", "1"),
            chaos_log("purchases_1", "faults"),
            chaos_log("purchases_2", "faults procedures=2 pays_again=true"),
            chaos_log("registrations_1", "registration"),
            chaos_log("registrations_2", "registration registrations=2"),
            # The power fails, instead of kill -9.
            chaos("chaos-power", "--forgetful", "--payments", "300", "--kills", "60", "--hits", "0", "--seed", "2"),
        ),
        figures=chaos_figures,
        found=chaos_found,
        modules=(
            "payrelay.reference_impl.chaos.__main__",
            "payrelay.observation.observer",
            "payrelay.model.configurations",
        ),
        files=("reference_impl/payrelay/reference_impl/chaos/forgetful.c",),
        seed=1,
    ),
    Campaign(
        name="classics",
        says="published counts that are too large for a test",
        commands=(counting(9), counting(10)),
        figures=classics_figures,
        found=classics_found,
        modules=("payrelay.classics.counting",),
    ),
    Campaign(
        name="fuzz",
        says="Schemathesis on the OpenAPI documents, against servers at work",
        commands=(("-m", "tests.fuzz", "--seed", str(FUZZ_SEED)),),
        figures=fuzz_figures,
        found=fuzz_found,
        modules=(
            "payrelay.reference_impl.__main__",
            "payrelay.reference_impl.systems",
            "payrelay.reference_impl.terminals",
            "payrelay.wire.openapi",
        ),
        files=(*FUZZER, "tests/host/town.py", "tests/ports.py"),
        seed=FUZZ_SEED,
    ),
)


# --- of which sources it speaks


def sources_of(campaign: Campaign, house: Path = HOUSE) -> list[Path]:
    """The files that decide its figures, relative to the house."""
    found: set[Path] = {Path(file) for file in campaign.files}
    waiting = [path for name in campaign.modules for path in _files_of(name, house)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [file for name in _imports(house / path) for file in _files_of(name, house)]
    return sorted(found)


def _imports(path: Path) -> Iterable[str]:
    """The names that a module imports, wherever it does; a name in a module may be a module too.

    What a package itself imports when it is called decides nothing for who imports a module of it.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if path.name == "__init__.py" else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _files_of(name: str, house: Path) -> tuple[Path, ...]:
    """The file of a module, and those of the packages around it; none for what is not payrelay's."""
    parts = name.split(".")
    wholes = [Path(portion, *parts[:length]) for portion in PORTIONS for length in range(2, len(parts) + 1)]
    paths = [path for whole in wholes for path in (whole.with_suffix(".py"), whole / "__init__.py")]
    return tuple(path for path in paths if parts[0] == "payrelay" and (house / path).is_file())


def digest_of(campaign: Campaign, house: Path = HOUSE) -> str:
    """The digest of these files, and of what is run and kept."""
    whole = hashlib.sha256(json.dumps([campaign.commands, campaign.seed]).encode() + b"\0")
    for path in sources_of(campaign, house):
        whole.update(path.as_posix().encode() + b"\0")
        whole.update((house / path).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"sha256:{whole.hexdigest()}"


def commit_of(sources: Iterable[Path], house: Path = HOUSE) -> str:
    """The commit that has these sources as they are."""
    changed = _git(house, "status", "--porcelain", "--", *map(str, sources))
    if changed:
        raise CampaignError(f"commit first, since evidence speaks of a commit: {changed.splitlines()[0][3:]} differs")
    return _git(house, "rev-parse", "HEAD")


def _git(house: Path, *words: str) -> str:
    try:
        ran = subprocess.run(("git", *words), cwd=house, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CampaignError(f"git cannot say of which commit this is: {error}") from None
    return ran.stdout.rstrip("\n")


# --- running


def measured(command: Sequence[str], house: Path = HOUSE) -> Measured:
    """Run a command to its end. Whatever it says of its progress goes where it goes."""
    path = os.pathsep.join([*(str(house / portion) for portion in PORTIONS), os.environ.get("PYTHONPATH", "")])
    started = time.perf_counter()
    with tempfile.TemporaryFile() as printed:
        child = subprocess.Popen(
            [sys.executable, *command], cwd=house, stdout=printed, env={**os.environ, "PYTHONPATH": path.strip(":")}
        )
        # Here, and not by the child's own wait, for what it and its children took.
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        printed.seek(0)
        said = printed.read().decode()
    if child.returncode not in VERDICT_CODES:
        raise CampaignError(f"'{in_words(command)}' ended with {child.returncode}: nothing was written")
    memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured({**json.loads(said), "exit_code": child.returncode}, seconds, memory)


def in_words(command: Sequence[str]) -> str:
    """A command, as one types it."""
    text = " ".join(command)
    return text.replace("-m payrelay.cli", "payrelay") if "-m payrelay.cli" in text else f"python {text}"


def run(campaign: Campaign, house: Path = HOUSE) -> Path:
    """Run a campaign, and write its evidence."""
    sources = sources_of(campaign, house)
    commit, digest = commit_of(sources, house), digest_of(campaign, house)
    found = [measured(command, house) for command in campaign.commands]
    if digest_of(campaign, house) != digest:
        raise CampaignError(f"the sources have changed while {campaign.name} was run: nothing was written")
    figures = campaign.figures(found)
    evidence = {
        "schema_version": 1,
        "kind": "campaign",
        "name": campaign.name,
        "says": campaign.says,
        "commands": list(map(in_words, campaign.commands)),
        "seed": campaign.seed,
        "commit": commit,
        "sources": digest,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "exit_codes": [one.document["exit_code"] for one in found],
        "found": campaign.found(figures),
        "figures": figures,
    }
    path = house / EVIDENCE / f"{campaign.name}.json"
    path.write_text(json.dumps(evidence, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path


def stale(house: Path = HOUSE) -> list[str]:
    """What evidence does not speak of these sources, or is named in a document and not there."""
    lines = []
    pages = [*sorted(house.glob("*.md")), *sorted(house.glob("docs/*.md"))]
    named = {name for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    for campaign in CAMPAIGNS:
        path = house / EVIDENCE / f"{campaign.name}.json"
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            why = "" if found["sources"] == digest_of(campaign, house) else "is stale: what it speaks of has changed"
        else:
            why = "is missing, and a document names it" if campaign.name in named else ""
        if why:
            lines.append(f"{EVIDENCE}/{campaign.name}.json {why}; mend it with: make campaign {campaign.name}")
    return lines


def main(arguments: Sequence[str] | None = None, house: Path = HOUSE) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make campaign", description="Run what takes hours, and keep the evidence.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in CAMPAIGNS))
    parser.add_argument("--check", action="store_true", help="run nothing; exit 1 if evidence is stale or missing")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        lines = stale(house)
        print("\n".join(lines), end="\n" if lines else "", file=sys.stderr)
        return 1 if lines else 0
    by_name = {one.name: one for one in CAMPAIGNS}
    if not chosen.names:
        for one in CAMPAIGNS:
            print(f"make campaign {one.name:<10}  {one.says}: {'; '.join(map(in_words, one.commands))}")
        return 0
    if unknown := [name for name in chosen.names if name not in by_name]:
        print(f"no campaign '{unknown[0]}'; there is: {', '.join(by_name)}", file=sys.stderr)
        return 2
    try:
        for name in chosen.names:
            path = run(by_name[name], house)
            print(
                f"wrote {path.relative_to(house).as_posix()}: {json.loads(path.read_text(encoding='utf-8'))['found']}"
            )
    except CampaignError as error:
        print(f"payrelay: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
