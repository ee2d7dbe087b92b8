from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlearning.errors import LocalProtocolError
from xlearning.hadoop.launch_context import (
    ContainerLaunchContext,
    LocalResource,
    LocalResourceType,
    LocalResourceVisibility,
    command_line,
    environment_value,
)

if TYPE_CHECKING:
    from tests.hadoop.conftest import Java

# Strings that a live cluster was seen to break when they were not quoted.
NASTY = (
    "",
    "plain",
    "it's",
    'say "x"',
    "$HOME ${HOME} $(date) `date`",
    "back\\slash\\",
    "{{HOME}} {{{HOME}}} }}}}",
    "<LOG_DIR> <CPS> <LOG<LOG_DIR>_DIR>",
    '{"a": {"b": [1, 2]}}',
    "tab\tnew\nline\r\n",
    "umlaut ü 漢 🎉",
    "a=b!c*d;e|f&g>h #i ~",
)
_text = st.text(
    st.one_of(
        st.sampled_from("\\\"'$`{}<>_LOGDIRCPS a\n"), st.characters(codec="utf-8")
    ),
    max_size=40,
).filter(lambda s: "\0" not in s and "\x0d" not in s)


def node_manager(command: str, environment: dict[str, str]) -> bytes:
    """Run a command as `ContainerLaunch` and `ContainerExecutor` do; return stdout."""

    def expand(text: str) -> str:
        text = text.replace("<LOG_DIR>", "/logs").replace("<CPS>", ":")
        return re.sub(r"\}\}", "", text.replace("{{", "$"))

    exports = [f'export {k}="{expand(v)}"' for k, v in environment.items()]
    script = "\n".join([*exports, f'exec /bin/bash -c "{expand(command)}"'])
    done = subprocess.run(
        ["/bin/bash", "-c", script], check=True, capture_output=True, env={}
    )
    return done.stdout


def printed(words: list[str], variable: str) -> tuple[list[str], str]:
    """Send words and a variable through the NodeManager's script."""
    program = r'printf "%s\0" "$V" "$@"'
    command = command_line(["/bin/bash", "-c", program, "-", *words])
    out = node_manager(command, {"V": environment_value(variable)})
    value, *rest = out.decode().split("\0")[:-1]
    return rest, value


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_arrives_as_it_is(text: str) -> None:
    assert printed([text, "end"], text) == ([text, "end"], text)


@settings(max_examples=40, deadline=None)
@given(_text)
def test_any_text_arrives_as_it_is(text: str) -> None:
    assert printed([text], text) == ([text], text)


def test_a_command_replaces_its_shell_and_writes_to_the_log_folder() -> None:
    command = command_line(["python3", "a b"], stdout="stdout", stderr="stderr")

    assert command == ("exec python3 'a b' 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr")


URLS = (
    "hdfs://nameService1/a%20b/%C3%BC",
    "hdfs://127.0.0.1:8020/p",
    "file:///tmp/x",
    "s3a://alice@bucket/k",
)


@pytest.mark.parametrize("url", URLS)
def test_a_local_resource_survives_its_message(url: str) -> None:
    resource = LocalResource(
        url, 5, 1700, LocalResourceType.ARCHIVE, LocalResourceVisibility.PRIVATE
    )

    assert LocalResource.from_proto(resource.to_proto()) == resource


def test_an_absent_port_is_minus_one() -> None:
    assert LocalResource(URLS[0], 1, 1).to_proto().resource.port == -1


@pytest.mark.java
def test_hadoop_writes_the_same_urls(java: Java) -> None:
    answers = java.run("Ids", lines=[f"url {url}" for url in URLS])

    theirs = [base64.b64decode(line.rsplit(" ", 1)[1]) for line in answers]
    ours = [LocalResource(url, 1, 1).to_proto().resource for url in URLS]
    assert theirs == [each.SerializeToString(deterministic=True) for each in ours]


def test_a_context_survives_its_message() -> None:
    context = ContainerLaunchContext(
        command="exec true",
        environment={"A": "1"},
        local_resources={"link": LocalResource(URLS[1], 1, 2)},
        credentials=b"HDTS",
        acls={"VIEW_APP": "alice", "MODIFY_APP": "bob"},
    )

    assert ContainerLaunchContext.from_proto(context.to_proto()) == context
    assert "HDTS" not in repr(context)


def test_absent_credentials_are_absent() -> None:
    assert not ContainerLaunchContext("exec true").to_proto().HasField("tokens")


@pytest.mark.parametrize("name", ["A.DOT", "A-B", "1A", ""])
def test_a_name_that_bash_cannot_export_is_refused(name: str) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be a variable's name"):
        ContainerLaunchContext("exec true", {name: ""}).to_proto()
