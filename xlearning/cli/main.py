"""The command `xl`: a group whose commands are imported when they are used.

`xl --help` must come at once, so that names and summaries stand here and nothing but
click is imported for it.
"""

from __future__ import annotations

import importlib
import sys
from typing import NamedTuple

import click

from xlearning.cli.text import print_data, print_error
from xlearning.errors import ConfigError, XLearningError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class _Lazy(NamedTuple):
    """Where a command is, and what the help says of it."""

    module: str
    attribute: str
    summary: str


_COMMANDS = {
    "submit": _Lazy(
        "xlearning.cli.submit_command", "submit", "Run a program on the cluster."
    ),
    "status": _Lazy("xlearning.cli.jobs", "status", "Show a job and its tasks."),
    "list": _Lazy("xlearning.cli.jobs", "list_jobs", "List jobs."),
    "stop": _Lazy("xlearning.cli.jobs", "stop", "End a job."),
    "save": _Lazy("xlearning.cli.saves", "save", "Save what a job has written so far."),
    "saves": _Lazy("xlearning.cli.saves", "saves", "List the saves of a job."),
    "logs": _Lazy("xlearning.cli.jobs", "logs", "Show what a job's programs print."),
    "clean": _Lazy("xlearning.cli.jobs", "clean", "Delete what dead jobs left."),
    "fs": _Lazy("xlearning.cli.fs", "fs", "Look at and copy files on HDFS or S3."),
    "cluster": _Lazy(
        "xlearning.cli.cluster", "cluster", "Run a real Hadoop on this machine."
    ),
    "local": _Lazy(
        "xlearning.cli.local", "local", "Run a YARN on this machine, without Java."
    ),
    "job": _Lazy(
        "xlearning.cli.job_run", "job", "Run a job with Apache Submarine's options."
    ),
    "schema": _Lazy(
        "xlearning.cli.schema", "schema", "Print the JSON Schema of a job file."
    ),
    "frameworks": _Lazy(
        "xlearning.cli.frameworks", "frameworks", "Show the application types."
    ),
    "version": _Lazy("xlearning.cli.main", "version", "Print the version."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None if there is none of this name."""
        lazy = _COMMANDS.get(cmd_name)
        if lazy is None:
            return None
        command = getattr(importlib.import_module(lazy.module), lazy.attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line.

        Raises:
            ConfigError: There is none of this name.
        """
        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, n=1)
            raise ConfigError(
                f"unknown command `{args[0]}`",
                hint=f"did you mean `xl {near[0]}`?" if near else "see `xl --help`",
            )
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, lazy.summary) for name, lazy in _COMMANDS.items()]
            )


@click.group(
    cls=LazyGroup,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", "show_version", is_flag=True, help="Print the version.")
@click.pass_context
def xl(context: click.Context, show_version: bool) -> None:
    """Run machine-learning programs on Hadoop YARN."""
    if show_version:
        _print_version()
    elif context.invoked_subcommand is None:
        print_data(context.get_help())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def version(as_json: bool) -> None:
    """Print the version."""
    _print_version(as_json=as_json)


def _print_version(*, as_json: bool = False) -> None:
    from xlearning import __version__

    shown = f'{{"version": "{__version__}"}}' if as_json else f"xlearning {__version__}"
    print_data(shown)


def run(arguments: list[str]) -> int:
    """Run `xl` and return its exit code."""
    try:
        result = xl.main(arguments, prog_name="xl", standalone_mode=False)
    except XLearningError as error:
        print_error(error)
        return error.exit_code
    except click.ClickException as error:
        print_error(_usage_error(error))
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    return result if isinstance(result, int) else 0


def _usage_error(error: click.ClickException) -> ConfigError:
    """Say click's complaint in our form."""
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"see `{context.command_path} --help`" if context else None
    return ConfigError(message[:1].lower() + message[1:], hint=hint)


def main() -> None:
    """Run the program `xl`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
