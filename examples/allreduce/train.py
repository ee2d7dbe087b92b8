"""Train a classifier of handwritten digits with all-reduce, without parameter servers.

A TensorFlow 2 program: `MultiWorkerMirroredStrategy` finds the other workers through
`TF_CONFIG`, every worker keeps all variables, and each step averages the gradients of
all workers. Each worker trains with the files that it finds in `--data_path`. The loop
is written out because Keras 3 does not work with this strategy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

# YARN links each file of --files from a folder of its own, and Python looks beside the
# linked file, not beside the link.
sys.path.append(os.getcwd())
from dataDeal import CLASSES, PIXELS, Digits

HIDDEN = 96
BATCH = 32


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--save_path", default="./model", help="where models go")
    parser.add_argument("--training_epochs", type=int, default=20)
    parser.add_argument("--learning_rate", type=float, default=0.2)
    parser.add_argument("--timeout", type=int, default=300, help="for others, seconds")
    return parser.parse_args()


class Model:
    """One hidden layer; each worker holds the same values of all variables."""

    def __init__(self) -> None:
        random = tf.random.Generator.from_seed(1)
        self.values = {
            "hidden/weights": self._variable(
                random.normal([PIXELS, HIDDEN], stddev=(2.0 / PIXELS) ** 0.5)
            ),
            "hidden/bias": self._variable(tf.zeros([HIDDEN])),
            "output/weights": self._variable(
                random.normal([HIDDEN, CLASSES], stddev=(2.0 / HIDDEN) ** 0.5)
            ),
            "output/bias": self._variable(tf.zeros([CLASSES])),
        }

    @staticmethod
    def _variable(initial):
        # Every replica makes the same update, from gradients that are reduced already.
        return tf.Variable(
            initial, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )

    def scores(self, images):
        values = self.values
        hidden = images @ values["hidden/weights"] + values["hidden/bias"]
        return tf.nn.relu(hidden) @ values["output/weights"] + values["output/bias"]

    def loss(self, images, labels):
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=labels, logits=self.scores(images)
            )
        )

    def digest(self) -> str:
        """Return a number that two workers share only if all their values agree."""
        summed = hashlib.sha256()
        for value in self.values.values():
            summed.update(value.numpy().tobytes())
        return summed.hexdigest()

    def save(self, folder: str) -> None:
        values = {name: value.numpy() for name, value in self.values.items()}
        np.savez(Path(folder, "model.npz"), **values)
        about = {"layers": ["hidden", "output"]}
        Path(folder, "model.json").write_text(json.dumps(about, indent=2) + "\n")
        print(f"model saved in {folder}", flush=True)


def replica_step(model: Model, images, labels, learning_rate: float):
    with tf.GradientTape() as tape:
        loss = model.loss(images, labels)
    variables = list(model.values.values())
    context = tf.distribute.get_replica_context()
    gradients = context.all_reduce(
        tf.distribute.ReduceOp.MEAN, tape.gradient(loss, variables)
    )
    for variable, gradient in zip(variables, gradients, strict=True):
        variable.assign_sub(learning_rate * gradient)
    return loss


def fewest_batches(strategy, digits: Digits) -> int:
    """Return how many batches the worker with the smallest share has.

    A worker that made one step more than the others would wait for them for ever.
    """

    def own():
        mine = -(-len(digits) // BATCH)
        slots = [0] * strategy.num_replicas_in_sync
        slots[int(os.environ["TF_INDEX"])] = mine
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.constant(slots))

    every = strategy.experimental_local_results(strategy.run(tf.function(own)))[0]
    return int(min(every.numpy()))


def train(strategy, model: Model, digits: Digits, args: argparse.Namespace) -> None:
    index, epochs = int(os.environ["TF_INDEX"]), args.training_epochs
    rate = args.learning_rate

    @tf.function(reduce_retracing=True)
    def step(images, labels):
        return strategy.run(replica_step, args=(model, images, labels, rate))

    batches = fewest_batches(strategy, digits)
    signal.alarm(0)
    for epoch in range(epochs):
        shuffled = digits.batches(BATCH, seed=1000 * index + epoch)
        for _, (images, labels) in zip(range(batches), shuffled, strict=False):
            loss = step(tf.constant(images), tf.constant(labels))
        print(f"epoch {epoch + 1}/{epochs} loss {float(loss):.4f}", flush=True)
        print(f"reporter progress:{(epoch + 1) / epochs:0.4f}", file=sys.stderr)


def main() -> None:
    args = arguments()
    # First of all: collectives cannot be set up once any operation has run.
    signal.alarm(args.timeout)  # TensorFlow itself waits for ever for who is missing
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    index = int(os.environ["TF_INDEX"])
    print(f"worker {index}: {strategy.num_replicas_in_sync} replicas in sync")
    digits = Digits(args.data_path)
    digits.write_share(f"{args.save_path}/share-{index}.json", index)
    with strategy.scope():
        model = Model()
    train(strategy, model, digits, args)
    print(f"weights {model.digest()}", flush=True)
    result = {"worker": index, "files": digits.files, "weights": model.digest()}
    print(f"result {json.dumps(result)}", flush=True)
    if index == 0:
        model.save(args.save_path)


if __name__ == "__main__":
    main()
