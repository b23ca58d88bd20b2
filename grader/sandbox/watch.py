"""Who keeps a box to its limits and ends its processes: the kernel's cgroup, or we by looking."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Protocol

import psutil

from grader.records import Cause
from grader.sandbox.cgroups import Cgroup

_MIB = 1024 * 1024
_GONE_WITHIN_S = 2.0
_LOOK_S = 0.05
_LOOK_AT_ALL_S = 0.5  # walking all processes is dear, the first one is cheap


@dataclass(frozen=True, slots=True)
class Usage:
    """What a box has used."""

    cpu_time_s: float
    peak_memory_mib: float
    memory_killed: bool = False


class Watch(Protocol):
    """Keeps one box to its limits."""

    def broken_limit(self) -> Cause | None:
        """The limit that the box has broken, if any. Called some twenty times a second."""

    def end_everything(self, process: subprocess.Popen[bytes]) -> None:
        """Kill all processes of the box."""

    def usage(self) -> Usage:
        """What the box has used so far."""

    def release(self) -> None:
        """Give back what the watch holds, after the end."""


class CgroupWatch:
    """The kernel enforces the limits; we only read what it counted."""

    def __init__(self, cgroup: Cgroup) -> None:
        self._cgroup = cgroup

    def broken_limit(self) -> Cause | None:
        """None: a box over its memory is killed by the kernel, one over its processes refused."""
        return None

    def end_everything(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the box's own group and whatever else is in its cgroup."""
        _kill_group(process)
        self._cgroup.kill()

    def usage(self) -> Usage:
        """The kernel's figures."""
        return Usage(
            self._cgroup.cpu_time_s(), self._cgroup.peak_memory_mib(), self._cgroup.memory_killed()
        )

    def release(self) -> None:
        """Remove the cgroup."""
        self._cgroup.remove()


class LookingWatch:
    """Looks at the process tree from outside: works anywhere, overshoots by tens of MiB."""

    def __init__(self, process_id: int, memory_mib: int, processes: int) -> None:
        self._root = _find(process_id)
        self._memory_mib = memory_mib
        self._processes = processes
        self._last_look = self._last_full_look = 0.0
        self._family: list[psutil.Process] = []
        self._peak_mib = 0.0
        self._cpu_time_s = 0.0

    def broken_limit(self) -> Cause | None:
        """MEMORY or PROCESSES, if a look at the tree shows more than is allowed."""
        now = time.monotonic()
        if self._root is None or now - self._last_look < _LOOK_S:
            return None
        self._last_look = now
        if now - self._last_full_look >= _LOOK_AT_ALL_S:
            self._last_full_look = now
            self._family = _family_of(self._root)
        return self._look()

    def end_everything(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the process group and all descendants that can be found, and see them gone."""
        # Of a first process that has ended already, only the family of the last look is known.
        family = {*self._family, *(_family_of(self._root) if self._root else ())}
        descendants = [member for member in family if member.pid != process.pid]
        _kill_group(process)
        for member in descendants:
            with contextlib.suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(descendants, timeout=_GONE_WITHIN_S)

    def usage(self) -> Usage:
        """What was seen by looking; what came between two looks is missed."""
        return Usage(self._cpu_time_s, self._peak_mib)

    def release(self) -> None:
        """Nothing is held."""

    def _look(self) -> Cause | None:
        memory_mib = cpu_time_s = 0.0
        threads = 0
        for member in self._family:
            with contextlib.suppress(psutil.Error), member.oneshot():
                memory_mib += _memory_mib(member, alone=len(self._family) == 1)
                threads += member.num_threads()
                times = member.cpu_times()
                cpu_time_s += times.user + times.system
        self._peak_mib = max(self._peak_mib, memory_mib)
        self._cpu_time_s = max(self._cpu_time_s, cpu_time_s)
        if memory_mib > self._memory_mib:
            return Cause.MEMORY
        return Cause.PROCESSES if threads > self._processes else None


def _find(process_id: int) -> psutil.Process | None:
    try:
        return psutil.Process(process_id)
    except psutil.Error:
        return None


def _family_of(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _memory_mib(process: psutil.Process, *, alone: bool) -> float:
    """Resident memory; what forked processes share is divided among them where that is known."""
    if not alone:
        with contextlib.suppress(psutil.Error, AttributeError):
            return float(process.memory_full_info().pss) / _MIB
    return float(process.memory_info().rss) / _MIB


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
