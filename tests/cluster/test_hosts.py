from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xlearning.cluster.hosts import ensure_host_names, missing_lines, parse_hosts

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = "127.0.0.1\tlocalhost  vm # nm1 is not here\n\n# comment\n127.0.2.1 nm1 one\n"


def test_lines_are_read_without_comments() -> None:
    assert parse_hosts(HOSTS) == [
        ("127.0.0.1", ["localhost", "vm"]),
        ("127.0.2.1", ["nm1", "one"]),
    ]


def test_only_what_is_missing_is_added() -> None:
    assert missing_lines(HOSTS, 3) == ["127.0.2.2 nm2", "127.0.2.3 nm3"]
    assert missing_lines(HOSTS, 1) == []


@pytest.mark.parametrize(
    "line", ["10.0.0.7 nm2", "127.0.2.2 other nm2", "127.0.2.2 other"]
)
def test_a_name_that_means_something_else_is_left_alone(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "hosts"
    path.write_text(f"{line}\n")
    names = ensure_host_names(2, path)
    assert not names.usable
    assert "means something else" in names.reason
    assert path.read_text() == f"{line}\n"


def test_names_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost")
    ensure_host_names(2, path)
    ensure_host_names(2, path)
    expected = "127.0.0.1 localhost\n127.0.2.1 nm1\n127.0.2.2 nm2\n"
    assert path.read_text() == expected


def test_where_the_file_cannot_be_used_the_reason_is_told(tmp_path: Path) -> None:
    names = ensure_host_names(1, tmp_path / "none" / "hosts")
    assert not names.usable
    assert "No such file" in names.reason


def test_names_that_lead_nowhere_are_not_usable(tmp_path: Path) -> None:
    """The resolver reads another file than this one: it decides."""
    path = tmp_path / "hosts"
    path.write_text("")
    names = ensure_host_names(199, path)
    assert not names.usable
    assert "nm" in names.reason
