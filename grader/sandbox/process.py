"""Boxes that are plain child processes: for a student's own check, on any system.

This is no isolation. The submission runs with the rights of whoever started the grader and can
read and write whatever they can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from grader.errors import SystemFault
from grader.records import Cause, Ending
from grader.sandbox.base import BoxPlan
from grader.sandbox.launch import GUEST_PACKAGE, guest_command, guest_environment, start_guest
from grader.sandbox.pipes import PipeBox
from grader.sandbox.watch import LookingWatch

_MIB = 1024 * 1024


class PlainProcess:
    """Opens boxes as child processes in a process group of their own, with deadlines."""

    name = "process"
    isolates = False

    def open(self, plan: BoxPlan) -> _FolderBox:
        """See `Sandbox.open`."""
        try:
            home = Path(tempfile.mkdtemp(prefix="grader-box-"))
            for file in plan.parcel.iterdir():
                shutil.copyfile(file, home / file.name)
            process = _start(plan, home)
        except OSError as error:
            raise SystemFault(f"The box cannot be started: {error}.") from error
        watch = LookingWatch(process.pid, plan.limits.memory_mib, plan.limits.processes)
        return _FolderBox(process, watch, plan.limits.log_mib * _MIB, home)


class _FolderBox(PipeBox):
    """A box whose only place on disk is a temporary folder, removed at the end."""

    def __init__(
        self, process: subprocess.Popen[bytes], watch: LookingWatch, log_bytes: int, home: Path
    ) -> None:
        super().__init__(process, watch, log_bytes)
        self._home = home

    def close(self, cause: Cause, detail: str = "") -> Ending:
        """See `Box.close`."""
        ending = super().close(cause, detail)
        shutil.rmtree(self._home, ignore_errors=True)
        return ending


def _start(plan: BoxPlan, home: Path) -> subprocess.Popen[bytes]:
    command = guest_command(str(GUEST_PACKAGE.parent))
    environment = {**_system_environment(), **guest_environment(str(home))}
    return start_guest(command, environment, plan.limits, folder=home)


def _system_environment() -> dict[str, str]:
    """What Windows needs to start a program at all."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
