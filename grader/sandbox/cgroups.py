"""Control groups: the kernel's own limits on memory and processes (Linux, where we may make them).

Both versions are known: version 2 has one folder, version 1 one folder for each controller.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PREFIX = "grader-"
_MIB = 1024 * 1024
_REMOVE_WITHIN_S = 2.0


class Cgroup:
    """A control group made for one box.

    Args:
        folders: Controller name to folder; in version 2 all are the same.
    """

    def __init__(self, folders: dict[str, Path], version: int) -> None:
        self._folders = folders
        self._version = version

    def join(self) -> None:
        """Move the calling process in. Safe between fork and exec: it only writes files."""
        for folder in set(self._folders.values()):
            descriptor = os.open(folder / "cgroup.procs", os.O_WRONLY)
            os.write(descriptor, b"0")
            os.close(descriptor)

    def memory_killed(self) -> bool:
        """Whether the kernel killed a process in here for its memory."""
        name = "memory.events" if self._version == 2 else "memory.oom_control"
        for line in self._read("memory", name).splitlines():
            key, _, count = line.partition(" ")
            if key == "oom_kill":
                return int(count) > 0
        return False

    def peak_memory_mib(self) -> float:
        """Highest memory use, caches and temporary files included."""
        name = "memory.peak" if self._version == 2 else "memory.max_usage_in_bytes"
        return int(self._read("memory", name) or 0) / _MIB

    def cpu_time_s(self) -> float:
        """Processor time of everything that ran in here."""
        if self._version == 1:
            return int(self._read("cpuacct", "cpuacct.usage") or 0) / 1e9
        fields = dict(line.split() for line in self._read("cpu", "cpu.stat").splitlines())
        return int(fields.get("usage_usec", 0)) / 1e6

    def kill(self) -> None:
        """Kill every process in here."""
        for text in self._read("pids", "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(text), signal.SIGKILL)

    def remove(self) -> None:
        """Remove the folders; a process that is still dying is waited for, but not for ever."""
        give_up = time.monotonic() + _REMOVE_WITHIN_S
        for folder in set(self._folders.values()):
            while folder.exists() and time.monotonic() < give_up:
                try:
                    folder.rmdir()
                except OSError:
                    self.kill()
                    time.sleep(0.01)

    def _read(self, controller: str, name: str) -> str:
        try:
            return (self._folders[controller] / name).read_text()
        except (KeyError, OSError):
            return ""

    def _write(self, controller: str, name: str, value: int) -> None:
        (self._folders[controller] / name).write_text(str(value))


def make_cgroup(*, memory_mib: int, processes: int) -> Cgroup | None:
    """A new control group with both limits set, or None where we may not make one.

    Args:
        memory_mib: Of all processes together, swap included.
        processes: Processes and threads together.
    """
    _remove_orphans()
    name = f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex}"
    for make in (_make_v2, _make_v1):
        cgroup = make(name)
        if cgroup is None:
            continue
        try:
            _limit(cgroup, memory_mib, processes)
        except OSError:
            cgroup.remove()
            continue
        return cgroup
    return None


def _remove_orphans() -> None:
    """Remove what a killed grader left; its boxes have died with it."""
    for folder in (*_ROOT.glob(f"{_PREFIX}*"), *_ROOT.glob(f"*/{_PREFIX}*")):
        maker = int(folder.name.removeprefix(_PREFIX).split("-")[0])
        if not Path(f"/proc/{maker}").exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _make_v2(name: str) -> Cgroup | None:
    folder = _ROOT / name
    if not (_ROOT / "cgroup.controllers").is_file() or not _make_folder(folder):
        return None
    cgroup = Cgroup(dict.fromkeys(("memory", "pids", "cpu"), folder), version=2)
    if not all((folder / limit).is_file() for limit in ("memory.max", "pids.max")):
        cgroup.remove()
        return None
    return cgroup


def _make_v1(name: str) -> Cgroup | None:
    made: dict[str, Path] = {}
    for controller in ("memory", "pids", "cpuacct"):
        folder = _ROOT / controller / name
        if folder.parent.is_dir() and _make_folder(folder):
            made[controller] = folder
    cgroup = Cgroup(made, version=1)
    if not {"memory", "pids"} <= made.keys():
        cgroup.remove()
        return None
    return cgroup


def _limit(cgroup: Cgroup, memory_mib: int, processes: int) -> None:
    memory_bytes = memory_mib * _MIB
    cgroup._write("pids", "pids.max", processes)
    if cgroup._version == 2:
        cgroup._write("memory", "memory.max", memory_bytes)
        swap, without_swap = "memory.swap.max", 0
    else:
        cgroup._write("memory", "memory.limit_in_bytes", memory_bytes)
        swap, without_swap = "memory.memsw.limit_in_bytes", memory_bytes
    with contextlib.suppress(FileNotFoundError, PermissionError):  # a kernel without swap
        cgroup._write("memory", swap, without_swap)


def _make_folder(folder: Path) -> bool:
    try:
        folder.mkdir()
    except OSError:
        return False
    return True
