"""The commands by name. Each is imported when it is called, or listed."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from payrelay.cli.catalogue import Surroundings
from payrelay.cli.errors import explained, how_to_see_more, traceback_of, wants_traceback
from payrelay.cli.exit_codes import ExitCode

COMMANDS = (
    *("verify", "simulate", "claims", "mutants", "explain", "replay", "check-trace", "draw"),
    *("export", "crosscheck", "bench", "serve", "pay", "register", "audit", "conform"),
)
"""The names of the commands; each is `command` in the module of its name, with _ for -."""


class Commands(click.Group):
    """A group whose commands are modules, all with the same beginning of their names."""

    def __init__(self, name: str, modules: str, names: tuple[str, ...], **settings: Any) -> None:
        super().__init__(name, **settings)
        self._modules = modules
        self._names = names

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order in which they are most used."""
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of a name."""
        if cmd_name not in self._names:
            return None
        command = importlib.import_module(f"{self._modules}{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a name that is none."""
        if args and args[0] not in self._names and not args[0].startswith("-"):
            from payrelay.language.configurations import did_you_mean

            raise click.UsageError(f"no command '{args[0]}'{did_you_mean(args[0], self._names)}", ctx)
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"payrelay {version('payrelay')}")
    except PackageNotFoundError:
        click.echo("payrelay, not installed: it has no version")
    ctx.exit()


payrelay = Commands(
    "payrelay",
    "payrelay.cli.",
    COMMANDS,
    help="A formal model of a relay-mediated payment protocol, and what follows from having one.",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: payrelay explain exit. Example: payrelay verify happy",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version.",
        )
    ],
)
"""The command."""


def run(arguments: Sequence[str] | None, surroundings: Surroundings | None) -> int:
    """Run the command; whatever goes wrong ends as one line on standard error, and as an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = payrelay.main(
            None if arguments is None else list(arguments),
            prog_name="payrelay",
            standalone_mode=False,
            obj=surroundings or Surroundings(),
        )
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        path = ctx.command_path if ctx else "payrelay"
        return _fail(f"{_uncapitalised(error.format_message())} (see: {path} --help)", ExitCode.USAGE)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # Whoever read the output has gone: click turns that into an exit with 1, which would say "violated" here.
        # There is nobody to print to, and Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.INTERRUPTED
    except (Exception, KeyboardInterrupt, click.Abort) as error:
        line, code = explained(KeyboardInterrupt() if isinstance(error, click.Abort) else error)
        if code is ExitCode.FAULT and wants_traceback():
            click.echo(traceback_of(error), err=True)
        return _fail(line + (how_to_see_more() if code is ExitCode.FAULT else ""), code)


def _fail(line: str, code: ExitCode) -> ExitCode:
    click.echo(f"payrelay: {line}", err=True)
    return code


def _uncapitalised(text: str) -> str:
    return " ".join((text[:1].lower() + text[1:]).split()).rstrip(".")
