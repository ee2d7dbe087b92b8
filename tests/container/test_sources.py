from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.container.sources import copy_sources

if TYPE_CHECKING:
    from pathlib import Path


def test_all_files_are_copied_and_what_is_there_stays(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "container"
    (source / "pkg").mkdir(parents=True)
    (source / "a.py").write_text("from the source")
    (source / "pkg" / "run.sh").write_text("#!/bin/sh\n")
    (source / "pkg" / "run.sh").chmod(0o755)
    folder.mkdir()
    (folder / "xl-source").symlink_to(source)
    (folder / "a.py").write_text("from --files")
    assert copy_sources(folder / "xl-source", folder) == 1
    assert (folder / "a.py").read_text() == "from --files"
    copied = folder / "pkg" / "run.sh"
    assert copied.stat().st_mode & 0o777 == 0o755
    copied.write_text("changed")
    assert (source / "pkg" / "run.sh").read_text() == "#!/bin/sh\n"
