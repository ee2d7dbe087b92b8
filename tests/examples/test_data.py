"""The data set that is shipped: complete, well formed, held-out data held out."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "examples" / "data"


def records(folder: str) -> list[str]:
    return [
        line
        for path in sorted((DATA / folder).iterdir())
        for line in path.read_text().splitlines()
    ]


def test_it_has_as_many_records_as_its_page_says() -> None:
    assert len(list((DATA / "tensorflow").iterdir())) == 8
    assert len(records("tensorflow")) == 1438
    assert len(records("tensorflow-test")) == 359


def test_a_record_is_64_pixels_and_a_digit() -> None:
    for record in records("tensorflow") + records("tensorflow-test"):
        *pixels, digit = [int(text) for text in record.split(",")]
        assert len(pixels) == 64
        assert 0 <= min(pixels) <= max(pixels) <= 16
        assert digit in range(10)


def test_no_record_is_in_both_parts() -> None:
    assert not set(records("tensorflow")) & set(records("tensorflow-test"))


def test_every_file_has_all_digits() -> None:
    for path in [
        *(DATA / "tensorflow").iterdir(),
        *(DATA / "tensorflow-test").iterdir(),
    ]:
        digits = {line.rpartition(",")[2] for line in path.read_text().splitlines()}
        assert digits == set("0123456789")
