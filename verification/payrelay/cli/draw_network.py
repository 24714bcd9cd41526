"""`payrelay draw network`: the parties, and the links between them."""

from __future__ import annotations

from pathlib import Path

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.drawing import drawn
from payrelay.cli.limits import limited
from payrelay.diagrams.formats import FORMATS

EXAMPLE = """
\b
Examples:
  payrelay draw network                              all parties, to read in a terminal
  payrelay draw network --output network.svg
  payrelay draw network faults wallets=3 --format plantuml
  payrelay draw network benign --coverage --output covered.svg

Exit codes: 0 drawn, 2 wrong usage; with --coverage 4 if the search was cut short, 130 interrupted.
"""


@click.command("network", short_help="Draw the parties and the links between them.", epilog=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[CONFIGURATION [KEY=VALUE]...]")
@click.option("--coverage", is_flag=True, help="Search first, and draw red what was never seen delivered.")
@drawn(FORMATS)
@limited
@click.pass_obj
def command(
    surroundings: Surroundings,
    words: tuple[str, ...],
    coverage: bool,
    format: str | None,
    output: Path | None,
    max_states: int | None,
    max_memory: int | None,
    time_limit: float | None,
) -> int:
    """Draw the network of a configuration, or of the default set as a whole.

    Each link with the messages that it carries in either direction, what it must never carry, its section and its
    claims. A classic can be named, too.
    """
    from payrelay.cli import covering, drawing
    from payrelay.cli.files import check_writable
    from payrelay.cli.subjects import subject
    from payrelay.diagrams import network_texts
    from payrelay.diagrams.network_pictures import network_drawing
    from payrelay.diagrams.networks import network
    from payrelay.diagrams.svg import svg

    wanted = drawing.format_of(format, output)
    of = subject(surroundings, words)
    if output:
        check_writable(output)
    covered = covering.covered(of, surroundings, max_states, max_memory, time_limit) if coverage else None
    delivered = covered.coverage.messages.seen if covered else None
    drawn_network = network(of.systems(), delivered, covered.searched if covered else "")
    title = f"The network of {of.named}"
    writers = {
        "text": network_texts.network_text,
        "svg": lambda *of: svg(network_drawing(*of)),
        "mermaid": network_texts.network_mermaid,
        "plantuml": network_texts.network_plantuml,
    }
    drawing.put(writers[wanted](drawn_network, title), output)
    return covered.code if covered else 0
