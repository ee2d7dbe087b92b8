"""The launch script, as a NodeManager of Hadoop 3.5.0 wrote it for the same order."""

from __future__ import annotations

from pathlib import Path

from xlearning.local.node.environment import ContainerEnvironment
from xlearning.local.node.launch_script import launch_script, session_script
from xlearning.local.node.layout import ContainerLayout

LAYOUT = ContainerLayout(Path("/w"), Path("/l"), Path("/p"))
HADOOPS = """#!/bin/bash

set -o pipefail -e
export PRELAUNCH_OUT="/l/prelaunch.out"
exec >"${PRELAUNCH_OUT}"
export PRELAUNCH_ERR="/l/prelaunch.err"
exec 2>"${PRELAUNCH_ERR}"
echo "Setting up env variables"
export PATH=${PATH:-"/usr/bin:/bin"}
export JVM_PID="$$"
export XX="/x:$XX"
echo "Setting up job resources"
mkdir -p sub
ln -sf -- "/cache/20/g" "sub/b"
ln -sf -- "/cache/21/h" "h"
echo "Copying debugging information"
# Creating copy of launch script
cp "launch_container.sh" "/l/launch_container.sh"
chmod 640 "/l/launch_container.sh"
# Determining directory contents
echo "ls -l:" 1>"/l/directory.info"
ls -l 1>>"/l/directory.info"
echo "find -L . -maxdepth 5 -ls:" 1>>"/l/directory.info"
find -L . -maxdepth 5 -ls 1>>"/l/directory.info"
echo "broken symlinks(find -L . -maxdepth 5 -type l -ls):" 1>>"/l/directory.info"
find -L . -maxdepth 5 -type l -ls 1>>"/l/directory.info"
echo "Launching container"
exec /bin/bash -c "echo $USER 1>/l/stdout"
"""
ENVIRONMENT = ContainerEnvironment(
    {"PATH": "/usr/bin:/bin"}, {"JVM_PID": "$$"}, {"XX": "/x:$XX"}
)
LINKS = {Path("/cache/20/g"): "sub/b", Path("/cache/21/h"): "h"}
COMMAND = "echo {{USER}} 1><LOG_DIR>/stdout"


def test_the_script_is_hadoops() -> None:
    assert launch_script(LAYOUT, ENVIRONMENT, LINKS, COMMAND) == HADOOPS


def test_without_debug_information() -> None:
    head, _, rest = HADOOPS.partition('echo "Copying')
    launching = rest.index('echo "Launching')
    found = launch_script(LAYOUT, ENVIRONMENT, LINKS, COMMAND, debug_information=False)
    assert found == head + rest[launching:]


def test_the_session_begins_on_line_five() -> None:
    lines = session_script(LAYOUT).splitlines()
    assert lines[4] == 'exec setsid /bin/bash "/w/launch_container.sh"'
