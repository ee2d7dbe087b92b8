"""XGBOOST, DISTXGBOOST: workers that a tracker brings together.

XLearning started a script of the user's archive beside its ApplicationMaster. Here the
tracker is a task: XGBoost's own, in the workers' Python. It serves one communicator and
ends when all workers have left it. Before XGBoost 2.1 it was started another way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.frameworks.base import Adapter, Launch, Profile, Shape
from xlearning.frameworks.dmlc import (
    WORKER,
    coordinator_variables,
    interpreter,
    with_coordinator,
)
from xlearning.frameworks.generic import PLACE, place

if TYPE_CHECKING:
    from xlearning.frameworks.base import ClusterView
    from xlearning.job.ids import TaskId
    from xlearning.job.spec import JobSpec

TRACKER = "tracker"
PROGRAM = "xgboost_tracker.py"

_SOURCE = """\
import os
import socket

port = int(os.environ["DMLC_TRACKER_PORT"])
held = socket.socket()
held.bind(("", port))  # the import takes seconds

from xgboost.tracker import RabitTracker

held.close()
workers = int(os.environ["DMLC_NUM_WORKER"])
tracker = RabitTracker(
    n_workers=workers,
    host_ip=os.environ["DMLC_TRACKER_URI"],
    port=port,
    sortby="task",
)
if hasattr(tracker, "wait_for"):
    tracker.start()
    tracker.wait_for()
else:
    tracker.start(workers)
    tracker.join()
"""


class XGBoost(Adapter):
    """Workers, and XGBoost's tracker as a task."""

    profile = Profile(
        summary="workers that XGBoost's collective tracker brings together",
        roles={
            WORKER: "trains with its share of the records",
            TRACKER: "tells the workers of each other; runs in their Python",
        },
        added=frozenset({TRACKER}),
        variables={
            **PLACE,
            "DMLC_TRACKER_URI": "IP address of the tracker",
            "DMLC_TRACKER_PORT": "its port",
            "DMLC_NUM_WORKER": "number of workers",
            "DMLC_TASK_ID": "number of the worker, from 0",
            "DMLC_ROLE": "`worker`",
        },
        files={PROGRAM: "for the tracker: what starts it"},
    )

    def complete(self, job: JobSpec) -> JobSpec:
        """Return the job with a tracker."""
        return with_coordinator(super().complete(job), TRACKER)

    def shape(self, job: JobSpec) -> Shape:
        """Say that the tracker listens, and that all have to start anew together."""
        return Shape(
            rendezvous=True,
            ports={TRACKER: 1},
            numeric=True,
            services=frozenset({TRACKER}),
            output_roles=(WORKER,),
        )

    def launch(self, job: JobSpec, view: ClusterView, task: TaskId) -> Launch:
        """Return where the tracker is, or the tracker.

        Its server does not set SO_REUSEADDR; while it is imported, its program holds
        the port itself.
        """
        variables = place(job, view, task)
        variables |= coordinator_variables(view, TRACKER, "DMLC_TRACKER")
        variables["DMLC_NUM_WORKER"] = str(job.count(WORKER))
        if task.role == TRACKER:
            command = (interpreter(job.role(WORKER).command), PROGRAM)
            files = {PROGRAM: _SOURCE}
            return Launch(variables, files=files, command=command, release_ports=True)
        variables |= {"DMLC_TASK_ID": str(task.index), "DMLC_ROLE": "worker"}
        return Launch(variables)


XGBOOST = XGBoost()
