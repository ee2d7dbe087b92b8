"""Names of a node's folders and files, as YARN lays them. Pure.

`usercache/<user>/appcache/<application>/<container>/` is where a container works;
`filecache/`, `usercache/<user>/filecache/` and
`usercache/<user>/appcache/<application>/filecache/` hold files for everybody, for a
user and for an application; `<log folder>/<application>/<container>/` holds logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlearning.hadoop.launch_context import LocalResourceVisibility
from xlearning.local.node.protocol import EXIT

if TYPE_CHECKING:
    from pathlib import Path

    from xlearning.local.node.spec import ContainerStart, NodeSpec

OWNER = ".owner.json"
TOKENS = "container_tokens"
LAUNCH_SCRIPT = "launch_container.sh"
SESSION_SCRIPT = "default_container_executor_session.sh"
DIRECTORY_INFO = "directory.info"
PRELAUNCH_OUT = "prelaunch.out"
PRELAUNCH_ERR = "prelaunch.err"

RECORD = "container.json"

FOLDER_MODE = 0o710
"""Of working and log folders."""


@dataclass(frozen=True, slots=True)
class NodeLayout:
    """The folders of a node.

    Attributes:
        local_dir: Of caches and working folders.
        log_dir: Of logs.
    """

    local_dir: Path
    log_dir: Path

    @classmethod
    def of(cls, spec: NodeSpec) -> NodeLayout:
        """Return the folders that a node was given."""
        return cls(spec.local_dir, spec.log_dir)

    def user(self, user: str) -> Path:
        """Return all that is kept for a user."""
        return self.local_dir / "usercache" / user

    def application(self, user: str, application_id: str) -> Path:
        """Return an application's folder, which goes when it ends."""
        return self.user(user) / "appcache" / application_id

    def application_logs(self, application_id: str) -> Path:
        """Return the logs of an application's containers."""
        return self.log_dir / application_id

    def owner_file(self, application_id: str) -> Path:
        """Return what says whose logs they are; it outlives a killed server."""
        return self.application_logs(application_id) / OWNER

    def cache(
        self, visibility: LocalResourceVisibility, user: str, application_id: str
    ) -> Path:
        """Return the folder of files that are shared by those who may see them."""
        if visibility is LocalResourceVisibility.PUBLIC:
            return self.local_dir / "filecache"
        if visibility is LocalResourceVisibility.PRIVATE:
            return self.user(user) / "filecache"
        return self.application(user, application_id) / "filecache"

    def container(self, start: ContainerStart) -> ContainerLayout:
        """Return the folders of a container."""
        application = self.application(start.user, start.application_id)
        logs = self.application_logs(start.application_id)
        return ContainerLayout(
            work=application / start.container_id,
            logs=logs / start.container_id,
            private=self.local_dir / "nmPrivate" / start.container_id,
        )


@dataclass(frozen=True, slots=True)
class ContainerLayout:
    """The folders of a container.

    Attributes:
        work: Where it runs.
        logs: Of its logs.
        private: What the node alone needs of it.
    """

    work: Path
    logs: Path
    private: Path

    @property
    def tokens(self) -> Path:
        """The token file."""
        return self.work / TOKENS

    @property
    def launch_script(self) -> Path:
        """What YARN's rules made of the launch context."""
        return self.work / LAUNCH_SCRIPT

    @property
    def session_script(self) -> Path:
        """Puts the launch script into a session of its own."""
        return self.work / SESSION_SCRIPT

    @property
    def executor_errors(self) -> Path:
        """What the session script had to say; normally nothing."""
        return self.private / "errors"

    @property
    def record(self) -> Path:
        """The order that was accepted, for a later server."""
        return self.private / RECORD

    @property
    def launched(self) -> Path:
        """There once processes may have been started."""
        return self.private / "launched"

    @property
    def exit_file(self) -> Path:
        """The exit code, once there is one."""
        return self.private / EXIT

    @property
    def pid_file(self) -> Path:
        """Written by the session script."""
        return self.private / "pid"
