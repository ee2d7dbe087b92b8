from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.io.hdfs_storage import HdfsStorage
from xlearning.io.local_storage import LocalStorage
from xlearning.io.mapped_storage import MappedStorage
from xlearning.io.schemes import MAPPED_ROOT, open_storage
from xlearning.io.uris import split_url

MAPPED = {MAPPED_ROOT: "/home/hdfs"}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("file:///a", LocalStorage),
        ("hdfs://nn:8020/a", HdfsStorage),
        ("hdfs:///a", MappedStorage),
    ],
)
def test_the_scheme_chooses(url: str, kind: type) -> None:
    assert type(open_storage(split_url(url), MAPPED, None)) is kind


def test_what_has_no_host_is_nowhere() -> None:
    with pytest.raises(ConfigError, match="does not say which hdfs") as caught:
        open_storage(split_url("hdfs:///a"), {}, None)
    assert caught.value.hint == "write hdfs://HOST/a; fs.defaultFS is file:///"


def test_other_schemes_are_refused() -> None:
    with pytest.raises(ConfigError, match="`ftp` of `ftp://host/a` is not"):
        open_storage(split_url("ftp://host/a"), {}, None)
