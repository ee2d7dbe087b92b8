from __future__ import annotations

import pytest

from xlearning.client.files import DistributedFiles, Place, distributed_files
from xlearning.client.options import parse_options
from xlearning.client.plan import CacheEntry, Upload
from xlearning.errors import ConfigError
from xlearning.job.spec import ResourceKind

FS = "hdfs://nn:8020"


def files(line: str) -> DistributedFiles:
    return distributed_files(parse_options(line.split()), Place(FS, "alice", "/home/a"))


def test_local_files_are_uploaded_under_their_own_name() -> None:
    found = files("--files a.py,../b/c.py,/d/e.py#f.py,file:///g.py")
    assert found.uploads == (
        Upload("/home/a/a.py", "a.py", "--files"),
        Upload("/home/b/c.py", "c.py", "--files"),
        Upload("/d/e.py", "f.py", "--files"),
        Upload("/g.py", "g.py", "--files"),
    )
    assert found.cache == ()


def test_remote_files_are_used_where_they_are() -> None:
    found = files("--cacheFile /a/b,x#y --cacheArchive hdfs://o:1/z.tgz#env")
    assert found.cache == (
        CacheEntry(f"{FS}/a/b", "b", ResourceKind.FILE, "--cacheFile"),
        CacheEntry(f"{FS}/user/alice/x", "y", ResourceKind.FILE, "--cacheFile"),
        CacheEntry("hdfs://o:1/z.tgz", "env", ResourceKind.ARCHIVE, "--cacheArchive"),
    )


def test_jars_are_local_or_remote_and_make_the_class_path() -> None:
    found = files("--jars a.jar,hdfs:///lib/b.jar")
    assert found.uploads == (Upload("/home/a/a.jar", "a.jar", "--jars"),)
    assert found.cache == (
        CacheEntry(f"{FS}/lib/b.jar", "b.jar", ResourceKind.FILE, "--jars"),
    )
    assert found.class_path == "./a.jar:./b.jar"


def test_the_same_file_twice_is_once() -> None:
    assert len(files("--files a.py,./a.py").uploads) == 1


def test_two_files_with_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"`a\.py` would be two files") as caught:
        files("--files x/a.py,y/a.py")
    assert "path#name" in (caught.value.hint or "")


def test_one_file_with_two_names_is_refused() -> None:
    with pytest.raises(ConfigError, match="is given two names, `b` "):
        files("--cacheFile /a#b,/a#c")


def test_an_archive_that_yarn_will_not_unpack_is_warned_of() -> None:
    assert files("--cacheArchive /a.tar.gz,/b.ZIP").warnings == ()
    (warning,) = files("--cacheArchive /a.tar.xz").warnings
    assert f"YARN will not unpack `{FS}/a.tar.xz` (--cacheArchive)" in warning


def test_local_archives_are_uploaded_to_be_unpacked() -> None:
    found = files("--archiveFiles a.tgz,b.zip#b")
    archive = ResourceKind.ARCHIVE
    assert found.uploads == (
        Upload("/home/a/a.tgz", "a.tgz", "--archive-files", kind=archive),
        Upload("/home/a/b.zip", "b", "--archive-files", kind=archive),
    )


def roles(line: str) -> DistributedFiles:
    options = parse_options(line.split())
    return distributed_files(options, Place(FS, "alice", "/home/a"), options.roles)


def test_files_of_one_role() -> None:
    found = roles(
        "--files a.py --role w:files=b.py,cache-files=/c#c,cache-archives=/d.tgz#d "
        "--role v:files=b.py,files=x.py#c"
    )
    assert found.uploads == (
        Upload("/home/a/a.py", "a.py", "--files"),
        Upload("/home/a/b.py", "b.py", "--role w:files", ("w",)),
        Upload("/home/a/b.py", "b.py", "--role v:files", ("v",)),
        Upload("/home/a/x.py", "c", "--role v:files", ("v",)),
    )
    assert [(entry.url, entry.roles) for entry in found.cache] == [
        (f"{FS}/c", ("w",)),
        (f"{FS}/d.tgz", ("w",)),
    ]


def test_what_all_have_is_not_sent_again_for_one() -> None:
    found = roles("--files a.py --role w:files=a.py")
    assert found.uploads == (Upload("/home/a/a.py", "a.py", "--files"),)


def test_two_files_of_a_role_may_not_have_one_name() -> None:
    with pytest.raises(ConfigError, match=r"`a\.py` would be two files"):
        roles("--files a.py --role w:files=b/a.py")
    with pytest.raises(ConfigError, match=r"`e` would be two files.*--role w:cache"):
        roles("--role w:cache-archives=/a.tgz#e,cache-files=/b#e")
