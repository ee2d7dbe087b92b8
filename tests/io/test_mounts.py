from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.errors import ConfigError
from xlearning.io.mounts import with_fallback
from xlearning.io.storage import storage_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.io.conftest import Place

TABLE = "fs.viewfs.mounttable.cl."


def test_what_is_not_mounted_is_nowhere() -> None:
    links = {f"{TABLE}link./b": "hdfs://two/x", f"{TABLE}link./a": "hdfs://one/x"}
    found = with_fallback(links, "cl")
    assert found == {**links, f"{TABLE}linkFallback": "hdfs://one/.not-mounted"}
    assert with_fallback(found, "cl") == found


def test_a_table_without_links_is_refused() -> None:
    other = {"fs.viewfs.mounttable.other.link./a": "hdfs://nn/a"}
    with pytest.raises(ConfigError, match="`viewfs://cl` is not in Hadoop's"):
        with_fallback(other, "cl")


@pytest.mark.hadoop
@pytest.mark.parametrize(
    ("table", "root"), [("cl", "viewfs://cl"), ("default", "viewfs://")]
)
def test_files_behind_a_mount(
    table: str, root: str, hdfs_place: Place, hadoop_properties: Mapping[str, str]
) -> None:
    link = f"fs.viewfs.mounttable.{table}.link./data"
    properties = {**hadoop_properties, link: hdfs_place.url("")}
    storage = storage_for(f"{root}/", properties, "root")
    storage.write(f"{root}/data/d/a b#%", b"12")
    assert hdfs_place.storage.read(hdfs_place.at("d/a b#%")) == b"12"
    assert storage.read(f"{root}/data/d/a b#%") == b"12"
    storage.rename(f"{root}/data/d", f"{root}/data/e")
    assert [s.path for s in storage.glob(f"{root}/da*/*/*")] == []
    assert [s.path for s in storage.glob(f"{root}/data/*/*")] == ["/data/e/a b#%"]
    assert storage.stat(f"{root}/elsewhere") is None
