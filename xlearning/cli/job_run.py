"""`xl job run`: Apache Submarine's command, with its options."""

from __future__ import annotations

from pathlib import Path

import click

from xlearning.cli.submit import submit_options
from xlearning.cli.submit_command import RawCommand
from xlearning.cli.text import print_data
from xlearning.errors import ConfigError


@click.group()
def job() -> None:
    """Run a job with the options of Apache Submarine."""


@job.command(cls=RawCommand, add_help_option=False)
@click.pass_context
def run(context: click.Context) -> int:
    """Run a job."""
    from xlearning.client.submarine import read_words, to_options

    given = read_words(context.args)
    if "help" in given or not given:
        print_data(_usage())
        return 0
    if "f" in given:
        given = {**_read(given["f"][0]), **given}
    return submit_options(to_options(given), "xl job run")


def _read(name: str) -> dict[str, list[str]]:
    from xlearning.client.job_file import plain_yaml
    from xlearning.client.submarine import read_file

    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the job file `{name}`: {error}") from error
    return read_file(plain_yaml(text, Path(name).name), Path(name).name)


def _usage() -> str:
    from xlearning.client.submarine import FLAGS, OPTIONS

    lines = [f"  {f'--{name} VALUE':36}{said}" for name, said in OPTIONS.items()]
    lines += [f"  {f'--{name}':36}{said}" for name, said in FLAGS.items()]
    head = "Usage: xl job run [OPTIONS]\n\nRun a job with Apache Submarine's options.\n"
    return "\n".join((head, *lines)) + "\n"
