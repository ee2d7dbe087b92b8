"""Train a classifier of handwritten digits with `ParameterServerStrategy`.

A TensorFlow 2 program for four roles: the chief coordinates and ends the job, workers
and parameter servers serve it, and an evaluator measures each checkpoint beside the
training. Every worker trains with the files in its own working directory. What a role
is comes from `TF_CONFIG`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

PIXELS, CLASSES = 64, 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--test_data", default="held-out.csv", help="to evaluate with")
    parser.add_argument("--checkpoints", default="", help="folder that all can see")
    parser.add_argument(
        "--steps", type=int, default=300, help="of all workers together"
    )
    parser.add_argument("--learning_rate", type=float, default=0.5)
    parser.add_argument("--timeout", type=int, default=120, help="for others, seconds")
    return parser.parse_args()


def serve(resolver) -> None:
    """Be a worker or a parameter server until the job ends."""
    server = tf.distribute.Server(
        resolver.cluster_spec(),
        job_name=resolver.task_type,
        task_index=resolver.task_id,
        protocol="grpc",
        start=True,
    )
    print(f"{resolver.task_type} {resolver.task_id} serves", flush=True)
    server.join()


def parsed(lines):
    """Return images and labels of lines of text; runs where the lines are."""
    table = tf.strings.to_number(tf.strings.split(lines, ",").to_tensor())
    return table[:, :PIXELS] / 16.0, tf.cast(table[:, PIXELS], tf.int32)


def share(folder: str):
    """Return a dataset of one batch: all records in a folder of the worker."""
    files = tf.data.Dataset.list_files(f"{folder}/*", shuffle=False)
    lines = files.interleave(tf.data.TextLineDataset, cycle_length=1)
    return lines.batch(100_000).map(parsed).cache().repeat()


class Model(tf.Module):
    """One layer; its variables are on the parameter servers."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = tf.Variable(tf.zeros([PIXELS, CLASSES]))
        self.bias = tf.Variable(tf.zeros([CLASSES]))

    def __call__(self, images):
        return images @ self.weights + self.bias


def coordinate(resolver, args: argparse.Namespace) -> None:
    """Let the workers take the steps, and print what came of it."""
    signal.alarm(args.timeout)  # TensorFlow itself waits for ever for who is missing
    strategy = tf.distribute.ParameterServerStrategy(resolver)
    coordinator = tf.distribute.coordinator.ClusterCoordinator(strategy)
    with strategy.scope():
        model = Model()
    data = coordinator.create_per_worker_dataset(lambda: share(args.data_path))

    @tf.function
    def step(batches):
        images, labels = next(batches)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images))
            )
        gradients = tape.gradient(loss, [model.weights, model.bias])
        model.weights.assign_sub(args.learning_rate * gradients[0])
        model.bias.assign_sub(args.learning_rate * gradients[1])
        return loss, tf.shape(labels)[0], tf.strings.as_string(tf.reduce_sum(images))

    signal.alarm(0)
    shares = iter(data)
    steps = [coordinator.schedule(step, args=(shares,)) for _ in range(args.steps)]
    coordinator.join()
    done = [each.fetch() for each in steps]
    by_share = {sum_of_pixels: int(records) for _, records, sum_of_pixels in done}
    save(model, args.checkpoints)
    result = {
        "records": sum(by_share.values()),
        "shares": len(by_share),
        "loss": float(np.mean([loss for loss, _, _ in done[-10:]])),
    }
    print(f"result {json.dumps(result)}", flush=True)


def save(model: Model, folder: str) -> None:
    if not folder:
        return
    path = tf.io.gfile.join(folder, "model.json")
    content = {"weights": model.weights.numpy(), "bias": model.bias.numpy()}
    text = json.dumps({name: value.tolist() for name, value in content.items()})
    with tf.io.gfile.GFile(f"{path}.new", "w") as file:
        file.write(text)
    tf.io.gfile.rename(f"{path}.new", path, overwrite=True)


def evaluate(args: argparse.Namespace) -> None:
    """Wait for the model, and measure it with records that nobody trained with."""
    path = Path(args.checkpoints, "model.json")
    deadline = time.monotonic() + args.timeout
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"no model in {args.checkpoints}")
        time.sleep(0.2)
    model = json.loads(path.read_text())
    table = np.loadtxt(args.test_data, delimiter=",")
    scores = table[:, :PIXELS] / 16.0 @ np.array(model["weights"]) + model["bias"]
    right = float(np.mean(scores.argmax(1) == table[:, PIXELS]))
    print(f"result {json.dumps({'accuracy': right})}", flush=True)


def main() -> None:
    args = arguments()
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    print(f"{resolver.task_type} of {os.environ['TF_CONFIG']}", file=sys.stderr)
    if resolver.task_type in ("worker", "ps"):
        serve(resolver)
    elif resolver.task_type == "evaluator":
        evaluate(args)
    else:
        coordinate(resolver, args)


if __name__ == "__main__":
    main()
