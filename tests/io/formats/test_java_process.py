"""The process with the JVM, without Java; `test_java_input` runs it with one."""

from __future__ import annotations

import importlib.util

import pytest

from xlearning.errors import ClusterError, ConfigError
from xlearning.io.formats.java_frames import JavaTask, Request
from xlearning.io.formats.java_process import JavaProcess

REQUEST = Request(JavaTask.SPLITS, "a.Format", {}, ("/nowhere",))


def test_without_jpype_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"`a\.Format` needs JPype") as refused:
        JavaProcess(REQUEST)
    assert refused.value.hint == "pip install 'xlearning[java]' where you submit"


def test_without_java_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("jpype")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path_factory.mktemp("empty")))
    with (
        JavaProcess(REQUEST) as process,
        pytest.raises((ConfigError, ClusterError), match=r"a\.Format"),
    ):
        list(process.answers())
