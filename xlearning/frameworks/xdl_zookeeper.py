"""A ZooKeeper for one job, started from jars that the node has.

As in `mpi_node`, the source goes to the task as a file and runs in the user's Python:
standard library only, and nothing newer than Python 3.6. ZooKeeper's server is in the
jar that Hadoop has for its clients, beside what it needs, and YARN's configuration on
the node says where. A folder of the user's, on the nodes or in an archive that the job
takes along, is named by `ZOOKEEPER_HOME`.
"""

from __future__ import annotations

PROGRAM = "xdl_zookeeper.py"

SOURCE = '''\
"""xdl_zookeeper.py: become a ZooKeeper that listens at XL_HOST and XL_PORT."""

import glob
import os
import sys
from xml.etree import ElementTree

MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain"
CONFIGURATION = """\\
clientPort=%s
clientPortAddress=%s
dataDir=%s/zookeeper
tickTime=2000
maxClientCnxns=0
admin.enableServer=false
"""
KEY = "yarn.application.classpath"
COMMON = "$HADOOP_COMMON_HOME/share/hadoop/common"
JARS = ("zookeeper.jar", "zookeeper-[0-9]*.jar")
MISSING = (
    "no jar of ZooKeeper in %s: name a folder with its jars by ZOOKEEPER_HOME, or a "
    "ZooKeeper that runs by ZK_ADDR=zfs://host:port/path (xlearning.container.env.*)"
)


def class_path():
    """Return folders of jars, ZooKeeper's among them."""
    home = os.environ.get("ZOOKEEPER_HOME")
    entries = [home + "/*", home + "/lib/*"] if home else of_hadoop()
    folders = [entry[:-2] for entry in entries if entry.endswith("/*")]
    if any(glob.glob(folder + "/" + jar) for folder in folders for jar in JARS):
        return ":".join(entries)
    sys.exit(MISSING % (home or "Hadoop's " + ", ".join(folders)))


def of_hadoop():
    """Return what YARN gives to applications on this node, in yarn-site.xml."""
    text = ",".join((COMMON + "/*", COMMON + "/lib/*"))
    try:
        site = os.path.join(os.environ["HADOOP_CONF_DIR"], "yarn-site.xml")
        for each in ElementTree.parse(site).iter("property"):
            if each.findtext("name") == KEY:
                text = each.findtext("value") or text
    except (KeyError, OSError, ElementTree.ParseError) as error:
        print("yarn-site.xml: %s" % error, file=sys.stderr)
    text = text.replace("{{", "${").replace("}}", "}")
    return [os.path.expandvars(entry.strip()) for entry in text.split(",")]


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
