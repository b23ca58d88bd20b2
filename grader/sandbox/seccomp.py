"""The system calls that a box may not make, as a compiled filter.

Docker's default profile leaves doors open that a grader can shut: other socket families, io_uring,
ptrace of the box's first process. TensorFlow needs none of them.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from typing import IO

_NEW_NAMESPACES = (
    0x00020000  # CLONE_NEWNS
    | 0x02000000  # CLONE_NEWCGROUP
    | 0x04000000  # CLONE_NEWUTS
    | 0x08000000  # CLONE_NEWIPC
    | 0x10000000  # CLONE_NEWUSER
    | 0x20000000  # CLONE_NEWPID
    | 0x40000000  # CLONE_NEWNET
)
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

# Answered with "not implemented", so that libraries fall back to older calls.
ABSENT = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")

# Answered with "not permitted".
FORBIDDEN = (
    # other processes' memory and state
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp"),
    *("pidfd_getfd", "perf_event_open", "userfaultfd"),
    # the kernel's key rings, which no namespace separates
    *("keyctl", "add_key", "request_key"),
    # namespaces, mounts, roots
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_tree_attr"),
    *("name_to_handle_at", "open_by_handle_at", "fanotify_init", "quotactl", "quotactl_fd"),
    # the kernel itself
    *("bpf", "init_module", "finit_module", "delete_module", "create_module", "kexec_load"),
    *("kexec_file_load", "reboot", "swapon", "swapoff", "acct", "syslog", "vhangup"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname"),
    *("setdomainname", "iopl", "ioperm", "modify_ldt", "uselib", "nfsservctl"),
    # changes how programs are executed
    "personality",
)


def is_available() -> bool:
    """Whether libseccomp can be loaded here."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def write_filter() -> IO[bytes]:
    """The filter as a BPF program in an anonymous file, at its beginning.

    Calls through another architecture's door (``int 0x80``, x32) kill the process.
    """
    import pyseccomp as seccomp

    policy = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    # By default only the thread dies, and a box would wait for its deadline with the others.
    policy.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    for name in ABSENT:
        _deny(policy, name, errno.ENOSYS)
    for name in FORBIDDEN:
        _deny(policy, name, errno.EPERM)
    only_local = seccomp.Arg(0, seccomp.NE, int(socket.AF_UNIX))
    policy.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", only_local)
    for flag in _single_bits(_NEW_NAMESPACES):
        wants_one = seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag)
        policy.add_rule(seccomp.ERRNO(errno.EPERM), "clone", wants_one)
    for request in _TERMINAL_INJECTION:
        asks = seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request)
        policy.add_rule(seccomp.ERRNO(errno.EPERM), "ioctl", asks)
    program = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    policy.export_bpf(program)
    program.seek(0)
    return program


def _deny(policy: object, name: str, error: int) -> None:
    import pyseccomp as seccomp

    try:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    except (ValueError, OSError):
        return  # this libseccomp does not know it
    if number is not None and number >= 0:  # negative: not on this architecture
        policy.add_rule(seccomp.ERRNO(error), number)  # type: ignore[attr-defined]


def _single_bits(mask: int) -> list[int]:
    return [1 << position for position in range(mask.bit_length()) if mask & (1 << position)]
