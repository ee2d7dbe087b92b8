"""The class path of the JVM; `test_java_input` and `test_java_output` run the rest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("jpype")

from xlearning.io.formats import java_child


def test_folders_of_jars_are_looked_into(tmp_path: Path) -> None:
    for name in ("b.jar", "a.jar", "c.txt"):
        (tmp_path / name).touch()
    found = list(java_child._expanded((f"{tmp_path}/*", "/own.jar", "/none/*")))
    assert found[1:] == [f"{tmp_path}/a.jar", f"{tmp_path}/b.jar", "/own.jar"]
    assert (Path(found[0]) / "xlearning" / "RecordBatch.class").is_file()


@pytest.mark.java
def test_the_class_file_is_what_its_source_gives() -> None:
    root = Path(__file__).parents[3]
    subprocess.run([root / "scripts" / "java-bridge", "--check"], check=True)
