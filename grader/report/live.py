"""What the front door shows while a grading goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from grader.report.figures import duration
from grader.text import clean

_REFRESHES_PER_S = 2
_TENTHS = 10
_PAUSE_S = 1.0


class LiveProgress:
    """A `grader.progress.Progress` that draws a bar, or prints plain lines into a file or pipe.

    Use it as a context manager. The bar is gone when it ends, so that the result stands alone.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Make a listener that prints on ``console`` and takes the time from ``clock``."""
        self._pace = _Pace(clock)
        self._view: _Bar | _Lines = (
            _Bar(console, self._pace) if console.is_terminal else _Lines(console, self._pace, clock)
        )

    def __enter__(self) -> Self:
        """Start drawing."""
        self._view.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop drawing and give the terminal back."""
        self._view.stop()

    def stage(self, text: str) -> None:
        """A new stage has begun."""
        self._view.stage(clean(text))

    def answered(self, done: int, total: int) -> None:
        """``done`` of ``total`` images have been asked."""
        self._pace.count(done, total)
        self._view.answered(done, total)


class _Pace:
    """How fast the images go, counted from the first call on: loading does not slow them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: tuple[float, int] | None = None
        self._done = self._total = 0

    def count(self, done: int, total: int) -> None:
        if self._began is None:
            self._began = self._clock(), done
        self._done, self._total = done, total

    @property
    def words(self) -> str:
        """E.g. ``4.1 images/s, 26.1 s left``; empty before it is known."""
        if self._began is None:
            return ""
        began, first = self._began
        elapsed_s, asked = self._clock() - began, self._done - first
        if asked <= 0 or elapsed_s <= 0:
            return ""
        pace = f"{asked / elapsed_s:.1f} images/s"
        if self._done >= self._total:
            return pace
        left_s = (self._total - self._done) * elapsed_s / asked
        return f"{pace}, {duration(left_s)} left"


class _Bar:
    def __init__(self, console: Console, pace: _Pace) -> None:
        self._progress = Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(bar_width=16),
            _Count(),
            _PaceColumn(pace, table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=_REFRESHES_PER_S,
            transient=True,
        )
        self._task = self._progress.add_task("Starting", total=None)

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()

    def stage(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def answered(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"{task.completed:.0f} of {task.total:.0f}"
        return Text(total)


class _PaceColumn(ProgressColumn):
    def __init__(self, pace: _Pace, table_column: Column) -> None:
        super().__init__(table_column)
        self._pace = pace

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich's signature
        return Text(self._pace.words, style="dim")


class _Lines:
    def __init__(self, console: Console, pace: _Pace, clock: Callable[[], float]) -> None:
        self._console = console
        self._pace = pace
        self._clock = clock
        self._told_tenth = 0
        self._told_at = -_PAUSE_S

    def start(self) -> None:
        """Nothing to open."""

    def stop(self) -> None:
        """Nothing to close."""

    def stage(self, text: str) -> None:
        self._told_at = self._clock()
        self._print(text)

    def answered(self, done: int, total: int) -> None:
        tenth = done * _TENTHS // total if total else 0
        now = self._clock()
        if tenth <= self._told_tenth or (now - self._told_at < _PAUSE_S and done < total):
            return
        self._told_tenth, self._told_at = tenth, now
        pace = f" ({self._pace.words})" if self._pace.words else ""
        self._print(f"{done} of {total} images{pace}")

    def _print(self, text: str) -> None:
        self._console.print(Text(f"  {text}"), soft_wrap=True)
