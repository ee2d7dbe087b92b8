"""Count the digits of the records of the input, which is read where it is.

With `--input-strategy PLACEHOLDER` nothing is downloaded: INPUT_FILE_LIST, or the file
inputFileList.txt where that would be too long, names the files of this worker. They are
read here by WebHDFS, which needs only Python itself; `pyarrow.fs`, `tf.data` and the
like read the same URLs.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree


def input_files() -> dict[str, list[str]]:
    """Return the URLs of this worker's files by alias."""
    listed = os.environ.get("INPUT_FILE_LIST")
    overflow = Path("inputFileList.txt")
    if listed is None and overflow.exists():
        listed = overflow.read_text()
    return json.loads(listed) if listed else {}


def namenode() -> str:
    """Return the NameNode's web address, as the node's own Hadoop has it."""
    site = Path(os.environ["HADOOP_CONF_DIR"], "hdfs-site.xml")
    for entry in ElementTree.parse(site).iter("property"):
        if entry.findtext("name") == "dfs.namenode.http-address":
            return entry.findtext("value")
    raise SystemExit(f"{site} does not say where the NameNode's web server is")


def read(url: str) -> str:
    """Return a file's text."""
    query = urlencode({"op": "OPEN", "user.name": os.environ["HADOOP_USER_NAME"]})
    path = quote(urlsplit(url).path)
    with urllib.request.urlopen(f"http://{namenode()}/webhdfs/v1{path}?{query}") as got:
        return got.read().decode()


def main() -> None:
    index = os.environ.get("TF_INDEX", "0")
    urls = [url for alias in input_files().values() for url in alias]
    counts: Counter[str] = Counter()
    for done, url in enumerate(urls, start=1):
        lines = read(url).split()
        counts.update(line.rpartition(",")[2] for line in lines)
        print(f"{url}: {len(lines)} records", flush=True)
        print(f"reporter progress:{done / len(urls):0.4f}", file=sys.stderr)
    Path("output").mkdir(exist_ok=True)
    answer = json.dumps(dict(sorted(counts.items())))
    Path("output", f"counts-{index}.json").write_text(answer + "\n")
    print(f"worker {index}: {counts.total()} records in {len(urls)} files")


if __name__ == "__main__":
    main()
