from __future__ import annotations

import pytest
from pyarrow import fs

from xlearning.errors import ConfigError
from xlearning.io.object_stores import open_store


def test_s3_is_told_where_it_is() -> None:
    store = open_store(
        "s3a",
        "bucket",
        {
            "fs.s3a.endpoint": "http://minio:9000",
            "fs.s3a.access.key": "key",
            "fs.s3a.secret.key": "secret",
        },
    )
    assert isinstance(store, fs.S3FileSystem)
    assert store.region == "us-east-1"


def test_azure_is_told_the_account() -> None:
    host = "account.dfs.core.windows.net"
    key = {f"fs.azure.account.key.{host}": "c2VjcmV0"}
    assert isinstance(open_store("abfs", f"box@{host}", key), fs.AzureFileSystem)
    for authority in ("box", f"@{host}", "box@"):
        with pytest.raises(ConfigError, match="which container of which account"):
            open_store("abfss", authority, {})


def test_google_is_opened_with_what_the_machine_has() -> None:
    assert isinstance(open_store("gs", "bucket", {}), fs.GcsFileSystem)
