"""Which Python environment each role runs in. Pure.

`--env FILE|DIR` is built by the client and unpacked into `xl-env`; `--python-env
FOLDER` is an archive that the user made and names with `--cacheArchive`, or an absolute
folder that every node has. Both are activated by the agent before the program starts. A
role's own wins over that of the job, and no role has two.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from xlearning.client.mappings import local_name
from xlearning.client.plan import EnvironmentSource
from xlearning.errors import ConfigError
from xlearning.job.environment import ENVIRONMENT_LINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlearning.client.files import DistributedFiles
    from xlearning.client.options import Options
    from xlearning.client.role_request import RoleRequest


class Environments(NamedTuple):
    """The environments of a job.

    Attributes:
        folders: Role to the folder that is activated; roles without are not in it.
        sources: What the client has to build.
    """

    folders: dict[str, str]
    sources: tuple[EnvironmentSource, ...]


class _Wish(NamedTuple):
    """What one place says about an environment."""

    built: str
    folder: str
    option: str


def environments(
    options: Options,
    requests: Mapping[str, RoleRequest],
    roles: Iterable[str],
    files: DistributedFiles,
    directory: str,
) -> Environments:
    """Return the environment of every role.

    Args:
        options: The command line.
        requests: What is asked for single roles.
        roles: All roles of the job.
        files: What is in the working directories.
        directory: Where relative local paths are.

    Raises:
        ConfigError: A role is given two, or one that is nowhere.
    """
    general = _Wish(options.environment, options.python_env, "--env")
    _refuse_both(general)
    folders: dict[str, str] = {}
    by_path: dict[tuple[str, str], list[str]] = {}
    for role in roles:
        wish = _wish(role, requests, general)
        if wish.built:
            path = posixpath.normpath(posixpath.join(directory, wish.built))
            by_path.setdefault((path, wish.option), []).append(role)
            folders[role] = ENVIRONMENT_LINK
        elif wish.folder:
            folders[role] = _folder(wish, role, files)
    sources = tuple(
        EnvironmentSource(path, option, tuple(names))
        for (path, option), names in by_path.items()
    )
    return Environments(folders, sources)


def _wish(role: str, requests: Mapping[str, RoleRequest], general: _Wish) -> _Wish:
    request = requests.get(role)
    if request is None or not (request.environment or request.python_env):
        return general
    own = _Wish(
        request.environment or "",
        request.python_env or "",
        f"--role {role}:environment",
    )
    _refuse_both(own)
    return own


def _refuse_both(wish: _Wish) -> None:
    if wish.built and wish.folder:
        raise ConfigError(
            f"two Python environments at once: `{wish.built}` ({wish.option}) and "
            f"`{wish.folder}` (python-env)",
            hint="--env builds one, --python-env activates one that you packed",
        )


def _folder(wish: _Wish, role: str, files: DistributedFiles) -> str:
    """Return the folder of a packed environment, which has to be there."""
    if wish.folder.startswith("/"):
        return posixpath.normpath(wish.folder)
    folder = local_name(wish.folder, "--python-env")
    entries = [(entry.link, entry.roles) for entry in files.cache]
    entries += [(entry.link, entry.roles) for entry in files.uploads]
    links = {link for link, roles in entries if not roles or role in roles}
    if folder.partition("/")[0] in links or folder in links:
        return folder
    raise ConfigError(
        f"--python-env {wish.folder}: nothing is unpacked there for the role `{role}`",
        hint=f"--cacheArchive PATH#{folder}, or an absolute folder of every node",
    )
