"""Which software a mark was made with. Host and guest share one locked environment."""

from __future__ import annotations

import hashlib
import platform
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from grader import __version__
from grader.errors import SystemFault

# What a student may import, in the order of the README.
_OFFERED = (
    *("tensorflow", "tensorflow-cpu", "tf-keras", "keras", "h5py", "numpy", "pillow"),
    *("scikit-image", "opencv-python-headless", "scipy", "matplotlib", "pandas", "imageio"),
    *("tqdm", "albumentations"),
)


def offered_packages() -> dict[str, str]:
    """Name to version of the packages that a submission can import."""
    return {name: version for name in _OFFERED if (version := _version(name))}


def check_guest_packages() -> None:
    """Make sure that a guest finds what loads a model; nothing is imported.

    Raises:
        SystemFault: It does not. Without this check every submission would fail for our fault.
    """
    missing = [name for name in ("tensorflow", "keras", "h5py") if find_spec(name) is None]
    if missing:
        raise SystemFault(
            f"{', '.join(missing)} cannot be imported by {sys.executable}, so no submission could"
            " run. Install the environment again: make demo, or pip install -r requirements.lock."
        )


def environment_sha256() -> str:
    """Digest (hex) over the interpreter and the name and version of every installed package."""
    installed = {
        folder.name.lower() for entry in sys.path for folder in Path(entry).glob("*.dist-info")
    }
    lines = [f"python=={platform.python_version()} {platform.machine()}", *sorted(installed)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def host_facts() -> dict[str, str]:
    """Versions of the grader's own side, for the report."""
    return {
        "grader": __version__,
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "pillow": _version("pillow"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
