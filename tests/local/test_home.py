from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.local.world import World
from xlearning.config.site import read_xml
from xlearning.errors import ConfigError, XLearningError
from xlearning.local.home import Home, LocalSpec, ServerFile
from xlearning.local.memory import remember

if TYPE_CHECKING:
    from pathlib import Path

SAVED = remember(World().run())


def test_what_was_asked_for_is_remembered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.read() is None
    server = ServerFile(LocalSpec(nodes=3), {"web": 1}, 7, 2)
    home.write(server)
    assert home.read() == server


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text("{")
    with pytest.raises(ConfigError, match=r"server.json` cannot be read"):
        Home(tmp_path).read()


def test_applications_come_back_in_order_and_damaged_ones_do_not(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    assert home.applications() == []
    later = msgspec.structs.replace(
        SAVED, id="application_0_0009", submitted_ms=SAVED.submitted_ms + 1
    )
    home.save(later)
    home.save(SAVED)
    (tmp_path / "apps" / "application_2_0001.json").write_text("{")
    assert home.applications() == [SAVED, later]
    home.forget(SAVED)
    assert home.applications() == [later]


def test_nobody_holds_a_home_that_nobody_made(tmp_path: Path) -> None:
    assert Home(tmp_path / "none").server_pid() is None


def test_a_home_is_held_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with home.running():
        assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(XLearningError, match="cannot be used"),
        Home(tmp_path / "file" / "home").running(),
    ):
        raise AssertionError("it was made")


def test_the_configuration_is_hadoop_s(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write_conf({"core-site.xml": {"a": "<&>"}})
    assert read_xml(home.conf_dir / "core-site.xml") == {"a": ("<&>", False)}


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / ".server.json.new").symlink_to("/dev/full")
    with pytest.raises(ConfigError, match="cannot be used: No space left on device"):
        home.write(ServerFile(LocalSpec(), {}))
    home.conf_dir.mkdir()
    (home.conf_dir / ".core-site.xml.new").symlink_to("/dev/full")
    with pytest.raises(ConfigError, match="No space left on device"):
        home.write_conf({"core-site.xml": {"a": "b"}})


def test_damaged_keys_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("{")
    assert Home(tmp_path).tokens() is None
