"""`xl submit` as a command of click, which leaves every word to `submit`."""

from __future__ import annotations

import click

from xlearning.cli.submit import run


class RawCommand(click.Command):
    """A command whose words, `--help` among them, are not click's to read."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep all words as they are."""
        ctx.args = list(args)
        return []


@click.command(cls=RawCommand, add_help_option=False)
@click.pass_context
def submit(context: click.Context) -> int:
    """Run a program on the cluster."""
    return run(context.args, "xl submit")
