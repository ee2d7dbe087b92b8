"""`xl status`, `xl list`, `xl stop`, `xl logs`, `xl clean`: jobs that exist already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xlearning.cli.text import print_data, print_note
from xlearning.errors import ConfigError
from xlearning.job.ids import is_application_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlearning.cli.session import Session
    from xlearning.client.cleaning import Rest
    from xlearning.client.log_lines import LogLine
    from xlearning.client.logs import Wish

    Command = TypeVar("Command", bound=Callable[..., Any])

STATES = {
    "waiting": ("NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED"),
    "running": ("RUNNING",),
    "ended": ("FINISHED", "FAILED", "KILLED"),
}
"""What `--state` may be, and YARN's states for it."""

DEFAULT_LOG_FILES = ("stdout", "stderr")


def _application_id(
    _context: click.Context, _parameter: click.Parameter, value: str
) -> str:
    """Check a job's id.

    Raises:
        ConfigError: It is none.
    """
    if not is_application_id(value):
        raise ConfigError(
            f"`{value}` is not the id of a job",
            hint="it looks like application_1700000000000_0001; `xl list` shows yours",
        )
    return value


def common_options(command: Command) -> Command:
    """Add the options that all commands have."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--hadoop-conf",
            default="",
            metavar="DIR",
            help="Folder of Hadoop's configuration.  [default: HADOOP_CONF_DIR]",
        ),
    ):
        command = option(command)
    return command


job_argument = click.argument("application_id", metavar="ID", callback=_application_id)


@click.command()
@job_argument
@common_options
def status(application_id: str, hadoop_conf: str, as_json: bool) -> None:
    """Show the job ID: its state, what it waits for, and its tasks."""
    from xlearning.client.job_text import status_json, status_lines
    from xlearning.client.jobs import job_status

    found = job_status(open_session(hadoop_conf).rest, application_id)
    if as_json:
        print_json(status_json(found))
    else:
        print_data("\n".join(status_lines(found, int(time.time() * 1000))))


@click.command("list")
@click.option("--user", default="", help="Jobs of this user.  [default: yours]")
@click.option(
    "--state",
    type=click.Choice(list(STATES)),
    help="Jobs in this state only.  [default: waiting and running]",
)
@click.option("--all", "every", is_flag=True, help="Jobs of all users in all states.")
@common_options
def list_jobs(
    user: str, state: str | None, every: bool, hadoop_conf: str, as_json: bool
) -> None:
    """List jobs, the newest first."""
    from xlearning.client.job_text import list_lines, newest_first, report_json
    from xlearning.client.submission import TAG

    session = open_session(hadoop_conf)
    if state:
        states = STATES[state]
    else:
        states = () if every else STATES["waiting"] + STATES["running"]
    owner = user or (None if every else session.user)
    reports = session.rest.applications(user=owner, states=states, tags=[TAG])
    if as_json:
        print_json([report_json(report) for report in newest_first(reports)])
    elif reports:
        print_data("\n".join(list_lines(reports)))
    else:
        print_note("no jobs" if every or state else "no jobs; --all shows ended ones")


@click.command()
@job_argument
@click.option(
    "--timeout",
    "deadline_s",
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the job gets to end by itself before YARN kills it.",
)
@common_options
def stop(
    application_id: str, deadline_s: float, hadoop_conf: str, as_json: bool
) -> None:
    """End the job ID: politely first, by YARN's kill after a while."""
    from xlearning.client.job_text import report_json
    from xlearning.client.jobs import Stopper

    session = open_session(hadoop_conf)
    stopper = Stopper(
        session.rest, application_id, deadline_s=deadline_s, say=print_note
    )
    report = stopper.stop(f"stopped by user {session.user} with xl stop")
    if as_json:
        print_json(report_json(report))


@click.command()
@job_argument
@click.argument("tasks", metavar="[TASK]...", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
@click.option("--stdout", is_flag=True, help="Only what was printed to stdout.")
@click.option("--stderr", is_flag=True, help="Only what was printed to stderr.")
@click.option("--file", "files", multiple=True, metavar="NAME", help="Only this file.")
@click.option(
    "--tail",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only the last N lines of each file.",
)
@click.option("--prefix/--no-prefix", default=True, help="[worker 0] before each line.")
@common_options
def logs(application_id: str, hadoop_conf: str, as_json: bool, **given: Any) -> None:
    """Show what the programs of the job ID print.

    TASK is worker-0, ps-1 …, am for the ApplicationMaster, or a container's id. All
    tasks are shown where none is named.
    """
    from xlearning.client.logs import LogReader, Places

    def emit(line: LogLine) -> None:
        if as_json:
            print_json({**line.key._asdict(), "text": line.text})
        else:
            print_data((line.prefixed() if given["prefix"] else line.text) + "\n")

    session = open_session(hadoop_conf)
    places = Places(session.rest, session.storages, session.hadoop)
    reader = LogReader(places, application_id, _wish(given), emit=emit, note=print_note)
    reader.show()


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@common_options
def clean(dry_run: bool, hadoop_conf: str, as_json: bool) -> None:
    """Delete what your jobs that have ended left: staging folders, unfinished outputs.

    Folders of jobs that the cluster does not know are deleted when they are older than
    a day. Archives of Pythons, environments and sources go too, here and on the file
    system, that were not asked for in two weeks and that no live job names.
    """
    from xlearning.client import cleaning

    session = open_session(hadoop_conf)
    old, here = _archives(session)
    rests = cleaning.find_rests(
        _staging_root(session),
        session.storages,
        cleaning.report_lookup(session.rest),
        session.user,
    )
    rests += old
    if not dry_run:
        cleaning.delete_rests(rests, session.storages)
        for path in here:
            path.unlink(missing_ok=True)
    if as_json:
        print_json([rest._asdict() for rest in rests])
        return
    verb = "would delete" if dry_run else "deleted"
    for rest in rests:
        unfinished = (replaced.new for replaced in rest.replacements)
        for url in (rest.url, *rest.temporary, *unfinished):
            print_data(f"{verb} {url} ({rest.state or 'unknown to the cluster'})")
    for path in here:
        print_data(f"{verb} {path} (old)")
    if not rests and not here:
        print_note("nothing to delete")


def _archives(session: Session) -> tuple[list[Rest], list[Path]]:
    """Return archives that nobody needs, on the file system and on this machine."""
    from xlearning.client.archive_cleaning import (
        find_archives,
        local_archives,
        named_archives,
    )
    from xlearning.client.local_cache import cache_folder
    from xlearning.client.submit import home_url

    default_fs = session.hadoop["fs.defaultFS"]
    named = named_archives(
        session.rest.applications(user=session.user, tags=("xlearning",)),
        _staging_root(session),
        session.storages,
    )
    home = home_url(default_fs, session.user)
    old = find_archives(home, session.storages(default_fs), named)
    return old, local_archives(cache_folder())


def open_session(hadoop_conf: str) -> Session:
    """Return a session with the cluster of a command line."""
    from xlearning.cli.session import Session

    return Session(hadoop_conf=hadoop_conf)


def _staging_root(session: Session) -> str:
    from xlearning.io.uris import qualify

    root = session.settings.text("xlearning.staging.dir")
    return qualify(root, session.hadoop["fs.defaultFS"])


def _wish(given: dict[str, Any]) -> Wish:
    """Read what `xl logs` was asked for.

    Raises:
        ConfigError: Something is no task.
    """
    from xlearning.client.log_lines import parse_task
    from xlearning.client.logs import Wish

    try:
        tasks = tuple(parse_task(text) for text in given["tasks"])
    except ValueError as error:
        raise ConfigError(str(error), hint="write e.g. worker-0, ps-1 or am") from error
    named = [name for name in DEFAULT_LOG_FILES if given[name]] + list(given["files"])
    files = tuple(dict.fromkeys(named)) or DEFAULT_LOG_FILES
    return Wish(tasks, files, given["tail"], given["follow"])


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    import msgspec

    print_data(msgspec.json.encode(value).decode())
