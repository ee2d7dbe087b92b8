"""`xl-submit` and `xl submit`: reads the command line, plans, checks, submits.

`xl-submit` keeps XLearning's exit codes: 0 the job succeeded, 1 something went wrong
before its end, 2 it ended otherwise. `xl submit` says more with an error's own code.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.cli.session import Session, start_local
from xlearning.cli.text import print_data, print_error, print_note, print_warnings
from xlearning.client.options import Options, parse_options
from xlearning.client.planning import Caller, make_plan
from xlearning.errors import ConfigError, XLearningError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.client.plan import SubmissionPlan

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130


def run(arguments: Sequence[str], program: str) -> int:
    """Submit a job and return the exit code.

    Args:
        arguments: The words of the command line, without the program.
        program: How the user calls us, for the help.

    Raises:
        XLearningError: It could not be submitted.
    """
    return submit_options(_with_job_file(parse_options(arguments)), program)


def submit_options(options: Options, program: str) -> int:
    """Submit what options say and return the exit code.

    Args:
        options: What was read.
        program: How the user calls us, for the help.

    Raises:
        XLearningError: It could not be submitted.
    """
    if options.help:
        return _print_usage(program)
    if options.version:
        return _print_version()
    hadoop_conf = options.hadoop_conf
    if options.master == "local":
        hadoop_conf = start_local(options.local_gpus)
    session = Session(
        layers=options.layers,
        conf_dir=options.conf_dir,
        hadoop_conf=hadoop_conf,
        user=options.user,
    )
    plan = _plan(options, session)
    print_warnings(plan.warnings)
    if options.dry_run:
        _print_plan(plan)
    _check(plan, session)
    plan = _restore(_fit(plan, session), session)
    if options.dry_run:
        return 0
    from xlearning.client.submit import run as carry_out

    return carry_out(plan, session.hadoop, rest=session.rest, storages=session.storages)


def _with_job_file(options: Options) -> Options:
    """Lay the options over those of the job file, if one is named.

    Raises:
        ConfigError: It cannot be read.
    """
    if not options.job_file or options.help or options.version:
        return options
    from xlearning.client.job_file import read_job_file, with_job_file

    path = Path(options.job_file)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the job file `{path}`: {error}") from error
    return with_job_file(options, read_job_file(text, path.name), path.name)


def _plan(options: Options, session: Session) -> SubmissionPlan:
    caller = Caller(session.user, os.getcwd(), int(time.time() * 1000))
    return make_plan(options, session.settings, session.hadoop, caller)


def _check(plan: SubmissionPlan, session: Session) -> None:
    from xlearning.client.checks import check, cluster_facts
    from xlearning.client.program_checks import local_warnings

    print_warnings(local_warnings(plan, Path.cwd()))
    check(plan, session.storages, lambda: cluster_facts(session.rest, session.hadoop))


def _fit(plan: SubmissionPlan, session: Session) -> SubmissionPlan:
    from xlearning.client.few_files import fit_workers

    return fit_workers(plan, session.storages, lambda text: print_warnings([text]))


def _restore(plan: SubmissionPlan, session: Session) -> SubmissionPlan:
    if not plan.restore:
        return plan
    from xlearning.client.restoring import with_save

    return with_save(plan, session.storages, print_note)


def _print_plan(plan: SubmissionPlan) -> None:
    from xlearning.client.plan_text import plan_json, plan_text

    print_data(plan_json(plan) if plan.follow.as_json else plan_text(plan))


def _print_usage(program: str) -> int:
    from xlearning.client.usage import usage

    print_data(usage(program))
    return 0


def _print_version() -> int:
    from xlearning import __version__

    print_data(f"xlearning {__version__}")
    return 0


def main() -> None:
    """Run the program `xl-submit`."""
    try:
        code = run(sys.argv[1:], "xl-submit")
    except XLearningError as error:
        print_error(error)
        code = EXIT_ERROR
    except KeyboardInterrupt:  # while it follows a job, the client asks instead
        print_note("interrupted")
        code = EXIT_INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
