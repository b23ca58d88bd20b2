from __future__ import annotations

import io
import itertools

import pytest
from rich.console import Console

from grader.report.live import LiveProgress


def test_a_pipe_gets_a_line_for_each_stage_and_each_tenth() -> None:
    file = io.StringIO()
    seconds = itertools.count(0.0, 0.5)
    console = Console(file=file, width=80)
    with LiveProgress(console, clock=lambda: next(seconds)) as progress:
        progress.stage("Loading the model")
        for done in range(121):
            progress.answered(done, 120)
    lines = file.getvalue().splitlines()
    assert lines[0] == "  Loading the model"
    assert [line.split(" images")[0] for line in lines[1:]] == [
        f"  {done} of 120" for done in range(12, 121, 12)
    ]
    assert "images/s" in lines[1]
    assert "left" in lines[-2]
    assert lines[-1].endswith("images/s)")


def test_the_pace_counts_images_and_not_the_loading_before() -> None:
    file = io.StringIO()
    times = iter([100.0, 102.0, 102.0, 102.0])
    with LiveProgress(Console(file=file, width=80), clock=lambda: next(times, 102.0)) as progress:
        progress.answered(0, 20)
        progress.answered(10, 20)
    assert "10 of 20 images (5.0 images/s, 2.0 s left)" in file.getvalue()


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end() -> None:
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True)
    with LiveProgress(console) as progress:
        progress.stage("Predicting [bold]")
        progress.answered(3, 120)
    text = file.getvalue()
    assert "Predicting [bold]" in text
    assert "3 of 120" in text
    assert text.endswith("\x1b[1A\x1b[2K") or text.rstrip("\r").endswith("\x1b[2K")


def test_the_terminal_is_given_back_after_an_interruption() -> None:
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True)
    with pytest.raises(KeyboardInterrupt):
        _grade_until_interrupted(LiveProgress(console))
    assert file.getvalue().rfind("\x1b[?25h") > file.getvalue().rfind("\x1b[?25l")


def _grade_until_interrupted(live: LiveProgress) -> None:
    with live as progress:
        progress.stage("Predicting")
        raise KeyboardInterrupt
