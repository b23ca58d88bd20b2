"""Which sandboxes the tests can use here."""

from __future__ import annotations

import os

import pytest

from grader.sandbox.base import Sandbox
from grader.sandbox.bubblewrap import Bubblewrap, why_unavailable
from grader.sandbox.process import PlainProcess


def sandbox(backend: str) -> Sandbox:
    """The sandbox of that name; without it the test is skipped, or fails where it must run."""
    if backend == "process":
        return PlainProcess()
    missing = why_unavailable()
    if missing is None:
        return Bubblewrap()
    if os.environ.get("GRADER_REQUIRE_SANDBOX"):
        pytest.fail(f"bubblewrap is required here: {missing}")
    pytest.skip(f"NOT TESTED: {missing}")
