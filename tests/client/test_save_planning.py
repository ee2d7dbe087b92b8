from __future__ import annotations

import pytest

from tests.client.test_stream_planning import plan
from xlearning.errors import ConfigError
from xlearning.job.spec import SaveOptions

KEY = "--conf xlearning.interresult"


def test_all_that_is_set_reaches_the_job() -> None:
    found = plan(
        "--output /o#m --save-every 60000 --save-keep 3 --save-inc true "
        f"{KEY}.dir=/s_ xlearning.interresult.upload.timeout=5000"
    )
    assert found.job.saves == SaveOptions("/s_", 60.0, 5.0, True, 3)
    assert plan("--output /o").job.saves == SaveOptions()


@pytest.mark.parametrize("directory", ["", "/../x_", "/a/../b"])
def test_saves_stay_where_the_output_is(directory: str) -> None:
    with pytest.raises(ConfigError, match="names no folder for saves"):
        plan(f"--output /o {KEY}.dir={directory}")


def test_seconds_are_not_taken_for_milliseconds() -> None:
    with pytest.raises(ConfigError, match=r"every 0\.06 s are too many") as caught:
        plan("--output /o --save-every 60")
    assert "in milliseconds, 1000 or more" in str(caught.value.hint)
    assert plan("--output /o --save-every 1000").job.saves.every_s == 1.0


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", ""),
        ("--restore last", "last"),
        ("--restore o/interResult_1", "hdfs://nn:8020/user/alice/o/interResult_1"),
        ("--restore hdfs://b:1/s", "hdfs://b:1/s"),
    ],
)
def test_the_save_to_begin_with(given: str, meant: str) -> None:
    assert plan(f"--output /o#m {given}").restore == meant


def test_without_an_output_there_is_nothing_to_fill() -> None:
    with pytest.raises(ConfigError, match="has no local folder to fill"):
        plan("--restore last")
