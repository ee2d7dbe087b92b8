from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.layout import Layout
from xlearning.cluster.spec import ClusterSpec, NodeLabel, Queue
from xlearning.cluster.state import (
    ClusterState,
    home_lock,
    read_state,
    replace_file,
    write_state,
)
from xlearning.errors import ConfigError, XLearningError

if TYPE_CHECKING:
    from pathlib import Path

STATE = ClusterState(
    spec=ClusterSpec(
        queues=(Queue("a", 100.0),),
        labels=(NodeLabel("gpu", (1,)),),
        conf={"k": "v"},
        base_port=4000,
    ),
    ports={"namenode.rpc": 4001},
    own_host_names=True,
)


def test_what_was_asked_for_is_remembered(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert read_state(layout) is None
    write_state(layout, STATE)
    assert read_state(layout) == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["cluster.json"]


@pytest.mark.parametrize("text", ["", "{", '{"spec": 1}', "{}", "\xff"])
def test_a_broken_file_is_told_of(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.state_file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        read_state(layout)
    assert "--wipe" in str(caught.value.hint)


def test_a_folder_instead_of_the_file_is_told_of(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.state_file.mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        read_state(layout)


def test_a_replaced_file_is_never_half_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, "one")
    with path.open() as before:
        replace_file(path, "two")
        assert before.read() == "one"
    assert path.read_text() == "two"


def test_one_command_at_a_time(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "new" / "home")
    with home_lock(layout):
        with pytest.raises(XLearningError, match="another command"), home_lock(layout):
            pass
        assert layout.home.is_dir()
    with home_lock(layout):
        pass


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with (
        pytest.raises(ConfigError, match=r"`thesis\.tex` in it"),
        home_lock(Layout(tmp_path)),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_home_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ConfigError, match="cannot be used"),
        home_lock(Layout(tmp_path / "file" / "home")),
    ):
        pass
