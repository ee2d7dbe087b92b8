"""Find topics in images of digits: an image is a document, a pixel a word.

A small program that speaks LightLDA's contract in XLearning. Servers keep what topics
are made of, each for a part of the words; workers have the documents. In each step all
workers send a server what they count, and get the sum of all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

import numpy as np

WORDS, TOPICS = 64, 10
ENDPOINTS = Path("lightLDAEndPoints.txt")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--timeout", type=int, default=60, help="for others, seconds")
    return parser.parse_args()


def load(folder: str) -> np.ndarray:
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    table = np.array([line.split(",") for line in lines], dtype=np.float64)
    return table[:, :WORDS]


# ---- servers


def serve(endpoint: str, workers: int) -> None:
    """Add up what all workers send, until all have left."""
    host, _, port = endpoint.rpartition(":")
    with Listener((host, int(port)), backlog=workers) as listener:
        arrived = [listener.accept() for _ in range(workers)]
    # In the workers' order: a sum depends on it.
    peers = [peer for _, peer in sorted((peer.recv(), peer) for peer in arrived)]
    while True:
        try:
            counts = [peer.recv() for peer in peers]
        except EOFError:
            return
        for peer in peers:
            peer.send(sum(counts))


# ---- workers


class Servers:
    """All servers, as a worker sees them; without any, it is the only worker."""

    def __init__(self, timeout: int) -> None:
        self._timeout = timeout
        lines = ENDPOINTS.read_text().splitlines() if ENDPOINTS.exists() else []
        self._peers = [self._connected(line.split()[1]) for line in lines]

    def _connected(self, endpoint: str) -> Connection:
        host, _, port = endpoint.rpartition(":")
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                peer = Client((host, int(port)))
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                peer.send(int(os.environ["LIGHTLDA_RANK"]))
                return peer

    def summed(self, own: np.ndarray) -> np.ndarray:
        """Return the sum of an array of every worker; its columns are shared out."""
        if not self._peers:
            return own
        total = np.empty_like(own)
        for number, peer in enumerate(self._peers):
            peer.send(own[:, number :: len(self._peers)])
        for number, peer in enumerate(self._peers):
            if not peer.poll(self._timeout):
                sys.exit(f"server {number} does not answer: a worker is missing")
            total[:, number :: len(self._peers)] = peer.recv()
        return total


def train(documents: np.ndarray, servers: Servers, steps: int) -> float:
    """Return the likelihood of all documents after the last step of EM."""
    topics = np.random.default_rng(1).random((TOPICS, WORDS)) + 0.5
    topics /= topics.sum(1, keepdims=True)
    mixture = np.full((len(documents), TOPICS), 1.0 / TOPICS)
    for step in range(steps):
        ratio = documents / (mixture @ topics + 1e-12)
        counts = servers.summed(topics * (mixture.T @ ratio))
        mixture *= ratio @ topics.T
        mixture /= mixture.sum(1, keepdims=True)
        topics = counts / counts.sum(1, keepdims=True)
        print(f"reporter progress:{(step + 1) / steps:0.4f}", file=sys.stderr)
    return float((documents * np.log(mixture @ topics + 1e-12)).sum())


def main() -> None:
    args = arguments()
    if os.environ.get("LIGHTLDA_ROLE") == "ps":
        workers = int(os.environ["LIGHTLDA_WORKER_NUM"])
        serve(os.environ["LIGHTLDA_SERVER_ENDPOINT"], workers)
        return
    documents = load(args.data_path)
    print(f"{len(documents)} documents", flush=True)
    servers = Servers(args.timeout)
    likelihood = train(documents, servers, args.steps)
    [[records, likelihood]] = servers.summed(np.array([[len(documents), likelihood]]))
    result = {"records": int(records), "likelihood": float(likelihood)}
    if os.environ.get("LIGHTLDA_RANK", "0") == "0":
        print(f"result {json.dumps(result)}", flush=True)


if __name__ == "__main__":
    main()
