"""What every sandbox is: something that opens boxes. What a box is: something that answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.assignment import Limits
from grader.records import Cause, Ending


@dataclass(frozen=True, slots=True)
class BoxPlan:
    """What a box is made from.

    Attributes:
        parcel: Folder with the submission's two files; the box sees it read-only or as a copy.
        limits: What the box may use.
        secrets: Folders that must not be visible inside, e.g. that of the ground truth.
    """

    parcel: Path
    limits: Limits
    secrets: tuple[Path, ...] = ()


class BoxGone(Exception):
    """The box ended, or must be ended, while something was asked of it.

    It stays between a box and the interview that asks: nobody else sees it.
    """

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


class Box(Protocol):
    """One running instance of a sandbox with a guest inside."""

    def exchange(self, request: bytes, reply: memoryview, deadline: float) -> None:
        """Send ``request`` (may be empty) and fill ``reply`` with what the guest writes.

        Args:
            request: Bytes for the guest. Before a request is sent the guest must have been silent.
            reply: Buffer to fill completely.
            deadline: On the clock of `time.monotonic`, in seconds.

        Raises:
            BoxGone: The box ended, broke a limit or the silence, or was too slow.
        """

    def close(self, cause: Cause, detail: str = "") -> Ending:
        """End the box and everything in it, and say what became of it. Safe to call again.

        Args:
            cause: Why we end it. `Cause.EXITED` asks the box for its own account: an exit code, a
                signal, or a memory limit.
            detail: For the instructor.
        """


class Sandbox(Protocol):
    """Opens boxes."""

    @property
    def name(self) -> str:
        """As given to ``--backend``."""

    @property
    def isolates(self) -> bool:
        """Whether it promises to keep a hostile submission inside."""

    def open(self, plan: BoxPlan) -> Box:
        """Start a fresh box with a guest in it.

        Raises:
            SystemFault: The box cannot be made on this machine.
        """
