from __future__ import annotations

from xlearning.config import key
from xlearning.config.key import KeyStatus, KeyType


def test_the_makers_of_rows() -> None:
    assert key.memory("k", 1, "").unit == "MiB"
    assert key.milliseconds("k", 1, "").unit == "ms"
    assert key.choice("k", ("a", "b"), "").default == "a"
    assert key.derived("k", "").status is KeyStatus.DERIVED
    assert key.no_effect("k", "1", "").status is KeyStatus.WARNED
    assert key.refused("k", "1", "").status is KeyStatus.REFUSED
    assert key.boolean("k", True, "").type is KeyType.BOOLEAN
    assert key.integer("k", 1, "", "other", minimum=1).aliases == ("other",)
    assert key.number("k", 0.5, "").type is KeyType.NUMBER
    assert key.text("k", None, "").default is None
