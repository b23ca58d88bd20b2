"""How a guest is started: the command line and the environment, the same for every backend."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grader.assignment import Limits
from grader.sandbox.cgroups import Cgroup

GUEST_PACKAGE = Path(__file__).resolve().parent.parent / "guest"

# The guest package is imported from a folder that holds nothing else of ours.
_START = "import sys; sys.path.insert(0, sys.argv[1]); from guest.main import main; main()"

_MIB = 1024 * 1024
_OPEN_FILES = 1024


def guest_command(package_parent: str, own_process_limit: int = 0) -> list[str]:
    """The command that runs the guest whose package ``guest`` lies in ``package_parent``.

    Args:
        package_parent: As seen from inside the box.
        own_process_limit: Processes and threads to which the guest binds itself before any of the
            student's code runs; 0 for none. It is right only where the box has a user namespace
            of its own: elsewhere the kernel counts all processes of the user.
    """
    start = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START]
    return [*start, package_parent, str(own_process_limit)]


def guest_environment(home: str) -> dict[str, str]:
    """All environment variables of a guest; nothing of the host's environment is inherited.

    Args:
        home: The one writable folder.
    """
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "KERAS_HOME": f"{home}/.keras",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "LANG": "C.UTF-8",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONHASHSEED": "0",
    }


def start_guest(
    command: Sequence[str],
    environment: Mapping[str, str],
    limits: Limits,
    *,
    cgroup: Cgroup | None = None,
    folder: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a guest with three unbuffered pipes, in a process group of its own.

    Raises:
        OSError: The program cannot be started.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=folder,
        env=environment,
        pass_fds=pass_fds,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        preexec_fn=_before_exec(limits, cgroup) if os.name == "posix" else None,  # noqa: PLW1509
    )


def readable_folders() -> Sequence[Path]:
    """Folders that hold the interpreter and its packages: what a guest needs to see."""
    folders = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    folders.add(Path(os.path.realpath(sys.executable)).parent.parent)
    return sorted(folder for folder in folders if not folder.is_relative_to("/usr"))


def _before_exec(limits: Limits, cgroup: Cgroup | None) -> Callable[[], None]:
    """What the child does between fork and exec: join its cgroup and bind itself to limits.

    Without a cgroup the address space is limited instead of the memory: a cruder measure, which
    TensorFlow on the CPU bears from 4 GiB on.
    """
    import resource

    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.disk_mib * _MIB,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    if cgroup is None:
        bounds[resource.RLIMIT_AS] = 2 * limits.memory_mib * _MIB

    def prepare() -> None:
        if cgroup is not None:
            cgroup.join()
        for what, value in bounds.items():
            _, hard = resource.getrlimit(what)
            allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (allowed, allowed))

    return prepare
