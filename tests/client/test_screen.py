from __future__ import annotations

import io
from typing import TYPE_CHECKING

from xlearning.client.screen import BarScreen, LineScreen, screen_for

if TYPE_CHECKING:
    import pytest


def test_lines_go_to_the_stream() -> None:
    stream = io.StringIO()
    screen = LineScreen(stream)
    screen.say("one")
    screen.draw(0.5, "never")
    screen.ask()
    screen.close()
    assert stream.getvalue() == "one\nstop the job? [y/N] "


def test_stderr_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    screen_for(terminal=False).say("one")
    assert capsys.readouterr() == ("", "one\n")


def test_a_bar_lets_lines_through_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = screen_for(terminal=True)
    assert isinstance(screen, BarScreen)
    screen.say("[bold]before[/bold]")
    screen.draw(0.5, "1 running [x]")
    screen.say("[bold]during[/bold]")
    screen.ask()
    screen.close()
    err = capsys.readouterr().err
    assert "[bold]before[/bold]\n" in err
    assert "[bold]during[/bold]\n" in err
    assert err.endswith("stop the job? [y/N] ")


def test_the_time_goes_on_behind_a_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = BarScreen()
    screen.draw(0.5, "1 running")
    first = screen.progress
    assert first is not None
    screen.ask()
    screen.draw(0.5, "1 running")
    second = screen.progress
    screen.close()
    assert second is not None
    assert second is not first
    assert second.tasks[0].start_time == first.tasks[0].start_time
    assert "stop the job?" in capsys.readouterr().err
