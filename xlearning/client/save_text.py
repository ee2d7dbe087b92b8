"""Saves as text for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlearning.client.job_text import moment_text, table_lines
from xlearning.job.amounts import bytes_text
from xlearning.job.states import SaveState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlearning.job.snapshot import SaveView

_COLUMNS = ("SAVED", "STATE", "FILES", "SIZE", "TASKS", "BY", "REMARKS", "PATH")


def save_lines(saves: Sequence[SaveView]) -> list[str]:
    """Return a table of saves, the newest first."""
    return table_lines(_COLUMNS, [_row(save) for save in reversed(saves)])


def complete_line(save: SaveView) -> str:
    """Return what is said of a save that was waited for."""
    files = "1 file" if save.files == 1 else f"{save.files} files"
    words = f"saved the model completed! {files}, {bytes_text(save.bytes)}"
    remarks = _remarks(save)
    return f"{words} ({remarks})" if remarks else words


def _row(save: SaveView) -> tuple[str, ...]:
    failed = save.state is SaveState.FAILED
    return (
        moment_text(save.started_ms),
        save.state.value,
        "" if failed else str(save.files),
        "" if failed else bytes_text(save.bytes),
        f"{save.done}/{save.tasks}",
        save.who,
        _remarks(save),
        "" if failed else ", ".join(save.urls),
    )


def _remarks(save: SaveView) -> str:
    remarks = [save.problem] if save.problem else []
    if save.state is SaveState.SAVING and save.copied_bytes:
        remarks.append(f"copied {bytes_text(save.copied_bytes)} so far")
    if save.left_out_count:
        names = ", ".join(save.left_out)
        remarks.append(f"{save.left_out_count} left out, always changing: {names}")
    return "; ".join(remarks)
