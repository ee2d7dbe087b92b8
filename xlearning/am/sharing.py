"""Shares the input out to tasks: evenly, and where it can be near its readers. Pure."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from xlearning.am.events import EVERYBODY, InputListed
from xlearning.frameworks.registry import adapter
from xlearning.io.locality import bytes_near, split_near
from xlearning.io.splits import split
from xlearning.job.ids import TaskId
from xlearning.job.spec import InputBalance, InputStrategy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlearning.io.locality import Near
    from xlearning.io.splits import InputFile, Share
    from xlearning.job.spec import JobSpec


HOSTS_KEPT = 32
"""Of each share; on any other host next to nothing of it is near."""


def share_out(
    spec: JobSpec,
    files: Sequence[InputFile],
    near: Near,
    hosts: Mapping[TaskId, str],
) -> InputListed:
    """Return the files of each task that shares the input.

    What every task is told, ps and evaluators too, is there once.

    Args:
        spec: The job.
        files: All files.
        near: Where they are, as far as that is known.
        hosts: Where tasks are that have a container already.
    """
    told_only = spec.data.strategy is InputStrategy.PLACEHOLDER
    if told_only and spec.data.whole_input:
        return InputListed({EVERYBODY: tuple(files)})
    tasks = takers(spec)
    if not tasks:
        return InputListed({})
    homes = [hosts.get(task, "") for task in tasks]
    shares = _shares(spec.data.balance, files, homes, near)
    named = {str(task): share for task, share in zip(tasks, shares, strict=True)}
    if not near.files:
        return InputListed(named)
    amounts = {
        name: _most(bytes_near(share, near), home)
        for (name, share), home in zip(named.items(), homes, strict=True)
    }
    located = {
        name: sum(file.length for file in share if file.uri in near.files)
        for name, share in named.items()
    }
    return InputListed(named, amounts, located)


def _most(amounts: dict[str, int], home: str) -> dict[str, int]:
    """Keep the hosts that matter: those with the most bytes, and the task's own.

    A share of many files has a bit of it on every host of a large cluster.
    """
    kept = heapq.nlargest(HOSTS_KEPT, amounts, key=amounts.__getitem__)
    return {
        host: amounts[host] for host in dict.fromkeys((*kept, home)) if host in amounts
    }


def takers(spec: JobSpec) -> list[TaskId]:
    """Return the tasks that share the input, in the order in which they do."""
    roles = adapter(spec.application_type).shape(spec).input_roles
    return [TaskId(role, index) for role in roles for index in range(spec.count(role))]


def _shares(
    balance: InputBalance,
    files: Sequence[InputFile],
    homes: Sequence[str],
    near: Near,
) -> tuple[Share, ...]:
    if balance is InputBalance.BYTES and near.files:
        return split_near(files, homes, near)
    return split(files, len(homes), balance)
