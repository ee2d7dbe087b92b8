"""Formats of a user's, in a jar of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.io.formats.peers.peer import hadoop_class_path
from xlearning.cluster.artifacts import find_java

SOURCE = Path(__file__).with_name("Custom.java")


def make_jar(folder: Path) -> Path:
    """Compile the classes and return their jar."""
    tools = find_java().executable.parent
    classes, jar = folder / "classes", folder / "custom.jar"
    class_path = os.pathsep.join(hadoop_class_path())
    compiler = ["javac", "-nowarn", "-cp", class_path, "-d", str(classes), str(SOURCE)]
    packer = ["jar", "--create", f"--file={jar}", "-C", str(classes), "."]
    for tool, *words in (compiler, packer):
        subprocess.run([tools / tool, *words], check=True, capture_output=True)
    return jar
