"""Train a classifier of handwritten digits on workers and parameter servers.

A TensorFlow 1 program (between-graph replication, asynchronous updates) as XLearning
runs it: `TF_CLUSTER_DEF`, `TF_ROLE` and `TF_INDEX` say who this process is and where
the others are; `reporter progress:<0..1>` on stderr moves the job's progress bar. Each
worker trains with the files that it finds in `--data_path`: its share of the input.
Worker 0 is the chief: it initialises the variables, writes the event log, and saves the
model when all workers have finished.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

# YARN links each file of --files from a folder of its own, and Python looks beside the
# linked file, not beside the link.
sys.path.append(os.getcwd())
from dataDeal import CLASSES, PIXELS, Digits

tf1 = tf.compat.v1
HIDDEN = 96
BATCH = 32
POLL_S = 0.2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="./model", help="where models go")
    parser.add_argument("--log_dir", default="./eventLog", help="where events go")
    parser.add_argument("--training_epochs", type=int, default=10)
    parser.add_argument("--learning_rate", type=float, default=0.005)
    parser.add_argument("--timeout", type=int, default=300, help="for others, seconds")
    return parser.parse_args()


def dense(name: str, inputs, size: int):
    with tf1.variable_scope(name):
        weights = tf1.get_variable(
            "weights",
            [inputs.shape[1], size],
            initializer=tf1.glorot_uniform_initializer(seed=1),
        )
        bias = tf1.get_variable("bias", [size], initializer=tf1.zeros_initializer())
        return tf.matmul(inputs, weights) + bias


class Model:
    """The graph: variables on the parameter servers, the rest on this worker."""

    def __init__(self, learning_rate: float, workers: int) -> None:
        self.images = tf1.placeholder(tf.float32, [None, PIXELS], "images")
        self.labels = tf1.placeholder(tf.int64, [None], "labels")
        hidden = tf.nn.relu(dense("hidden", self.images, HIDDEN))
        scores = dense("output", hidden, CLASSES)
        self.loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=self.labels, logits=scores
            )
        )
        right = tf.equal(tf.argmax(scores, 1), self.labels)
        self.accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
        self.step = tf1.train.get_or_create_global_step()
        self.weights = tf1.trainable_variables()
        self.train = tf1.train.AdamOptimizer(learning_rate).minimize(
            self.loss, global_step=self.step
        )
        finished = tf1.get_variable(
            "finished", [workers], initializer=tf1.zeros_initializer(), trainable=False
        )
        self.worker = tf1.placeholder(tf.int32, [], "worker")
        self.finish = tf1.scatter_update(finished, [self.worker], [1.0])
        self.finished = tf.reduce_sum(finished)


def print_placement(session, model: Model) -> None:
    """Print where the runtime has put each variable, not where it was asked to."""
    options = tf1.RunOptions(output_partition_graphs=True)
    seen = tf1.RunMetadata()
    feed = {model.images: np.zeros([1, PIXELS]), model.labels: [0]}
    session.run(model.loss, feed_dict=feed, options=options, run_metadata=seen)
    for graph in seen.partition_graphs:
        for node in graph.node:
            if node.op in ("VarHandleOp", "VariableV2"):
                print(f"variable {node.name} is on {node.device}", flush=True)


def train(session, model: Model, digits: Digits, args, index: int, events) -> None:
    epochs = args.training_epochs
    for epoch in range(epochs):
        for images, labels in digits.batches(BATCH, seed=1000 * index + epoch):
            feed = {model.images: images, model.labels: labels}
            session.run(model.train, feed_dict=feed)
        feed = {model.images: digits.images, model.labels: digits.labels}
        loss, accuracy, step = session.run(
            [model.loss, model.accuracy, model.step], feed_dict=feed
        )
        print(
            f"epoch {epoch + 1}/{epochs} step {step} loss {loss:.4f} "
            f"accuracy {accuracy:.4f}",
            flush=True,
        )
        if events:
            write_event(events, step, {"loss": loss, "accuracy": accuracy})
        print(f"reporter progress:{(epoch + 1) / epochs:0.4f}", file=sys.stderr)


def write_event(events, step: int, values) -> None:
    entries = [
        tf1.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()
    ]
    events.add_summary(tf1.Summary(value=entries), step)
    events.flush()


def wait_for_chief(target: str, config, timeout_s: float) -> None:
    """Wait until the variables have values: TensorFlow looks only every 30 s."""
    missing = tf1.report_uninitialized_variables()
    deadline = time.monotonic() + timeout_s
    with tf1.Session(target, config=config) as session:
        while session.run(missing).size:
            if time.monotonic() > deadline:
                raise SystemExit(f"the chief did not come in {timeout_s} s")
            time.sleep(POLL_S)


def wait_for_all(
    session, model: Model, index: int, workers: int, timeout_s: float
) -> None:
    """Leave together: a worker that comes after the chief has left waits for ever."""
    session.run(model.finish, feed_dict={model.worker: index})
    deadline = time.monotonic() + timeout_s
    while session.run(model.finished) < workers:
        if time.monotonic() > deadline:
            raise SystemExit(f"not all of {workers} workers came in {timeout_s} s")
        time.sleep(POLL_S)


def save(session, model: Model, folder: str) -> None:
    values = session.run(model.weights)
    names = [weights.op.name for weights in model.weights]
    np.savez(Path(folder, "model.npz"), **dict(zip(names, values, strict=True)))
    layers = ["hidden", "output"]
    about = {"layers": layers, "step": int(session.run(model.step))}
    Path(folder, "model.json").write_text(json.dumps(about, indent=2) + "\n")
    print(f"model saved in {folder}", flush=True)


def work(server, cluster, index: int, args: argparse.Namespace) -> None:
    digits = Digits(args.data_path)
    print(f"worker {index}: {len(digits)} records in {len(digits.files)} files")
    digits.write_share(f"{args.save_path}/share-{index}.json", index)
    workers = cluster.num_tasks("worker")
    device = tf1.train.replica_device_setter(
        worker_device=f"/job:worker/task:{index}", cluster=cluster
    )
    with tf1.device(device):
        model = Model(args.learning_rate, workers)
    # Without filters every worker connects to every other and hangs when one has left.
    config = tf1.ConfigProto(device_filters=["/job:ps", f"/job:worker/task:{index}"])
    is_chief = index == 0
    events = tf1.summary.FileWriter(args.log_dir) if is_chief else None
    if not is_chief:
        wait_for_chief(server.target, config, args.timeout)
    with tf1.train.MonitoredTrainingSession(
        master=server.target, is_chief=is_chief, config=config
    ) as session:
        if is_chief:
            print_placement(session, model)
        train(session, model, digits, args, index, events)
        wait_for_all(session, model, index, workers, args.timeout)
        result = {"worker": index, "files": digits.files}
        result |= {"records": len(digits), "step": int(session.run(model.step))}
        print(f"result {json.dumps(result)}", flush=True)
        if is_chief:
            save(session, model, args.save_path)
    if events:
        events.close()


def main() -> None:
    tf1.disable_eager_execution()
    args = arguments()
    cluster = tf1.train.ClusterSpec(json.loads(os.environ["TF_CLUSTER_DEF"]))
    role, index = os.environ["TF_ROLE"], int(os.environ["TF_INDEX"])
    print(f"{role} {index} of {cluster.as_dict()}", flush=True)
    server = tf1.train.Server(cluster, job_name=role, task_index=index)
    if role == "ps":
        server.join()
    work(server, cluster, index, args)


if __name__ == "__main__":
    main()
