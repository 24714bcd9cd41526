"""`payrelay draw`: pictures of the protocol, all of them derived from the model or from a trace."""

from __future__ import annotations

import importlib

import click

PICTURES = ("sequence",)
"""What can be drawn; each is `command` in the module `draw_` and its name."""

EXAMPLE = """
\b
Examples:
  payrelay draw sequence happy_path
  payrelay draw sequence broken_wallet_lies --output lie.svg
"""


class Pictures(click.Group):
    """A group whose commands are modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All of them."""
        return list(PICTURES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of a name."""
        if cmd_name not in PICTURES:
            return None
        command = importlib.import_module(f"payrelay.cli.draw_{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a name that is none."""
        if args and args[0] not in PICTURES and not args[0].startswith("-"):
            from payrelay.language.configurations import did_you_mean

            raise click.UsageError(f"no picture '{args[0]}'{did_you_mean(args[0], PICTURES)}", ctx)
        return super().resolve_command(ctx, args)


@click.command("draw", cls=Pictures, short_help="Draw a run of the protocol.", epilog=EXAMPLE)
def command() -> None:
    """Draw the protocol: what happens in a run, as a sequence of messages."""
