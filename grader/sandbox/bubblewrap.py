"""Boxes made by bubblewrap: Linux namespaces, a read-only system, a strict system call filter."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grader
from grader.errors import CourseError, SystemFault
from grader.sandbox import seccomp
from grader.sandbox.base import BoxPlan
from grader.sandbox.cgroups import Cgroup, make_cgroup
from grader.sandbox.launch import (
    GUEST_PACKAGE,
    guest_command,
    guest_environment,
    readable_folders,
    start_guest,
)
from grader.sandbox.pipes import PipeBox
from grader.sandbox.watch import CgroupWatch, LookingWatch, Watch

_HOME = "/box"
_GUEST_PARENT = "/opt/grader"
_MIB = 1024 * 1024
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache")
_NOBODY = "65534"


class Bubblewrap:
    """Opens boxes with ``bwrap``: no network, no other processes, nothing of the host writable."""

    name = "bubblewrap"
    isolates = True

    def open(self, plan: BoxPlan) -> PipeBox:
        """See `Sandbox.open`."""
        _check_secrets_stay_out(plan)
        limits = plan.limits
        cgroup = make_cgroup(memory_mib=limits.memory_mib, processes=limits.processes)
        try:
            with seccomp.write_filter() as program:
                process = _start(plan, cgroup, program.fileno())
        except OSError as error:
            if cgroup is not None:
                cgroup.remove()
            raise SystemFault(f"bubblewrap cannot be started: {error}.") from error
        return PipeBox(process, _watch(process, cgroup, plan), limits.log_mib * _MIB)


def why_unavailable() -> str | None:
    """Why this machine cannot make such boxes, or None if it can. Tries one for real."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)"
    if not seccomp.is_available():
        return "libseccomp is not installed (Debian and Ubuntu: apt install libseccomp2)"
    trial = subprocess.run(
        [program, *_namespaces(), *_system(), "/usr/bin/true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode != 0:
        return f"bubblewrap does not work here: {trial.stderr.strip()[:300]}"
    return None


def _start(plan: BoxPlan, cgroup: Cgroup | None, filter_fd: int) -> subprocess.Popen[bytes]:
    own_process_limit = plan.limits.processes if cgroup is None else 0
    guest = guest_command(_GUEST_PARENT, own_process_limit)
    command = [*_arguments(plan, filter_fd), *guest]
    return start_guest(command, {}, plan.limits, cgroup=cgroup, pass_fds=(filter_fd,))


def _arguments(plan: BoxPlan, filter_fd: int) -> list[str]:
    size = str(plan.limits.disk_mib * _MIB)
    arguments = [shutil.which("bwrap") or "bwrap", *_namespaces(), *_system()]
    # Before the environment, which may itself lie below /tmp.
    arguments += ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", _HOME]  # noqa: S108
    for folder in readable_folders():
        arguments += ["--ro-bind", str(folder), str(folder)]
    arguments += _without_ourselves()
    arguments += ["--ro-bind", str(GUEST_PACKAGE), f"{_GUEST_PARENT}/guest"]
    for file in sorted(plan.parcel.iterdir()):
        arguments += ["--ro-bind", str(file), f"{_HOME}/{file.name}"]
    for name, value in guest_environment(_HOME).items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--remount-ro", "/", "--chdir", _HOME, "--seccomp", str(filter_fd)]


def _namespaces() -> list[str]:
    return [
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "box", "--cap-drop", "ALL"),
        *("--proc", "/proc", "--dev", "/dev"),
    ]


def _system() -> Iterator[str]:
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.exists():
            yield from ("--ro-bind", str(path), str(path))


def _without_ourselves() -> list[str]:
    """Hide the grader's own code where it is installed among the packages."""
    ours = Path(grader.__file__).resolve().parent
    if any(ours.is_relative_to(folder) for folder in (*readable_folders(), Path("/usr"))):
        return ["--tmpfs", str(ours)]
    return []


def _check_secrets_stay_out(plan: BoxPlan) -> None:
    visible = [*readable_folders(), *(Path(path).resolve() for path in _SYSTEM)]
    for secret in plan.secrets:
        for folder in visible:
            if secret.resolve().is_relative_to(folder):
                raise CourseError(
                    f"The ground truth in {secret} lies inside {folder}, which every submission"
                    " can read. Move it elsewhere."
                )


def _watch(process: subprocess.Popen[bytes], cgroup: Cgroup | None, plan: BoxPlan) -> Watch:
    if cgroup is not None:
        return CgroupWatch(cgroup)
    return LookingWatch(process.pid, plan.limits.memory_mib, plan.limits.processes)
