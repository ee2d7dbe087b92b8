"""Measuring real processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from xlearning.local.node.usage import tree_usage, usage


def test_this_process() -> None:
    found = usage(os.getpid())
    assert (found.pid, found.parent) == (os.getpid(), os.getppid())
    assert found.resident_pages > 1000
    assert found.virtual_bytes > found.resident_pages * 4096
    assert "pytest" in found.command
    assert found.session == os.getsid(0)


def test_a_name_with_brackets_and_blanks() -> None:
    code = (
        "import ctypes, os\nctypes.CDLL(None).prctl(15, b') (a b', 0, 0, 0)\n"
        "from xlearning.local.node.usage import usage\n"
        "found = usage(os.getpid())\nassert found.name == ') (a b', found.name"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_tree() -> None:
    with subprocess.Popen(["sleep", "300"]) as process:
        assert process.pid in {each.pid for each in tree_usage(process.pid)}
        process.kill()
    assert tree_usage(process.pid) == []
    with pytest.raises(FileNotFoundError):
        usage(process.pid)
