from __future__ import annotations

import pytest

from xlearning.job.hbox import S3, SEVERAL, SWITCHES, spelt_out, with_aliases


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hbox.worker.num", "2", [("hbox.worker.num", "2")]),
        ("hbox.input.stream", "TRUE", [("xlearning.input.strategy", "STREAM")]),
        ("hbox.input.stream", "false", []),
        ("hbox.s3.cluster", "s3:9000", [("fs.s3a.endpoint", "http://s3:9000")]),
        ("hbox.s3.cluster", "https://s3", [("fs.s3a.endpoint", "https://s3")]),
        ("hbox.s3.cluster", "", [("fs.s3a.endpoint", "")]),
        ("hbox.s3.key.access", "key", [("fs.s3a.access.key", "key")]),
    ],
)
def test_keys_are_spelt_out(
    name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert spelt_out(name, text) == expected


def test_one_label_is_for_all() -> None:
    found = spelt_out("hbox.job.labelname", "gpu")
    assert len(found) == 3
    assert {text for _, text in found} == {"gpu"}


def test_only_keys_of_hbox_are_in_the_tables() -> None:
    assert all(name.startswith("hbox.") for name in (*S3, *SEVERAL, *SWITCHES))


def test_variables_have_their_hbox_names_and_the_users_win() -> None:
    found = with_aliases({"TF_INDEX": "2", "GPU_NUM": "1", "INPUT_PATH": "mine"})
    assert found["INDEX"] == "2"
    assert found["HBOX_CONTAIENR_GPU_NUM"] == "1"
    assert found["INPUT_PATH"] == "mine"
    assert "HBOX_APP_TYPE" not in found
