"""Put a folder into HDFS, fetch one, delete one; for the demo, without a JVM.

HADOOP_CONF_DIR=… python scripts/hdfs.py put LOCAL /remote
                                         get /remote LOCAL
                                         rm  /remote
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hdfs_native import Client, WriteOptions

PARALLEL = 8  # closing a file takes half a second, waiting for the block's report


def put(local: str, remote: str) -> None:
    """Copy all files of a folder into HDFS, replacing those that are there."""
    client = Client()
    files = [path for path in sorted(Path(local).rglob("*")) if path.is_file()]

    def copy(path: Path) -> None:
        target = f"{remote}/{path.relative_to(local)}"
        with client.create(target, WriteOptions(overwrite=True)) as file:
            file.write(path.read_bytes())

    client.mkdirs(remote, create_parent=True)
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(copy, files))
    print(f"{len(files)} files of {local} are in HDFS under {remote}")


def get(remote: str, local: str) -> None:
    """Copy all files below a folder of HDFS to this machine."""
    client = Client()
    for status in client.list_status(remote, recursive=True):
        if status.isdir:
            continue
        target = Path(local, status.path.partition(f"{remote}/")[2])
        target.parent.mkdir(parents=True, exist_ok=True)
        with client.read(status.path) as file:
            target.write_bytes(file.read())


def rm(remote: str) -> None:
    """Delete a folder of HDFS; one that is not there is fine."""
    try:
        deleted = Client().delete(remote, recursive=True)
    except FileNotFoundError:
        return
    if deleted:
        print(f"deleted {remote} in HDFS")


def main() -> int:
    """Run what the command line says."""
    match sys.argv[1:]:
        case ["put", local, remote]:
            put(local, remote)
        case ["get", remote, local]:
            get(remote, local)
        case ["rm", remote]:
            rm(remote)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
