"""`payrelay explain`: what a name means, where it comes from, and how to see it."""

from __future__ import annotations

import click

from payrelay.cli.catalogue import Surroundings

EXAMPLE = """
\b
Examples:
  payrelay explain P9             a property, by its label or its name
  payrelay explain faults         a configuration
  payrelay explain hold_time      a timer
  payrelay explain claim 9
  payrelay explain exit 4         an exit code
  payrelay explain W-HTTP-13      a requirement of implementations
"""


@click.command("explain", short_help="Say what a name means, and how to see it.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, required=True, metavar="NAME")
@click.pass_obj
def command(surroundings: Surroundings, words: tuple[str, ...]) -> int:
    """Explain a property, configuration, variant, scenario, message, role, timer, claim, verdict, exit code or
    requirement."""
    from payrelay.cli.errors import UsageError
    from payrelay.cli.explanations import Explainer
    from payrelay.cli.requirement_words import requirement_lines, requirement_names, requirements_called
    from payrelay.cli.terminal import folded
    from payrelay.language.configurations import did_you_mean

    name = " ".join(words)
    explainer = Explainer(surroundings.load())
    found = explainer.explain(name)
    if not found:  # a requirement has a name that nothing of a model has
        found = [list(requirement_lines(one)) for one in requirements_called(name)]
    if not found:
        near = did_you_mean(name, [*explainer.names(), *requirement_names()])
        suggestion = near if "did you mean" in near else "; see: payrelay explain --help"
        raise UsageError(f"nothing is called '{name}'{suggestion}")
    for place, explanation in enumerate(found):
        if place:
            click.echo("")
        for line in explanation:
            click.echo(folded(line, 2 if line.startswith(" ") else 0))
    return 0
