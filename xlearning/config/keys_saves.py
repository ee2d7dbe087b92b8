"""The keys of saves of the model while it trains. Pure."""

from __future__ import annotations

from xlearning.config.key import Key, KeyType, boolean, integer, no_effect, text

SAVES: tuple[Key, ...] = (
    text(
        "xlearning.interresult.dir",
        "/interResult_",
        "appended to an output, with the time behind it: the folder of a save",
    ),
    Key(
        name="xlearning.interresult.save.every",
        doc="how often outputs are saved while programs run; 0: only when asked for",
        type=KeyType.MILLISECONDS,
        default=0,
        unit="ms",
        aliases=("hbox.interresult.upload.interval",),
        minimum=0,
    ),
    integer(
        "xlearning.interresult.keep", 0, "saves that are kept, the newest ones; 0: all"
    ),
    boolean(
        "xlearning.interresult.save.inc",
        False,
        "copy only changed files; others move from the save before into the new one",
        "hbox.interresult.upload.inc",
    ),
    Key(
        name="xlearning.interresult.upload.timeout",
        doc="a save that is not complete by then is given up",
        type=KeyType.MILLISECONDS,
        default=3_000_000,
        unit="ms",
        minimum=1,
    ),
    no_effect(
        "xlearning.file.list.level", "2", "saves have whole folders, however deep"
    ),
)
