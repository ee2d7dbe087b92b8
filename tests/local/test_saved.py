from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from xlearning.local.saved import SavedApplication, SavedTokens

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SAVED = st.builds(SavedApplication, used=st.tuples(FINITE, FINITE)) | st.builds(
    SavedTokens
)


@given(SAVED)
def test_nothing_is_lost_in_a_file(saved: SavedApplication | SavedTokens) -> None:
    data = msgspec.json.encode(saved)
    assert msgspec.json.decode(data, type=type(saved)) == saved
