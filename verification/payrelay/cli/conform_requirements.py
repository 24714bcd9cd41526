"""`payrelay conform requirements`: what a role is tested for."""

from __future__ import annotations

import click

EXAMPLE = """
\b
Examples:
  payrelay conform requirements --role relay
  payrelay conform requirements --role wallet --security plain --json
  payrelay conform requirements inquiry                what has this word in its name or its text

Exit codes: 0 listed, 2 wrong usage, 4 nothing is called so.
"""


@click.command("requirements", short_help="List what a role is tested for.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--role", metavar="ROLE", help="Only what is required of this role.")
@click.option("--security", metavar="LEVEL", help="Only what is required at this level: plain, channel or hardened.")
@click.option("--revision", "name", metavar="NAME", help="Of another revision than the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def command(words: tuple[str, ...], role: str | None, security: str | None, name: str | None, as_json: bool) -> int:
    """List requirements: what is required, of whom, where it comes from, and whether tests speak of it."""
    import json

    from payrelay.cli.errors import UsageError
    from payrelay.cli.exit_codes import ExitCode
    from payrelay.cli.terminal import folded
    from payrelay.conformance.revisions import LATEST, RevisionError, revision
    from payrelay.language.configurations import did_you_mean
    from payrelay.model.data import SECURITIES

    try:
        of = revision(name or LATEST)
    except RevisionError as error:
        raise UsageError(str(error)) from None
    roles = sorted({role for one in of.requirements for role in one.roles})
    for what, said, known in (("role", role, roles), ("level of security", security, SECURITIES)):
        if said is not None and said not in known:
            raise UsageError(f"no {what} '{said}'{did_you_mean(said, known)}")
    wanted = [word.lower() for word in words]
    found = [
        one
        for one in of.requirements
        if (role is None or role in one.roles)
        and (security is None or security in one.securities)
        and all(word in f"{one.id} {one.text} {' '.join(one.source)}".lower() for word in wanted)
    ]
    if as_json:
        listed = [one.to_json() for one in found]
        click.echo(
            json.dumps({"schema_version": 1, "kind": "requirements", "revision": of.name, "requirements": listed})
        )
    else:
        for one in found:
            click.echo(
                folded(f"{one.id}  {one.level}  {', '.join(one.source)}{'  untestable' * bool(one.untestable)}", 4)
            )
            click.echo(folded(f"    {one.text}", 4))
        tested = sum(not one.untestable for one in found)
        click.echo(f"{len(found)} requirements of revision {of.name}, {tested} of them testable from outside.")
    return ExitCode.ESTABLISHED if found else ExitCode.INCONCLUSIVE
