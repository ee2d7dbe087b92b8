"""What a job wants of saves: how they are made, which one it begins with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.client.mappings import qualify
from xlearning.errors import ConfigError
from xlearning.job.spec import SaveOptions

if TYPE_CHECKING:
    from xlearning.client.files import Place
    from xlearning.client.options import Options
    from xlearning.config.load import Settings

SHORTEST_S = 1.0
"""Between two saves that nobody asks for."""
LAST = "last"
"""The word for the newest save of the job's own output."""


def save_options(settings: Settings) -> SaveOptions:
    """Return how outputs are saved while programs run.

    Raises:
        ConfigError: Saves would not be beside or below the output, or too many.
    """
    key = "xlearning.interresult.dir"
    directory = settings.text(key)
    if not directory or ".." in directory.split("/"):
        raise ConfigError(
            f"`{directory}` names no folder for saves ({settings.origin(key)})",
            hint=f"--conf {key}=/interResult_",
        )
    return SaveOptions(
        directory=directory,
        every_s=_every_s(settings),
        timeout_s=settings.seconds("xlearning.interresult.upload.timeout"),
        incremental=settings.flag("xlearning.interresult.save.inc"),
        keep=settings.integer("xlearning.interresult.keep"),
    )


def _every_s(settings: Settings) -> float:
    key = "xlearning.interresult.save.every"
    every_s = settings.seconds(key)
    if 0 < every_s < SHORTEST_S:
        raise ConfigError(
            f"saves every {every_s:g} s are too many ({settings.origin(key)})",
            hint=f"it is in milliseconds, {SHORTEST_S * 1000:.0f} or more; 0: never",
        )
    return every_s


def save_to_restore(options: Options, place: Place) -> str:
    """Return which save is put back: `last`, a qualified URL, or "".

    Raises:
        ConfigError: Nothing can be put back.
    """
    given = options.restore
    if given and not options.outputs:
        raise ConfigError(
            f"`--restore {given}` has no local folder to fill",
            hint="a save is put into the folder of an output: add --output PATH#DIR",
        )
    if given in ("", LAST):
        return given
    return qualify(given, place.default_fs, place.user, "--restore")
