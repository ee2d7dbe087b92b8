"""What a job is: made by the client, shipped as `job.json`, read by the AM.

Nothing in it is secret, and nothing in it has to be looked up again: paths are
qualified, sizes are numbers, commands are lists of words.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

import msgspec

from xlearning.job.resources import Resources  # noqa: TC001 - msgspec reads it


class ResourceKind(StrEnum):
    """YARN's LocalResourceType."""

    FILE = "FILE"
    ARCHIVE = "ARCHIVE"


class Visibility(StrEnum):
    """YARN's LocalResourceVisibility."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    APPLICATION = "APPLICATION"


class LocalFile(msgspec.Struct, frozen=True):
    """A file that YARN puts into a container's working directory.

    Attributes:
        link: Its name there, relative.
        url: Where it is, qualified and not percent-encoded.
        size: Its length in bytes.
        timestamp_ms: Its modification time; YARN refuses the file if it differs.
        kind: Whether YARN unpacks it.
        visibility: Who shares the copy on a node.
    """

    link: str
    url: str
    size: int
    timestamp_ms: int
    kind: ResourceKind = ResourceKind.FILE
    visibility: Visibility = Visibility.APPLICATION

    @property
    def encoded_url(self) -> str:
        """The URL with its path percent-encoded, as YARN parses it (`java.net.URI`)."""
        scheme, separator, rest = self.url.partition("://")
        return f"{scheme}{separator}{quote(rest, safe='/:@,+=')}"


class Placement(StrEnum):
    """Where the containers of a role are wanted."""

    SPREAD = "spread"
    """On as many nodes as there are."""
    PACK = "pack"
    """On as few nodes as can be."""
    EXCLUSIVE = "exclusive"
    """Each on a node without other tasks of a role that is placed, of any job."""


class NodeAttribute(msgspec.Struct, frozen=True):
    """What a node must be like.

    Attributes:
        name: The attribute's name with its prefix: `nm.yarn.io/` where the NodeManager
            says it, `rm.yarn.io/` where an administrator does.
        value: What it is compared with.
        unequal: It must be another one, or none.
    """

    name: str
    value: str
    unequal: bool = False

    def __str__(self) -> str:
        """Return it as users write it."""
        return f"{self.name}{'!=' if self.unequal else '='}{self.value}"


class RoleHost(msgspec.Struct, frozen=True):
    """A NodeManager's host where containers of a role are wanted.

    Attributes:
        name: The host, as YARN calls it.
        rack: Its rack, as YARN calls it.
        count: How many are wanted there.
    """

    name: str
    rack: str
    count: int


class RoleSpec(msgspec.Struct, frozen=True):
    """One role of a job.

    Attributes:
        name: `worker`, `ps`, `chief`, `evaluator` or any other word.
        count: Number of tasks.
        resources: Size of each container.
        command: The program and its arguments; no shell is involved.
        environment: Variables that the user gave; a path-like one (`PATH`,
            `PYTHONPATH`, `LD_LIBRARY_PATH`, `CLASSPATH`) is put before what is there.
        files: What YARN puts into the working directory, beside the runtime.
        node_label: YARN node label expression, "" for the queue's default.
        ports: How many ports each of its tasks holds, where the type leaves that to
            the user.
        service: It serves the other roles and is stopped when these are done, where
            the type leaves that to the user.
        python_env: Folder in the working directory with a Python environment that is
            activated for the program, "" for none.
        placement: Where its containers are wanted, None for anywhere.
        attributes: What its nodes must be like.
        constrained: YARN's placement constraints say where its containers go.
        hosts: Where they do not, for a placement or attributes: the hosts, by what was
            free there at submission.
    """

    name: str
    count: int
    resources: Resources
    command: tuple[str, ...]
    environment: dict[str, str] = {}
    files: tuple[LocalFile, ...] = ()
    node_label: str = ""
    ports: int = 0
    service: bool = False
    python_env: str = ""
    placement: Placement | None = None
    attributes: tuple[NodeAttribute, ...] = ()
    constrained: bool = False
    hosts: tuple[RoleHost, ...] = ()


class InputSpec(msgspec.Struct, frozen=True):
    """Input that is split over the workers.

    Attributes:
        alias: The local directory, relative.
        paths: Qualified URLs, may be globs.
    """

    alias: str
    paths: tuple[str, ...]


class InputHost(msgspec.Struct, frozen=True):
    """A NodeManager's host that held input at submission.

    Attributes:
        name: The host, as YARN calls it.
        rack: Its rack, as YARN calls it.
        part: How much of the whole input is there, 0 to 1.
    """

    name: str
    rack: str
    part: float


class OutputSpec(msgspec.Struct, frozen=True):
    """A local directory whose content is uploaded at the end.

    Attributes:
        url: The destination, which did not exist at submission.
        local: The local directory, relative.
    """

    url: str
    local: str


class InputStrategy(StrEnum):
    """How input reaches the programs."""

    DOWNLOAD = "DOWNLOAD"
    """Each worker's share of the files is in its working directory."""
    PLACEHOLDER = "PLACEHOLDER"
    """Each worker is told the URLs of its share and reads them itself."""
    STREAM = "STREAM"
    """Each worker reads the records of its share from its stdin."""


class OutputStrategy(StrEnum):
    """How output leaves the programs."""

    UPLOAD = "UPLOAD"
    """What is in the local output directories is uploaded at the end."""
    STREAM = "STREAM"
    """What a program writes to its stdout is written to files as records."""


class InputBalance(StrEnum):
    """How files are shared out to workers."""

    BYTES = "bytes"
    COUNT = "count"


class OutputLayout(StrEnum):
    """The names of the directories below an output path."""

    CONTAINER = "container"
    """XLearning's: `<out>/<container id>/`; one uploading task: `<out>/<local>/`."""
    TASK = "task"
    """`<out>/<role>-<index>/`."""


class DataOptions(msgspec.Struct, frozen=True):
    """How input and output are moved.

    Attributes:
        strategy: How input reaches the programs.
        output_strategy: How output leaves them.
        balance: How input files are shared out.
        hidden_input: Take files whose names start with `.` or `_` too.
        flat_input: Drop the folder structure below an input path, as XLearning did.
        rename_input: Name downloaded files `<epoch ms>_<n>`.
        download_threads: Files that one agent downloads at a time.
        upload_threads: Files that one agent uploads at a time.
        retries: How often one file is tried again.
        layout: The names below an output path.
        overwrite_output: An output takes the place of one that is there.
        output_index: Only this worker uploads; -1 for all.
        create_output_dirs: Make the local output directories before the start.
        near_input: Hand input to tasks that are on the hosts where it is.
        cache_input: YARN brings input to the nodes and keeps it there for other tasks.
        whole_input: With PLACEHOLDER: every task is told all files.
        environment_limit: With PLACEHOLDER: characters that a program's variables may
            have in all; else the list of files is in a file.
    """

    strategy: InputStrategy = InputStrategy.DOWNLOAD
    balance: InputBalance = InputBalance.BYTES
    hidden_input: bool = False
    flat_input: bool = False
    rename_input: bool = False
    download_threads: int = 10
    upload_threads: int = 16
    retries: int = 3
    layout: OutputLayout = OutputLayout.CONTAINER
    overwrite_output: bool = False
    output_index: int = -1
    create_output_dirs: bool = True
    near_input: bool = True
    cache_input: bool = False
    whole_input: bool = False
    environment_limit: int = 102400
    output_strategy: OutputStrategy = OutputStrategy.UPLOAD


class StreamOptions(msgspec.Struct, frozen=True):
    """How records are read and written for the strategies STREAM.

    Attributes:
        input_format: Name of the format that is read: a Java class, a short word or
            `module:Class`.
        output_format: The same of the one that is written.
        epochs: How often a program gets its records.
        shuffle: Splits come in another order in every epoch.
        seed: Where these orders come from.
        merge: Records of several inputs are mixed, not one input read after the other.
        cache: The records of the first epoch are kept on the node for the later ones.
        cache_name: The file that they are kept in, relative.
        cache_limit_mb: A larger one is not kept.
        log_kb: How much of the records that are written is in the log as well.
    """

    input_format: str = "org.apache.hadoop.mapred.TextInputFormat"
    output_format: str = "net.qihoo.xlearning.common.TextMultiOutputFormat"
    epochs: int = 1
    shuffle: bool = False
    seed: int = 0
    merge: bool = False
    cache: bool = False
    cache_name: str = "inputformatCache.gz"
    cache_limit_mb: int = 102400
    log_kb: int = 64


class SaveOptions(msgspec.Struct, frozen=True):
    """How outputs are saved while programs run. Times in seconds.

    Attributes:
        directory: Appended to an output's URL, before the time of the save.
        every_s: How often a save is made by itself; 0 for never.
        timeout_s: A save that is not complete by then is given up.
        incremental: Copy only what has changed since the save before.
        keep: How many saves are kept below an output; 0 for all.
    """

    directory: str = "/interResult_"
    every_s: float = 0.0
    timeout_s: float = 3000.0
    incremental: bool = False
    keep: int = 0


class RestoreSpec(msgspec.Struct, frozen=True):
    """A local output directory that is filled from a save before the start.

    Attributes:
        local: The local directory, relative.
        url: The save's folder.
    """

    local: str
    url: str


class JobOptions(msgspec.Struct, frozen=True):
    """How the ApplicationMaster and the agents treat the job. Times in seconds.

    Attributes:
        agent_heartbeat_s: How often an agent that has nothing to say says so.
        agent_timeout_s: A silent agent is given up after this.
        localisation_timeout_s: A container whose agent does not come is given up.
        gang_patience_s: A gang that is held in part for so long is given back.
        stop_grace_s: From a polite to a hard end of a trainer.
        rm_heartbeat_s: The longest pause between two `allocate` calls.
        failure_rate: Share of failed tasks that an independent job bears.
        report_container_status: Tell the client about every change of a task.
        enforce_memory: The agent ends a trainer that is over its memory.
        cleanup_staging: Delete the staging folder at the end.
        port_range: First and one past the last port that tasks are given.
        interface: Tasks tell each other their nodes' addresses on this interface or in
            this network, "" for the nodes' names.
        numeric_hosts: Nodes are told by IP address, whatever the type.
        distribution_strategy: TensorFlow: a cluster without ps.
        processes: How many processes of the program a container runs; 0 for one per
            GPU.
    """

    agent_heartbeat_s: float = 10.0
    agent_timeout_s: float = 300.0
    localisation_timeout_s: float = 300.0
    gang_patience_s: float = 600.0
    stop_grace_s: float = 5.0
    rm_heartbeat_s: float = 3.0
    failure_rate: float = 0.5
    report_container_status: bool = True
    enforce_memory: bool = False
    cleanup_staging: bool = True
    port_range: tuple[int, int] = (20000, 30000)
    interface: str = ""
    numeric_hosts: bool = False
    distribution_strategy: bool = False
    processes: int = 1


class RuntimeSpec(msgspec.Struct, frozen=True):
    """Where our own Python is on the nodes.

    Attributes:
        python: The interpreter: absolute, or relative to the working directory.
        archive: What YARN unpacks there, None when it is installed on every node.
    """

    python: str
    archive: LocalFile | None = None


class JobSpec(msgspec.Struct, frozen=True):
    """A whole job.

    Attributes:
        application_id: YARN's id.
        name: What the user calls it.
        application_type: Upper-case word, e.g. `TENSORFLOW`.
        user: Who submitted it.
        queue: The queue as the user wrote it.
        priority: YARN priority of the application.
        am: Size of the ApplicationMaster's container.
        am_node_label: Node label of the ApplicationMaster.
        roles: At least one; a role with count 0 does not appear.
        staging_url: The job's own folder, 0700.
        runtime: Our Python on the nodes.
        default_fs: `fs.defaultFS`.
        inputs: What is split over the workers.
        input_hosts: Where containers would be near it; empty where that is not known.
        outputs: What is uploaded.
        data: How data is moved.
        stream: How records are read and written.
        options: How the job is treated.
        saves: How outputs are saved while programs run.
        restore: What the local output directories are filled with.
        max_attempts: How often YARN starts the ApplicationMaster.
        view_acl: Who may look: `user1,user2 group1`, `*` for all.
        modify_acl: Who may change.
    """

    application_id: str
    name: str
    application_type: str
    user: str
    queue: str
    priority: int
    am: Resources
    roles: tuple[RoleSpec, ...]
    staging_url: str
    runtime: RuntimeSpec
    default_fs: str
    am_node_label: str = ""
    inputs: tuple[InputSpec, ...] = ()
    input_hosts: tuple[InputHost, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()
    data: DataOptions = DataOptions()
    stream: StreamOptions = StreamOptions()
    options: JobOptions = JobOptions()
    saves: SaveOptions = SaveOptions()
    restore: tuple[RestoreSpec, ...] = ()
    max_attempts: int = 1
    view_acl: str = ""
    modify_acl: str = ""

    def role(self, name: str) -> RoleSpec:
        """Return the role called `name`.

        Raises:
            KeyError: The job has no such role.
        """
        for role in self.roles:
            if role.name == name:
                return role
        raise KeyError(name)

    def count(self, name: str) -> int:
        """Return the number of tasks in a role, 0 when the job has no such role."""
        return sum(role.count for role in self.roles if role.name == name)

    @property
    def streams_input(self) -> bool:
        """Whether programs read records from their stdin."""
        return bool(self.inputs) and self.data.strategy is InputStrategy.STREAM

    @property
    def streams_output(self) -> bool:
        """Whether what programs write to their stdout is output."""
        strategy = self.data.output_strategy
        return bool(self.outputs) and strategy is OutputStrategy.STREAM

    @property
    def has_lone_worker(self) -> bool:
        """Whether a single task does the work, as XLearning counts: a chief is one.

        A job with roles that XLearning did not know is not looked at that way.
        """
        working = {role.name for role in self.roles} - {"ps", "evaluator"}
        workers = self.count("worker") + self.count("chief")
        return workers == 1 and working <= {"worker", "chief"}


def encode_spec(spec: JobSpec) -> bytes:
    """Return the content of `job.json`."""
    return msgspec.json.encode(spec)


def decode_spec(data: bytes) -> JobSpec:
    """Read `job.json`.

    Raises:
        msgspec.DecodeError: It is not a job of this version.
    """
    return msgspec.json.decode(data, type=JobSpec)
