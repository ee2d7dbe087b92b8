"""The bash scripts that YARN writes to start a container. Pure.

Line by line what a NodeManager of Hadoop 3.5 wrote (`ContainerLaunch.writeLaunchEnv`,
`ShellScriptBuilder`, `DefaultContainerExecutor`). Values are not escaped: whoever
starts a container has to do that, and what is live in double quotes is live here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.local.node import layout as names
from xlearning.local.node.expansion import expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xlearning.local.node.environment import ContainerEnvironment
    from xlearning.local.node.layout import ContainerLayout


def launch_script(
    layout: ContainerLayout,
    environment: ContainerEnvironment,
    links: Mapping[Path, str],
    command: str,
    debug_information: bool = True,
) -> str:
    """Return `launch_container.sh`.

    Args:
        layout: The container's folders.
        environment: Its variables.
        links: Names in the working folder, by the file that each leads to.
        command: The launch context's, with YARN's markers.
        debug_information: Whether script and listing are put into the logs.
    """
    lines = [*_head(layout), *_exports(environment), *_links(links)]
    if debug_information:
        lines += _debug_information(layout.logs)
    lines.append('echo "Launching container"')
    lines.append(f'exec /bin/bash -c "{expand(command, str(layout.logs))}"')
    return "\n".join(lines) + "\n"


def session_script(layout: ContainerLayout) -> str:
    """Return what starts the launch script in a session of its own.

    The empty line keeps `exec` on line 5: a PATH without `setsid` is a well-known
    mistake, whose message names the line.
    """
    return (
        "#!/bin/bash\n\n"
        f'echo $$ > "{layout.pid_file}"\n\n'
        f'exec setsid /bin/bash "{layout.launch_script}"\n'
    )


def _head(layout: ContainerLayout) -> Iterator[str]:
    yield "#!/bin/bash"
    yield ""
    yield "set -o pipefail -e"
    yield f'export PRELAUNCH_OUT="{layout.logs / names.PRELAUNCH_OUT}"'
    yield 'exec >"${PRELAUNCH_OUT}"'
    yield f'export PRELAUNCH_ERR="{layout.logs / names.PRELAUNCH_ERR}"'
    yield 'exec 2>"${PRELAUNCH_ERR}"'


def _exports(environment: ContainerEnvironment) -> Iterator[str]:
    yield 'echo "Setting up env variables"'
    for name, value in environment.defaults.items():
        yield f'export {name}=${{{name}:-"{value}"}}'
    for name, value in {**environment.node, **environment.other}.items():
        yield f'export {name}="{value}"'


def _links(links: Mapping[Path, str]) -> Iterator[str]:
    yield 'echo "Setting up job resources"'
    for target, link in links.items():
        folder = link.rpartition("/")[0]
        if folder:
            yield f"mkdir -p {folder}"
        yield f'ln -sf -- "{target}" "{link}"'


def _debug_information(logs: Path) -> Iterator[str]:
    copy, listing = logs / names.LAUNCH_SCRIPT, logs / names.DIRECTORY_INFO
    find, links = "find -L . -maxdepth 5", "broken symlinks(find -L . -maxdepth 5"
    yield 'echo "Copying debugging information"'
    yield "# Creating copy of launch script"
    yield f'cp "{names.LAUNCH_SCRIPT}" "{copy}"'
    yield f'chmod 640 "{copy}"'
    yield "# Determining directory contents"
    yield f'echo "ls -l:" 1>"{listing}"'
    yield f'ls -l 1>>"{listing}"'
    yield f'echo "{find} -ls:" 1>>"{listing}"'
    yield f'{find} -ls 1>>"{listing}"'
    yield f'echo "{links} -type l -ls):" 1>>"{listing}"'
    yield f'{find} -type l -ls 1>>"{listing}"'
