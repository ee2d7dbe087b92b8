from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from xlearning.am.events import EVERYBODY, InputListed
from xlearning.am.sharing import share_out
from xlearning.io.locality import Near
from xlearning.io.splits import InputFile
from xlearning.job.ids import TaskId
from xlearning.job.spec import DataOptions, InputBalance, InputStrategy, JobSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., JobSpec]

FILES = tuple(InputFile("data", f"hdfs://nn/d/{n}", 10, str(n)) for n in range(4))
NOWHERE = Near()


def names(listed: InputListed) -> dict[str, str]:
    """Return the files' names by task."""
    return {
        task: "".join(file.relative_path for file in share)
        for task, share in listed.shares.items()
    }


def test_the_chief_shares_the_input_too(job: Maker) -> None:
    spec = job("TENSORFLOW", chief=1, worker=2, ps=1)
    listed = share_out(spec, FILES, NOWHERE, {})
    assert names(listed) == {"chief-0": "03", "worker-0": "1", "worker-1": "2"}
    assert listed.near == {}


def test_a_job_without_workers_shares_nothing(job: Maker) -> None:
    assert share_out(job("TENSORFLOW", ps=1), FILES, NOWHERE, {}) == InputListed({})


def test_a_whole_list_is_every_tasks(job: Maker) -> None:
    data = DataOptions(whole_input=True)
    spec = replace(job("TENSORFLOW", worker=1, ps=1), data=data)
    fetched = share_out(spec, FILES, NOWHERE, {})  # fetched: each has its own
    assert fetched.shares == {"worker-0": FILES}
    told = DataOptions(InputStrategy.PLACEHOLDER, whole_input=True)
    listed = share_out(replace(spec, data=told), FILES, NOWHERE, {})
    assert listed == InputListed({EVERYBODY: FILES})


def test_files_go_where_their_readers_are(job: Maker) -> None:
    near = Near({f.uri: {f"n{int(f.relative_path) % 2}": 10} for f in FILES})
    hosts = {TaskId("worker", 0): "n1", TaskId("worker", 1): ""}
    listed = share_out(job(worker=2), FILES, near, hosts)
    assert names(listed) == {"worker-0": "13", "worker-1": "02"}
    assert listed.near == {"worker-0": {"n1": 20}, "worker-1": {"n0": 20}}
    assert listed.located == {"worker-0": 20, "worker-1": 20}


def test_hosts_with_next_to_nothing_of_a_share_are_left_out(job: Maker) -> None:
    hosts = {f"n{n}": 1000 - n for n in range(50)}
    near = Near({FILES[0].uri: hosts})
    listed = share_out(job(worker=1), FILES[:1], near, {TaskId("worker", 0): "n49"})
    assert listed.near["worker-0"] == {
        name: amount for name, amount in hosts.items() if amount > 968 or name == "n49"
    }


def test_round_robin_stays_xlearnings_and_says_what_is_near(job: Maker) -> None:
    data = DataOptions(balance=InputBalance.COUNT)
    near = Near({file.uri: {"n1": 10} for file in FILES})
    spec = replace(job(worker=2), data=data)
    listed = share_out(spec, FILES, near, {TaskId("worker", 0): "n1"})
    assert names(listed) == {"worker-0": "02", "worker-1": "13"}
    assert listed.near == {"worker-0": {"n1": 20}, "worker-1": {"n1": 20}}
