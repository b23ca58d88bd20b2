"""Which sandbox grades: the one asked for, or the strongest that this machine has."""

from __future__ import annotations

from typing import Literal

from grader.errors import SystemFault, UsageError
from grader.sandbox import bubblewrap
from grader.sandbox.base import Sandbox
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.process import PlainProcess

Backend = Literal["auto", "bubblewrap", "process"]


def choose_sandbox(backend: Backend, *, secret: bool, unsafe: bool) -> Sandbox:
    """Choose a sandbox for a split.

    Args:
        backend: ``auto`` takes the strongest that works here.
        secret: Whether the split's images and masks must stay unknown to the submission.
        unsafe: Whether a secret split may be graded without isolation.

    Raises:
        SystemFault: The backend asked for does not work here.
        UsageError: Nothing would isolate a secret split.
    """
    if backend == "process":
        return _plain_process("the process backend was asked for", secret, unsafe)
    missing = bubblewrap.why_unavailable()
    if missing is None:
        return Bubblewrap()
    if backend == "bubblewrap":
        raise SystemFault(f"The bubblewrap backend cannot be used: {missing}.")
    return _plain_process(missing, secret, unsafe)


def _plain_process(reason: str, secret: bool, unsafe: bool) -> PlainProcess:
    if secret and not unsafe:
        raise UsageError(
            f"This split is secret, and nothing would keep a submission from reading it: {reason}."
            " Install bubblewrap, or accept the risk with --unsafe."
        )
    return PlainProcess()
