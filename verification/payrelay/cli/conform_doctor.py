"""`payrelay conform doctor`: whether a run can begin."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLE = """
\b
Examples:
  payrelay conform doctor
  payrelay conform doctor shop-tests/conform.toml --json

\b
It reads the configuration, looks at keys and roots, asks the system under test for its discovery document, sets
something up, says the first messages of a payment or a registration, tries a message that is signed under another root,
and measures how long an answer takes. Each is one line; what is wrong names the line of the configuration.

Exit codes: 0 all is well, 2 the configuration, or what it says of the system under test, is wrong, 3 unreachable.
"""


@click.command("doctor", short_help="See whether a run can begin, in seconds.", epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: Path | None, as_json: bool) -> int:
    """Prove each line of a configuration; conform.toml here, or in the folder conform, if no FILE is named."""
    import json
    import time

    from payrelay.cli.conform_files import configuration_file
    from payrelay.cli.exit_codes import ExitCode, together
    from payrelay.conformance.doctor import Doctor, Outcome

    marks = {Outcome.WELL: "ok", Outcome.WRONG: "wrong", Outcome.NOT_TRIED: "-"}
    begun = time.monotonic()
    doctor = Doctor(configuration_file(file))
    found = []
    for finding in doctor.findings():
        found.append(finding)
        if not as_json:
            click.echo(f"{marks[finding.outcome]:<5}  {finding.what:<18}  {finding.says}")
    code = together(ExitCode(one.code) for one in found if one.code)
    if as_json:
        document = {
            "schema_version": 1,
            "kind": "doctor",
            "verdict": "well" if code == ExitCode.ESTABLISHED else "wrong",
            "findings": [one.to_json() for one in found],
            "timing": {
                "seconds": round(time.monotonic() - begun, 3),
                "slowest_ms": round(doctor.measured.slowest * 1000, 1) or None,
            },
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif code == ExitCode.ESTABLISHED:
        click.echo(f"A run can begin ({time.monotonic() - begun:.1f} s): payrelay conform run")
    return code
