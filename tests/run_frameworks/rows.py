"""All rows, each with the check that no run but a distributed one passes."""

from __future__ import annotations

from dataclasses import replace

from tests.run_frameworks.checks import (
    asynchronous,
    coordinated,
    counted,
    disjoint_shares,
    reduced,
    same_model,
    same_numbers,
    same_trees,
)
from tests.run_frameworks.row import Role, Row

_ONE_RANK = {
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "{port}",
    "RANK": "0",
    "WORLD_SIZE": "1",
    "LOCAL_RANK": "0",
    "LOCAL_WORLD_SIZE": "1",
}
_ONE_JAX = {
    "JAX_COORDINATOR_ADDRESS": "127.0.0.1:{port}",
    "JAX_NUM_PROCESSES": "1",
    "JAX_PROCESS_ID": "0",
}

_TORCH = Row(
    type="PYTORCH",
    layout="3 workers",
    framework="pytorch",
    folder="pytorch",
    files=("train.py",),
    command="python train.py --steps 100 --timeout 20",
    options=("--worker-num", "3", "--worker-memory", "1G"),
    alone="python train.py --steps 100 --data_path {data}",
    alone_environment=_ONE_RANK,
    check=same_numbers(("records", "loss", "right"), ranks=3),
    removed="worker-2",
)


_PARAMETER_SERVER = Row(
    type="TENSORFLOW",
    layout="2 workers, ps (v1 API)",
    framework="tensorflow",
    folder="tensorflow",
    files=("demo.py", "dataDeal.py"),
    command="python demo.py --timeout 90",
    options=(
        *("--worker-num", "2", "--worker-memory", "1500M"),
        *("--ps-num", "1", "--ps-memory", "1G"),
    ),
    check=asynchronous,
    removed="worker-1",
)

_LIGHTGBM = Row(
    type="LIGHTGBM",
    layout="3 workers",
    framework="scipy",
    folder="lightgbm",
    files=("train.py",),
    command="python train.py --timeout 1",
    options=("--worker-num", "3", "--worker-memory", "1G"),
    alone="python train.py --data_path {data}",
    check=same_trees(3),
    removed="worker-0",
)

_XGBOOST = Row(
    type="XGBOOST",
    layout="3 workers, tracker",
    framework="scipy",
    folder="xgboost",
    files=("train.py",),
    command="python train.py --timeout 20",
    options=("--worker-num", "3", "--worker-memory", "1G"),
    alone="python train.py --data_path {data}",
    check=same_model(3),
    removed="worker-2",
)

_LIGHTLDA = Row(
    type="LIGHTLDA",
    layout="3 workers, 2 ps",
    framework="scipy",
    folder="lightlda",
    files=("topics.py",),
    command="python topics.py --timeout 20",
    options=(
        *("--worker-num", "3", "--worker-memory", "1G"),
        *("--ps-num", "2", "--ps-memory", "1G"),
    ),
    alone="python topics.py --data_path {data}",
    check=same_numbers(("records", "likelihood")),
    removed="worker-2",
)

_MXNET = Row(
    type="MXNET",
    layout="2 workers, ps, scheduler",
    framework="mxnet",
    folder="mxnet",
    files=("train.py",),
    command="python train.py --timeout 60",
    options=(
        *("--worker-num", "2", "--worker-memory", "1G"),
        *("--ps-num", "1", "--ps-memory", "1G"),
    ),
    alone="python train.py --data_path {data}",
    check=same_numbers(("records", "loss", "right"), 1e-6, workers=2),
    removed="worker-1",
)

_MPI = Row(
    type="MPI",
    layout="3 workers, launcher",
    framework="mpi",
    folder="mpi",
    files=("allreduce.py",),
    command="python allreduce.py --timeout 20",
    options=(
        *("--worker-num", "3", "--worker-memory", "1G"),
        # All nodes are this machine, and whoever tests may be root.
        *("--conf", "xlearning.container.env.OMPI_MCA_btl_tcp_if_include=lo"),
        *("--conf", "xlearning.container.env.OMPI_MCA_oob_tcp_if_include=lo"),
        *("--conf", "xlearning.container.env.OMPI_ALLOW_RUN_AS_ROOT=1"),
        *("--conf", "xlearning.container.env.OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"),
    ),
    alone="python allreduce.py --data_path {data}",
    check=same_numbers(("records", "mean", "variance"), ranks=3),
    removed="worker-2",
)

_MPI_5 = replace(
    _MPI,
    layout="Open MPI 5, 3 workers, launcher",
    framework="mpi-latest",
    options=(
        *("--worker-num", "3", "--worker-memory", "1G"),
        # All nodes are this machine under several names; its daemons never take `lo`.
        *("--conf", "xlearning.container.env.OMPI_MCA_coll_han_priority=0"),
        *("--conf", "xlearning.container.env.OMPI_MCA_btl_tcp_if_include=lo"),
        *("--conf", "xlearning.container.env.OMPI_ALLOW_RUN_AS_ROOT=1"),
        *("--conf", "xlearning.container.env.OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"),
    ),
)

_TENSORNET = replace(
    _MPI,
    type="TENSORNET",
    framework="tensornet",
    folder="tensornet",
    files=("train.py",),
    command="python train.py --steps 100 --timeout 40",
    alone="python train.py --steps 100 --data_path {data}",
    check=same_numbers(("records", "loss", "right"), ranks=3),
)

_XDL = Row(
    type="XDL",
    layout="2 workers, 2 ps, zookeeper",
    framework="xdl",
    folder="xdl",
    files=("run.sh", "train.py"),
    command="sh run.sh --timeout 20",
    options=(
        *("--worker-num", "2", "--worker-memory", "1G"),
        *("--ps-num", "2", "--ps-memory", "512M"),
    ),
    alone="python train.py --run_mode local --data_path {data}",
    check=same_numbers(("records", "mean", "variance"), workers=2),
    removed="worker-1",
)

_HOROVOD = Row(
    type="HOROVOD",
    layout="3 workers",
    framework="horovod",
    folder="horovod",
    files=("train.py",),
    command="python train.py --steps 100 --timeout 20",
    options=("--worker-num", "3", "--worker-memory", "1G"),
    alone="python train.py --steps 100 --data_path {data}",
    check=same_numbers(("records", "loss", "right"), ranks=3),
    removed="worker-2",
)

ROWS = (
    _TORCH,
    replace(
        _TORCH,
        layout="2 workers x 2 ranks",
        options=(
            *("--worker-num", "2", "--worker-memory", "1500M"),
            *("--nproc-per-container", "2"),
        ),
        check=same_numbers(("records", "loss", "right"), ranks=4),
        removed="worker-1",
    ),
    replace(
        _TORCH,
        layout="FSDP, 2 workers",
        is_heavy=True,
        framework="pytorch-latest",
        command="python train.py --steps 100 --timeout 20 --fsdp",
        options=("--worker-num", "2", "--worker-memory", "1500M"),
        check=same_numbers(("records", "loss", "right"), ranks=2),
        removed="worker-1",
    ),
    replace(_TORCH, type="DISTTORCH"),
    Row(
        type="JAX",
        layout="3 workers",
        framework="jax",
        folder="jax",
        files=("psum.py",),
        command="python psum.py --timeout 20",
        options=("--worker-num", "3", "--worker-memory", "1G"),
        alone="python psum.py --data_path {data}",
        alone_environment=_ONE_JAX,
        check=same_numbers(("records", "mean", "variance"), processes=3),
        removed="worker-2",
    ),
    _PARAMETER_SERVER,
    replace(
        _PARAMETER_SERVER,
        layout="2 workers, all-reduce",
        folder="allreduce",
        files=("train.py", "../tensorflow/dataDeal.py"),
        command="python train.py --training_epochs 5 --timeout 40",
        options=(
            *("--worker-num", "2", "--worker-memory", "2G"),
            *("--conf", "xlearning.tf.distribution.strategy=true"),
        ),
        check=reduced,
    ),
    replace(_PARAMETER_SERVER, type="TENSOR2TENSOR"),
    Row(
        type="TENSORFLOW",
        layout="chief, 2 workers, ps, evaluator",
        framework="tensorflow",
        folder="tensorflow",
        files=("coordinator.py", "../data/tensorflow-test/held-out.csv"),
        command="python coordinator.py --timeout 30 --checkpoints {shared}",
        roles=(
            Role("chief", "num=1,memory=1500M"),
            Role("worker", "num=2,memory=1500M,service=true"),
            Role("ps", "num=1,memory=1500M"),
            Role("evaluator", "num=1,memory=1G"),
        ),
        check=coordinated,
        removed="worker-1",
    ),
    _XGBOOST,
    replace(_XGBOOST, type="DISTXGBOOST"),
    _LIGHTGBM,
    replace(_LIGHTGBM, type="DISTLIGHTGBM"),
    _LIGHTLDA,
    replace(_LIGHTLDA, type="DISTLIGHTLDA"),
    _MXNET,
    replace(_MXNET, type="XFLOW"),
    _MPI,
    _MPI_5,
    _TENSORNET,
    _XDL,
    _HOROVOD,
    replace(
        _HOROVOD,
        layout="2 workers x 2 ranks",
        options=(
            *("--worker-num", "2", "--worker-memory", "1500M"),
            *("--nproc-per-container", "2"),
        ),
        check=same_numbers(("records", "loss", "right"), ranks=4),
        removed="worker-1",
    ),
    Row(
        type="SKLEARN",
        layout="3 workers",
        framework="scipy",
        folder="sklearn",
        files=("fit.py",),
        command="python fit.py",
        options=("--worker-num", "3", "--worker-memory", "1G"),
        check=disjoint_shares(3),
        removed="worker-1",
    ),
    Row(
        type="DASK",
        layout="scheduler, 2 workers, driver",
        framework="dask",
        folder="dask",
        files=("driver.py",),
        command="",
        roles=(
            Role(
                "scheduler",
                "num=1,memory=768M,ports=1,service=true",
                "exec dask scheduler --host $XL_HOST --port $XL_PORT --no-dashboard",
            ),
            Role(
                "worker",
                "num=2,memory=1G,ports=1,service=true",
                "exec dask worker $XL_SCHEDULER_ADDRESS --no-nanny --no-dashboard "
                "--nthreads 1 --host $XL_HOST --worker-port $XL_PORT",
            ),
            Role("driver", "num=1,memory=1G", "exec python driver.py --timeout 20"),
        ),
        check=counted(total=7999998000000, of_blocks=7999998000000, workers=2),
        removed="worker-1",
        has_shares=False,
    ),
    Row(
        type="RAY",
        layout="driver with head, 2 workers",
        framework="ray",
        folder="ray",
        files=("driver.py", "worker.py"),
        command="",
        roles=(
            Role(
                "driver",
                "num=1,memory=2G,ports=1",
                "exec python driver.py --timeout 100",
            ),
            Role(
                "worker",
                "num=2,memory=1500M,service=true",
                "exec python worker.py",
            ),
        ),
        check=counted(tasks=40, total=20540, nodes=2),
        removed="worker-1",
        has_shares=False,
    ),
)
