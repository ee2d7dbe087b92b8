"""`xl schema`: what may stand in a job file."""

from __future__ import annotations

import click

from xlearning.cli.text import print_data


@click.command()
def schema() -> None:
    """Print the JSON Schema of a job file (`xl-submit -f job.yaml`)."""
    from xlearning.client.job_file import schema as text

    print_data(text())
