"""Which software a mark was made with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader import __version__
from grader.environment import environment_sha256, host_facts, offered_packages


def test_the_digest_is_the_same_as_long_as_nothing_is_installed() -> None:
    assert re.fullmatch("[0-9a-f]{64}", environment_sha256())
    assert environment_sha256() == environment_sha256()


def test_one_more_package_or_another_version_changes_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    without = environment_sha256()
    first, second = (tmp_path / f"bird_tools-{version}.dist-info" for version in ("1.0", "1.1"))
    first.mkdir()
    with_first = environment_sha256()
    first.rename(second)
    with_second = environment_sha256()
    assert len({without, with_first, with_second}) == 3
    second.rmdir()
    assert environment_sha256() == without


def test_the_packages_on_offer_are_those_that_are_installed_with_their_versions() -> None:
    packages = offered_packages()
    assert packages["numpy"] == np.__version__
    assert all(packages.values())
    assert "no-such-package" not in packages


def test_the_host_names_itself() -> None:
    facts = host_facts()
    assert facts["grader"] == __version__
    assert facts["python"] == sys.version.split()[0]
    assert facts["numpy"] == np.__version__
    assert facts["pillow"]
    assert facts["system"]


def test_an_environment_without_tensorflow_is_our_fault(repository: Path) -> None:
    code = "from grader.environment import check_guest_packages; check_guest_packages()"
    for options, expected in ((["-S"], "no submission could run"), ([], "")):
        done = subprocess.run(
            [sys.executable, *options, "-c", code],
            cwd=repository,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stderr
        assert (done.returncode == 0) == (expected == "")
