from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.io.s3_options import (
    S3Options,
    from_environment,
    http_url,
    s3_options,
)

KEYS = {"fs.s3a.access.key": "key", "fs.s3a.secret.key": "secret"}


def test_aws_is_the_default() -> None:
    assert s3_options({}, "b") == S3Options()


@pytest.mark.parametrize(
    ("endpoint", "ssl", "scheme"),
    [
        ("http://minio:9000/", "", "http"),
        ("https://minio:9000", "false", "https"),
        ("minio:9000", "false", "http"),
        ("minio:9000", "", "https"),
    ],
)
def test_an_endpoint_of_ones_own(endpoint: str, ssl: str, scheme: str) -> None:
    options = s3_options(
        {
            **KEYS,
            "fs.s3a.endpoint": endpoint,
            "fs.s3a.connection.ssl.enabled": ssl,
            "fs.s3a.session.token": "token",
        },
        "b",
    )
    assert options == S3Options(
        "key", "secret", "token", "minio:9000", scheme, "us-east-1"
    )


def test_a_bucket_may_have_properties_of_its_own() -> None:
    properties = {
        **KEYS,
        "fs.s3a.bucket.b.access.key": "own",
        "fs.s3a.bucket.b.endpoint.region": "eu-west-1",
        "fs.s3a.aws.credentials.provider": "org.x.AnonymousAWSCredentialsProvider",
    }
    assert s3_options(properties, "b").access_key == "own"
    assert s3_options(properties, "b").region == "eu-west-1"
    assert s3_options(properties, "b").anonymous
    assert s3_options(properties, "c").access_key == "key"


def test_hosts_may_be_named_after_buckets() -> None:
    style = {"fs.s3a.path.style.access": "false"}
    assert not s3_options(style, "b").virtual_hosts
    assert s3_options({**style, "fs.s3a.endpoint": "s3.x.org"}, "b").virtual_hosts


@pytest.mark.parametrize(
    ("given", "missing"), [("access", "secret"), ("secret", "access")]
)
def test_half_a_pair_of_keys_is_refused(given: str, missing: str) -> None:
    with pytest.raises(ConfigError, match=f"`fs.s3a.{missing}.key` is not set"):
        s3_options({f"fs.s3a.{given}.key": "x"}, "b")


def test_the_variables_of_aws() -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": "http://other",
        "AWS_REGION": "",
        "HOME": "/",
    }
    assert from_environment(environ) == {**KEYS, "fs.s3a.endpoint": "http://other"}
    own = {"AWS_ENDPOINT_URL_S3": "http://own"}
    assert from_environment(environ | own)["fs.s3a.endpoint"] == "http://own"
    assert from_environment({}) == {}


@pytest.mark.parametrize(
    ("properties", "address"),
    [
        ({}, "https://s3.amazonaws.com/b/x/%C3%BC%20%23%25.csv"),
        (
            {"fs.s3a.endpoint.region": "eu-west-1"},
            "https://s3.eu-west-1.amazonaws.com/b/x/%C3%BC%20%23%25.csv",
        ),
        (
            {**KEYS, "fs.s3a.endpoint": "http://minio:9000"},
            "http://minio:9000/b/x/%C3%BC%20%23%25.csv",
        ),
        (
            {"fs.s3a.endpoint": "cloud", "fs.s3a.path.style.access": "false"},
            "https://b.cloud/x/%C3%BC%20%23%25.csv",
        ),
    ],
)
def test_where_an_object_is_on_the_web(
    properties: dict[str, str], address: str
) -> None:
    assert http_url("s3://b/x/ü #%.csv", properties) == address
