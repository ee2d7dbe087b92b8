from __future__ import annotations

import random
import zlib

import pytest

from xlearning.errors import ConfigError
from xlearning.job.environment import HADOOP_PROPERTIES, JOB_SECRET, JOB_SPEC
from xlearning.job.handover import LIMIT_BYTES, Handover, pack, unpack
from xlearning.job.resources import Resources
from xlearning.job.spec import JobSpec, RoleSpec, RuntimeSpec

SECRET = bytes(range(32))
JOB = JobSpec(
    application_id="application_1700000000000_0001",
    name="demo",
    application_type="TENSORFLOW",
    user="alice",
    queue="default",
    priority=3,
    am=Resources(1024, 1),
    roles=(RoleSpec("worker", 2, Resources(512, 1), ("python", "demo.py")),),
    staging_url="hdfs://nn:8020/tmp/s",
    runtime=RuntimeSpec("/opt/xl/bin/python"),
    default_fs="hdfs://nn:8020",
)


def test_what_is_packed_is_unpacked() -> None:
    handover = Handover(JOB, {"fs.defaultFS": "hdfs://nn:8020"}, SECRET)
    assert unpack(pack(handover)) == handover


@pytest.mark.parametrize(
    "name",
    [
        "hadoop.security.group.mapping.ldap.bind.password",
        "ssl.server.keystore.keypassword",
        "ssl.client.truststore.pass",
        "dfs.adls.oauth2.credential",
        "my.client.secret",
    ],
)
def test_passwords_stay_behind(name: str) -> None:
    packed = pack(Handover(JOB, {name: "hush", "yarn.acl.enable": "true"}, b""))
    assert unpack(packed).hadoop == {"yarn.acl.enable": "true"}


def test_the_keys_of_a_file_system_are_needed() -> None:
    keys = {"fs.s3a.access.key": "id", "fs.s3a.secret.key": "hush"}
    assert unpack(pack(Handover(JOB, keys, SECRET))).hadoop == keys


def test_too_large_a_job_is_refused() -> None:
    noise = random.Random(5).randbytes(LIMIT_BYTES).hex()
    with pytest.raises(ConfigError, match=f"more than {LIMIT_BYTES}") as found:
        pack(Handover(JOB, {"noise": noise}, SECRET))
    assert "globs" in str(found.value.hint)


@pytest.mark.parametrize("alias", [JOB_SPEC, HADOOP_PROPERTIES, JOB_SECRET])
def test_a_missing_part_is_named(alias: str) -> None:
    packed = pack(Handover(JOB, {}, SECRET))
    del packed[alias]
    with pytest.raises(ConfigError, match=alias):
        unpack(packed)


@pytest.mark.parametrize("part", [b"no zlib", zlib.compress(b"{}")])
def test_a_part_of_another_version_is_refused(part: bytes) -> None:
    packed = pack(Handover(JOB, {}, SECRET)) | {JOB_SPEC: part}
    with pytest.raises(ConfigError, match="cannot be read") as found:
        unpack(packed)
    assert "one version" in str(found.value.hint)
