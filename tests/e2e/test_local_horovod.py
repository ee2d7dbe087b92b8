"""Ranks that speak Horovod's contract, on a one-machine YARN, without Horovod.

What its gloo does at `init` (`gloo_context.cc`): every rank says where it listens in
three scopes, reads where the others of the scope do, and leaves it. Horovod itself runs
in `make test-frameworks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.local_yarn import LocalYarn

if TYPE_CHECKING:
    from collections.abc import Iterator

RANK = """
import os, sys, time, urllib.error, urllib.request

def horovod(name):
    return os.environ["HOROVOD_" + name]

server = f"http://{horovod('GLOO_RENDEZVOUS_ADDR')}:{horovod('GLOO_RENDEZVOUS_PORT')}"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def ask(method, place, body=None):
    request = urllib.request.Request(f"{server}/{place}", body, method=method)
    return opener.open(request, timeout=10).read().decode()

def read(place, until):
    while True:
        try:
            return ask("GET", place)
        except urllib.error.HTTPError as error:
            if error.code != 404 or time.monotonic() > until:
                sys.exit(f"nobody is at {place}")
            time.sleep(0.05)

def meet(scope, rank, size):
    until = time.monotonic() + 10
    ask("PUT", f"{scope}/{rank}", horovod("RANK").encode())
    found = [read(f"{scope}/{number}", until) for number in range(size)]
    ask("DELETE", f"{scope}/{rank}")
    return ".".join(found)

kinds = {"global": "", "local_" + horovod("HOSTNAME"): "LOCAL_"}
kinds["cross_" + horovod("LOCAL_RANK")] = "CROSS_"
met = [
    meet(scope, int(horovod(kind + "RANK")), int(horovod(kind + "SIZE")))
    for scope, kind in kinds.items()
]
print(*met, flush=True)
# Horovod's ranks part together, and so the rendezvous is there for all of them.
ask("PUT", "parted/" + horovod("RANK"), b"")
for number in range(int(horovod("SIZE")) if horovod("CROSS_RANK") == "0" else 0):
    read(f"parted/{number}", time.monotonic() + 20)
"""

JOB = (
    *("--app-type", "horovod", "--worker-num", "2", "--nproc-per-container", "2"),
    *("--am-memory", "512M", "--worker-memory", "256M"),
)


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalYarn]:
    """A one-machine YARN."""
    found = LocalYarn(tmp_path_factory.mktemp("yarn"))
    yield found
    found.down()


def test_ranks_meet_all_of_them_and_by_container(yarn: LocalYarn) -> None:
    ended = yarn.submit(*JOB, "python3", "-c", RANK)
    assert ended.code == 0, ended.text
    assert ended.application_id is not None
    logs = yarn.start("xl", "logs", ended.application_id, "--stdout").wait()
    assert sorted(logs.stdout.splitlines()) == [
        "[worker 0] [rank 0] 0.1.2.3 0.1 0.2",
        "[worker 0] [rank 1] 0.1.2.3 0.1 1.3",
        "[worker 1] [rank 2] 0.1.2.3 2.3 0.2",
        "[worker 1] [rank 3] 0.1.2.3 2.3 1.3",
    ]


def test_a_rank_that_is_missing_fails_the_job(yarn: LocalYarn) -> None:
    missing = f"import os\nif os.environ['HOROVOD_RANK'] != '3':\n    exec({RANK!r})"
    ended = yarn.submit(*JOB, "python3", "-c", missing)
    assert ended.code == 2, ended.text
    assert "nobody is at global/3" in ended.text
