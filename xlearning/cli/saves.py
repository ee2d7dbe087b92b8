"""`xl save` and `xl saves`: what a job has written so far, kept while it goes on."""

from __future__ import annotations

import click

from xlearning.cli.jobs import common_options, job_argument, open_session, print_json
from xlearning.cli.text import print_data, print_note
from xlearning.job.ids import is_application_id


@click.command()
@job_argument
@click.option("--wait", is_flag=True, help="Wait until the save is complete.")
@common_options
def save(application_id: str, wait: bool, hadoop_conf: str, as_json: bool) -> None:
    """Save what the programs of the job ID have in their output folders now.

    The programs go on. `xl-submit --restore last` begins a job with the newest save.
    """
    from xlearning.client.save_text import complete_line
    from xlearning.client.saves import Saving

    saving = Saving(open_session(hadoop_conf).rest, application_id)
    number = saving.ask()
    if not wait:
        if as_json:
            print_json({"application_id": application_id, "number": number})
        else:
            print_note(f"saving the model ... `xl saves {application_id}` shows it")
        return
    print_note("saving the model ...")
    found = saving.wait(number)
    if as_json:
        print_json(found)
        return
    print_note(complete_line(found))
    print_data("\n".join(found.urls))


@click.command()
@click.argument("place", metavar="ID|OUTPUT")
@common_options
def saves(place: str, hadoop_conf: str, as_json: bool) -> None:
    """List the saves of a job ID, or those of an output, the newest first."""
    from xlearning.client.save_text import save_lines
    from xlearning.client.saves import saves_of_job, saves_of_output

    session = open_session(hadoop_conf)
    if is_application_id(place):
        from xlearning.client.logs import Places

        places = Places(session.rest, session.storages, session.hadoop)
        found = saves_of_job(places, place)
    else:
        from xlearning.io.uris import qualify

        url = qualify(place, session.hadoop["fs.defaultFS"], f"/user/{session.user}")
        directory = session.settings.text("xlearning.interresult.dir")
        found = saves_of_output(session.storages, url, directory)
    if as_json:
        print_json(list(reversed(found)))
    elif found:
        print_data("\n".join(save_lines(found)))
    else:
        print_note("no saves")
