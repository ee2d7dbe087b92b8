"""A ZooKeeper for one job, started from jars that the node has.

As in `mpi_node`, the source goes to the task as a file and runs in the user's Python:
standard library only, and nothing newer than Python 3.6. ZooKeeper's server is in the
jar that Hadoop has for its clients, beside what it needs; a folder of its own, or of an
archive that the job takes along, is named by `ZOOKEEPER_HOME`.
"""

from __future__ import annotations

PROGRAM = "xdl_zookeeper.py"

SOURCE = '''\
"""xdl_zookeeper.py: become a ZooKeeper that listens at XL_HOST and XL_PORT."""

import glob
import os
import sys

MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain"
CONFIGURATION = """\\
clientPort=%s
clientPortAddress=%s
dataDir=%s/zookeeper
tickTime=2000
maxClientCnxns=0
admin.enableServer=false
"""
HOMES = ("HADOOP_COMMON_HOME", "HADOOP_HOME", "HADOOP_HDFS_HOME", "HADOOP_YARN_HOME")
PARTS = ("", "/lib", "/share/hadoop/common", "/share/hadoop/common/lib")
JARS = ("zookeeper.jar", "zookeeper-[0-9]*.jar")
MISSING = (
    "no ZooKeeper in %s: name a folder with its jars by ZOOKEEPER_HOME, or a "
    "ZooKeeper that runs by ZK_ADDR=zfs://host:port/path (xlearning.container.env.*)"
)


def class_path():
    """Return the folders with the jars of the first home that has ZooKeeper's."""
    names = ("ZOOKEEPER_HOME",) if "ZOOKEEPER_HOME" in os.environ else HOMES
    homes = [os.environ[name] for name in names if os.environ.get(name)]
    for home in homes:
        folders = [home + part for part in PARTS]
        if any(glob.glob(folder + "/" + jar) for folder in folders for jar in JARS):
            return ":".join(folder + "/*" for folder in folders)
    sys.exit(MISSING % (", ".join(homes) or "any of " + ", ".join(names)))


def main():
    path = class_path()
    where = os.environ["XL_PORT"], os.environ["XL_HOST"], os.getcwd()
    with open("zookeeper.cfg", "w") as file:
        file.write(CONFIGURATION % where)
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    words = [java, "-Xmx256m", "-cp", path, MAIN, "zookeeper.cfg"]
    try:
        os.execvp(java, words)
    except OSError as error:
        sys.exit("%s: %s; ZooKeeper needs Java" % (java, error.strerror))


main()
'''
