"""Add up numbers of all workers in servers: the mean and variance of every pixel.

A small program that speaks XDL's contract, with XDL's own arguments. The scheduler
writes into ZooKeeper where it listens; servers tell it where they do, and it tells the
workers. Each server keeps a part of the pixels: workers push what they have summed up
and pull the sums of all.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Condition, Thread

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

PIXELS = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task_name", default="worker")
    parser.add_argument("--task_index", type=int, default=0)
    parser.add_argument("--task_num", type=int, default=1)
    parser.add_argument("--zk_addr", help="where the scheduler is found")
    parser.add_argument("--ps_num", default="")
    parser.add_argument("--ps_cpu_cores", default="")
    parser.add_argument("--ps_memory_m", default="")
    parser.add_argument("--run_mode", default="", help="`local`: one process")
    parser.add_argument("--data_path", default="./data", help="input files")
    parser.add_argument("--timeout", type=int, default=60, help="for others, seconds")
    return parser.parse_args()


class Place:
    """A node of ZooKeeper, `zfs://host:port/path`."""

    def __init__(self, address: str, timeout: int) -> None:
        hosts, _, path = address.removeprefix("zfs://").partition("/")
        self.host = hosts.partition(",")[0].rpartition(":")
        self.path = f"/{path}"
        self.timeout = timeout
        self.client = KazooClient(hosts)
        self.client.start(timeout)

    def write(self, text: str) -> None:
        if self.client.exists(self.path):
            self.client.set(self.path, text.encode())
        else:
            self.client.create(self.path, text.encode())

    def read(self) -> str:
        """Wait until somebody has written."""
        until = time.monotonic() + self.timeout
        while True:
            try:
                return self.client.get(self.path)[0].decode()
            except NoNodeError:
                if time.monotonic() > until:
                    sys.exit(f"no scheduler at {self.path}")
                time.sleep(0.1)

    def own_host(self) -> str:
        """Return this host's address, as ZooKeeper's host sees it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((self.host[0], int(self.host[2])))
            return probe.getsockname()[0]


def connected(address: str) -> Connection:
    host, _, port = address.rpartition(":")
    return Client((host, int(port)))


# ---- the scheduler


def schedule(place: Place, servers: int) -> None:
    """Tell workers where the servers are; for ever."""
    listener = Listener((place.own_host(), 0), backlog=64)
    place.write("{}:{}".format(*listener.address))
    known: dict[int, str] = {}
    waiting: list[Connection] = []
    while True:
        peer = listener.accept()
        told = peer.recv()
        if told is None:
            waiting.append(peer)
        else:
            known |= told
            peer.send(None)
        if len(known) == servers:
            while waiting:
                waiting.pop().send([known[index] for index in range(servers)])


# ---- servers


class Sums:
    """What workers have pushed: by worker, since a sum depends on the order."""

    def __init__(self) -> None:
        self.pushed: dict[int, list[float]] = {}
        self.changed = Condition()

    def serve(self, peer: Connection) -> None:
        try:
            index, workers, own = peer.recv()
        except EOFError:
            return
        with self.changed:
            self.pushed[index] = own
            self.changed.notify_all()
            self.changed.wait_for(lambda: len(self.pushed) == workers)
            columns = zip(*(self.pushed[n] for n in range(workers)), strict=True)
            peer.send([sum(column) for column in columns])


def serve(place: Place, index: int) -> None:
    """Add up what all workers push; for ever."""
    with Listener((place.own_host(), 0), backlog=64) as listener:
        scheduler = connected(place.read())
        scheduler.send({index: "{}:{}".format(*listener.address)})
        scheduler.recv()
        sums = Sums()
        while True:
            Thread(target=sums.serve, args=(listener.accept(),), daemon=True).start()


# ---- workers


def own_sums(folder: str) -> list[float]:
    """Return the number of records, and per pixel the sums of values and squares."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    lines = [line for path in paths for line in path.read_text().splitlines() if line]
    records = [list(map(float, line.split(",")[:PIXELS])) for line in lines]
    columns = list(zip(*records, strict=True)) or [()] * PIXELS
    squares = [sum(value * value for value in column) for column in columns]
    return [len(records), *map(sum, columns), *squares]


def summed(own: list[float], place: Place, args: argparse.Namespace) -> list[float]:
    """Push own sums and pull those of all workers."""
    scheduler = connected(place.read())
    scheduler.send(None)
    servers = [connected(address) for address in answer(scheduler, args, "a server")]
    for number, server in enumerate(servers):
        part = own[number :: len(servers)]
        server.send((args.task_index, args.task_num, part))
    every = list(own)
    for number, server in enumerate(servers):
        every[number :: len(servers)] = answer(server, args, "a worker")
    return every


def answer(peer: Connection, args: argparse.Namespace, who: str) -> list:
    if not peer.poll(args.timeout):
        sys.exit(f"{who} is missing after {args.timeout} s")
    return peer.recv()


def work(args: argparse.Namespace) -> None:
    every = own_sums(args.data_path)
    print(f"worker {args.task_index}: {int(every[0])} records", flush=True)
    if args.run_mode != "local":
        every = summed(every, Place(args.zk_addr, args.timeout), args)
    count, first, second = every[0], every[1 : PIXELS + 1], every[PIXELS + 1 :]
    means = [value / count for value in first]
    variances = [s / count - mean * mean for s, mean in zip(second, means, strict=True)]
    result = {
        "records": int(count),
        "mean": sum(means) / PIXELS,
        "variance": sum(variances) / PIXELS,
        "workers": args.task_num,
    }
    if args.task_index == 0:
        print(f"result {json.dumps(result)}", flush=True)


def main() -> None:
    args = arguments()
    if args.task_name == "scheduler":
        schedule(Place(args.zk_addr, args.timeout), int(args.ps_num))
    elif args.task_name == "ps":
        serve(Place(args.zk_addr, args.timeout), args.task_index)
    else:
        work(args)


if __name__ == "__main__":
    main()
