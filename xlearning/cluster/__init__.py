"""A real Hadoop on one machine, from Maven artifacts: for demos and tests.

NameNode, DataNodes, ResourceManager and NodeManagers run as JVMs of their own, with
the jars that Maven resolves from `pom.xml`: no tarball, no shell scripts of Hadoop,
no container. The rest of XLearning knows nothing of this room; it is given a
`HADOOP_CONF_DIR` like any other Hadoop client.

    spec.py        [p] what is wanted: `ClusterSpec`, the names of its daemons
    layout.py      [p] where everything lies below the home folder
    options.py     [p] how its parts are written on a command line
    site.py        [p] spec + ports + layout: all that the configuration depends on
    hdfs_site.py   [p] its properties for HDFS; yarn_site.py [p] for YARN
    site_files.py  [p] the files that they go to, as XML; `--conf`
    status.py      [p] what is shown of a cluster
    ports.py           which ports: chosen once, kept in `cluster.json`
    state.py           `cluster.json` and the lock on the home folder
    hosts.py           names nm1, nm2 … for the NodeManagers (127.0.2.x in /etc/hosts)
    artifacts.py       JDK, Maven, the cached jars of a Hadoop release
    daemons.py         command lines of the JVMs; start, stop, kill
    processes.py       which processes belong to a home folder; ending them
    planning.py        checks the machine, settles ports and names, writes the files
    startup.py         starting daemons together, waiting until they are ready
    readiness.py       is a daemon ready? Plain HTTP, no JVM
    preparation.py     first folders of HDFS, node labels
    cluster.py         `Cluster`: up, down, start, stop, kill, status

Processes are recognised by a mark on their command line that holds the home folder
and the daemon's name, never by a number in a file: a recycled process id is never
signalled, and a daemon whose starter was killed is still found.

What differs from a cluster that an operator runs, all of it to make faults show
quickly, none of it visible to a healthy job (`--conf` changes each):

- a lost NodeManager is noticed after 10 s (YARN: 10 min), a silent ApplicationMaster
  after 15 s (15 min), a lost DataNode after about 14 s (10 min);
- after a restart of the ResourceManager scheduling begins after 1 s (10 s);
- memory limits are enforced by YARN's polling check, which YARN 3.4 and 3.5 leave off
  by default (exit status -104), every 0.5 s (3 s); virtual memory is not limited;
- blocks of HDFS are 16 MiB (128 MiB), so that small inputs have several splits;
- one node heartbeat may place up to 100 containers, ApplicationMasters may have half of
  a queue (10 %), the smallest container has 64 MiB (1 GiB);
- queues may grow to the whole cluster when it is idle; applications have priorities up
  to 10 (0); preemption, once switched on by
  `yarn.resourcemanager.scheduler.monitor.enable=true`, gives 3 s of notice (15 s).

The heartbeat of the NodeManagers (1 s) and the delay between SIGTERM and SIGKILL
(250 ms) are YARN's own defaults, so that times seen here mean something elsewhere.
"""
