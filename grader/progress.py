"""What a grading tells while it goes on. The pipeline speaks, a view listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

OnProgress = Callable[[int, int], None]
"""Called with how many of how many are done."""


class Progress(Protocol):
    """A listener. The calls come from the thread that grades."""

    def stage(self, text: str) -> None:
        """A new stage has begun; ``text`` says which, e.g. ``Loading the model``."""

    def answered(self, done: int, total: int) -> None:
        """``done`` of ``total`` images have been asked."""


def say_nothing(_done: int, _total: int) -> None:
    """An `OnProgress` that shows nothing."""


class Silence:
    """A listener that shows nothing."""

    def stage(self, text: str) -> None:
        """Say nothing."""

    def answered(self, done: int, total: int) -> None:
        """Say nothing."""
