"""Which adapter serves which type word."""

from __future__ import annotations

import importlib
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from xlearning.errors import ConfigError
from xlearning.frameworks.generic import GENERIC, Generic
from xlearning.frameworks.registry import (
    GROUP,
    NOT_YET_SUPPORTED,
    OWN_TYPES,
    adapter,
    is_missing,
    types,
)
from xlearning.frameworks.tensorflow import TensorFlow

ROOT = Path(__file__).parents[2]


def test_tensorflow_has_an_adapter_of_its_own() -> None:
    assert isinstance(adapter("TENSORFLOW"), TensorFlow)


@pytest.mark.parametrize("word", ["XLEARNING", "CAFFE", "", "NO SUCH WORD"])
def test_every_other_word_is_generic(word: str) -> None:
    assert isinstance(adapter(word), Generic)
    assert word not in NOT_YET_SUPPORTED


def test_types_that_would_not_get_their_cluster_are_known() -> None:
    assert all(word == word.upper() for word in NOT_YET_SUPPORTED)
    assert {"VPC", "DIGITS"} <= NOT_YET_SUPPORTED
    assert not NOT_YET_SUPPORTED & OWN_TYPES.keys()


def test_our_types_are_entry_points_like_a_site_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"][GROUP] == OWN_TYPES
    assert set(types()) >= OWN_TYPES.keys()


SITE_PACKAGE = {
    "house.py": "from xlearning.frameworks.generic import Generic\nHOUSE = Generic()\n",
    "house-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: house\nVersion: 1\n",
    "house-1.0.dist-info/entry_points.txt": (
        "[xlearning.frameworks]\nhouse = house:HOUSE\nxlearning = house:HOUSE\n"
        "broken = house:NOT_THERE\nvpc = house:HOUSE\n"
    ),
}


def installed(folder: Path, *, zipped: bool) -> Path:
    """Return what `sys.path` has to name for the site's package to be there."""
    for name, content in SITE_PACKAGE.items():
        path = folder / "package" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(content, "utf-8")
    if not zipped:
        return folder / "package"
    return Path(
        shutil.make_archive(str(folder / "packages"), "zip", folder / "package")
    )


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_site_adds_types_and_replaces_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    monkeypatch.syspath_prepend(installed(tmp_path, zipped=zipped))
    monkeypatch.delitem(sys.modules, "house", raising=False)
    adapter.cache_clear()
    house = importlib.import_module("house").HOUSE
    assert adapter("HOUSE") is house
    assert not is_missing("VPC")
    assert is_missing("DIGITS")
    assert adapter("XLEARNING") is adapter("ANYTHING") is GENERIC
    with pytest.raises(ConfigError, match="BROKEN cannot be used") as refused:
        adapter("BROKEN")
    assert "`house:NOT_THERE`" in (refused.value.hint or "")
    with pytest.raises(ConfigError, match="BROKEN"):
        types()
    adapter.cache_clear()
