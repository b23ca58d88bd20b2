"""What every sandbox promises, tried by code that runs inside.

A probe is code that runs when ``segmentation.py`` is imported, before TensorFlow, and tells what
it found in the text of an exception.
"""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.assignment import load_assignment
from grader.errors import CourseError, SystemFault
from grader.interview import Interview
from grader.progress import Silence
from grader.records import Cause, Session
from grader.sandbox.base import BoxPlan, Sandbox
from grader.sandbox.bubblewrap import Bubblewrap
from tests.boxes import sandbox

HOME = Path(__file__).parent.parent.parent
MODEL = HOME / "tests" / "zoo" / "models" / "tiny.hdf5"
BACKENDS = ["bubblewrap", "process"]


def run(box_maker: Sandbox, folder: Path, source: str, **limits: Any) -> Session:
    """Open a box for ``source`` and ask for nothing; what it did is in the session."""
    parcel = folder / "parcel"
    parcel.mkdir(exist_ok=True)
    (parcel / "segmentation.py").write_text(textwrap.dedent(source))
    shutil.copyfile(MODEL, parcel / "segmentation_model.hdf5")
    assignment = load_assignment(HOME / "student_template" / "assignment.toml")
    changed = assignment.limits.model_copy(update={"start_s": 30, **limits})
    assignment = assignment.model_copy(update={"limits": changed})
    plan = BoxPlan(parcel, assignment.limits)
    interview = Interview(box_maker, plan, assignment, Silence())
    case: Any = None  # a probe never gets as far as an image
    list(interview.answers([case]))
    return interview.session()


def probe(box_maker: Sandbox, folder: Path, code: str, **limits: Any) -> Any:
    """The value of ``found`` after ``code`` ran inside a box."""
    source = textwrap.dedent(code) + "\nraise RuntimeError(repr(found))\n"
    session = run(box_maker, folder, source, **limits)
    assert session.failure is not None, session
    assert session.failure.exception == "RuntimeError", session.failure.text
    return ast.literal_eval(session.failure.text)


# --- every backend -------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_of_our_environment_is_inherited(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_SECRET", "42")
    found = probe(sandbox(backend), tmp_path, "import os; found = sorted(os.environ)")
    assert "GRADER_SECRET" not in found
    assert {"HOME", "PATH", "KERAS_HOME"} <= set(found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_descriptor_is_inherited_but_the_three_pipes(backend: str, tmp_path: Path) -> None:
    with (tmp_path / "open.txt").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        code = """
            import os
            found = []
            for number in range(256):
                try:
                    found.append(os.readlink(f"/proc/self/fd/{number}").split(":")[0])
                except OSError:
                    pass
        """
        found = probe(sandbox(backend), tmp_path, code)
    assert set(found) <= {"pipe", "/dev/null", "anon_inode"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_box_holds_the_two_files_and_nothing_else(backend: str, tmp_path: Path) -> None:
    found = probe(sandbox(backend), tmp_path, "import os; found = sorted(os.listdir())")
    assert found == ["segmentation.py", "segmentation_model.hdf5"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_our_own_modules_cannot_be_imported(backend: str, tmp_path: Path) -> None:
    code = """
        found = []
        for name in ("grader", "guest2", "scoring", "metrics", "judging"):
            try:
                __import__(name)
            except ImportError:
                continue
            found.append(name)
    """
    assert probe(sandbox(backend), tmp_path, code) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_box_that_never_starts_is_too_late(backend: str, tmp_path: Path) -> None:
    session = run(sandbox(backend), tmp_path, "while True: pass", start_s=1)
    assert [ending.cause for ending in session.endings] == [Cause.DEADLINE]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_flood_of_text_ends_the_box_and_only_its_ends_are_kept(
    backend: str, tmp_path: Path
) -> None:
    source = """
        print("the beginning")
        while True:
            print("x" * 100000)
    """
    (ending,) = run(sandbox(backend), tmp_path, source, log_mib=2).endings
    assert ending.cause is Cause.LOG_FLOOD
    assert ending.log.startswith(b"the beginning")
    assert b"bytes left out" in ending.log
    assert len(ending.log) < 100_000


@pytest.mark.parametrize("backend", BACKENDS)
def test_too_much_memory_ends_the_box(backend: str, tmp_path: Path) -> None:
    source = """
        import time
        hoard = bytearray(700 * 1024 * 1024)
        for start in range(0, len(hoard), 4096):
            hoard[start] = 1
        time.sleep(10)
    """
    (ending,) = run(sandbox(backend), tmp_path, source, memory_mib=512).endings
    assert ending.cause is Cause.MEMORY


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_crash_is_told_with_its_signal(backend: str, tmp_path: Path) -> None:
    source = "import ctypes; ctypes.string_at(0)"
    (ending,) = run(sandbox(backend), tmp_path, source).endings
    assert (ending.cause, ending.signal) == (Cause.SIGNALLED, "SIGSEGV")


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_exit_is_told_with_its_code(backend: str, tmp_path: Path) -> None:
    (ending,) = run(sandbox(backend), tmp_path, "import os; os._exit(7)").endings
    assert (ending.cause, ending.exit_code) == (Cause.EXITED, 7)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_left_after_twenty_boxes(backend: str, tmp_path: Path) -> None:
    box_maker = sandbox(backend)
    probe(box_maker, tmp_path, "found = 0")
    threads, files = threading.active_count(), psutil.Process().num_fds()
    for _ in range(20):
        probe(box_maker, tmp_path, "found = 0")
    assert psutil.Process().children(recursive=True) == []
    assert threading.active_count() <= threads
    assert psutil.Process().num_fds() <= files + 1
    assert list(Path("/sys/fs/cgroup").glob(f"*/grader-{os.getpid()}-*")) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_guest_leaves_when_the_host_is_gone(backend: str, tmp_path: Path) -> None:
    """As after a SIGKILL of the grader: nobody closes the box, only the pipes are closed."""
    parcel = tmp_path / "parcel"
    parcel.mkdir()
    (parcel / "segmentation.py").write_text("while True: pass")
    shutil.copyfile(MODEL, parcel / "segmentation_model.hdf5")
    limits = load_assignment(HOME / "student_template" / "assignment.toml").limits
    box_maker = sandbox(backend)
    host = os.fork()
    if host == 0:
        try:
            box: Any = box_maker.open(BoxPlan(parcel, limits))
            box.exchange(b"", memoryview(bytearray(1)), time.monotonic() + 60)
            time.sleep(60)
        finally:
            os._exit(0)
    time.sleep(1.0)
    family = psutil.Process(host).children(recursive=True)
    assert family != []
    os.kill(host, 9)
    os.waitpid(host, 0)
    _, alive = psutil.wait_procs(family, timeout=10)
    for process in alive:
        process.kill()
    assert alive == []
    probe(box_maker, tmp_path, "found = 0")  # the next box clears away what it left
    assert list(Path("/sys/fs/cgroup").glob(f"*/grader-{host}-*")) == []


# --- what isolates -------------------------------------------------------------------------------


def test_the_system_cannot_be_written(tmp_path: Path) -> None:
    code = """
        import os
        found = []
        for folder in ("/", "/usr", "/etc", "/opt", "/opt/grader/guest", "/proc/sys/kernel", "/sys",
                       os.path.dirname(os.__file__)):
            try:
                with open(os.path.join(folder, "planted"), "w") as file:
                    file.write("x")
                found.append(folder)
            except OSError:
                pass
        for name in ("segmentation.py", "segmentation_model.hdf5"):
            try:
                open(name, "a").close()
                found.append(name)
            except OSError:
                pass
    """
    assert probe(sandbox("bubblewrap"), tmp_path, code) == []


def test_other_processes_are_not_visible(tmp_path: Path) -> None:
    code = """
        import os
        found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    """
    assert len(probe(sandbox("bubblewrap"), tmp_path, code)) <= 3


def test_the_loopback_of_the_host_cannot_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
            import socket
            try:
                socket.create_connection(("127.0.0.1", {port}), timeout=2).close()
                found = "connected"
            except OSError as error:
                found = error.errno
        """
        assert probe(sandbox("process"), tmp_path, code) == "connected"  # so it can fail
        assert probe(sandbox("bubblewrap"), tmp_path, code) == 97  # EAFNOSUPPORT


FORBIDDEN_CALLS = {
    "ptrace": (101, (16, 1, 0, 0)),
    "process_vm_readv": (310, (1, 0, 0, 0, 0, 0)),
    "keyctl": (250, (0, -3, 0)),
    "userfaultfd": (323, (1,)),
    "bpf": (321, (0, 0, 0)),
    "mount": (165, (0, 0, 0, 0, 0)),
    "unshare": (272, (0x10000000,)),
    "setns": (308, (0, 0)),
    "io_uring_setup": (425, (1, 0)),
    "perf_event_open": (298, (0, 0, 0, 0, 0)),
    "personality": (135, (0,)),
    "open_by_handle_at": (304, (0, 0, 0)),
    "clone with a new user namespace": (56, (0x10000011, 0, 0, 0, 0)),
    "clone3": (435, (0, 0)),
    "vsock": (41, (40, 1, 0)),
    "netlink": (41, (16, 3, 0)),
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
def test_forbidden_system_calls_are_refused(tmp_path: Path) -> None:
    code = f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        found = {{}}
        for name, (number, arguments) in {FORBIDDEN_CALLS!r}.items():
            ctypes.set_errno(0)
            result = libc.syscall(number, *map(ctypes.c_long, arguments))
            found[name] = ctypes.get_errno() if result < 0 else 0
    """
    refused = {1: "EPERM", 38: "ENOSYS", 97: "EAFNOSUPPORT"}
    found = probe(sandbox("bubblewrap"), tmp_path, code)
    assert {name: refused.get(errno, errno) for name, errno in found.items()} == {
        **dict.fromkeys(FORBIDDEN_CALLS, "EPERM"),
        "io_uring_setup": "ENOSYS",
        "clone3": "ENOSYS",
        "vsock": "EAFNOSUPPORT",
        "netlink": "EAFNOSUPPORT",
    }


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="int 0x80 is x86")
def test_the_old_door_for_system_calls_is_shut(tmp_path: Path) -> None:
    code = """
        import ctypes, mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        # mov eax, 20 (getpid of i386); int 0x80; ret
        page.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        found = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    """
    source = textwrap.dedent(code) + "\nraise RuntimeError(repr(found))\n"
    (ending,) = run(sandbox("bubblewrap"), tmp_path, source).endings
    assert ending.signal == "SIGSYS"


def test_the_number_of_processes_is_limited(tmp_path: Path) -> None:
    code = """
        import os, time
        found = 0
        try:
            while found < 300:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                found += 1
        except OSError:
            pass
    """
    assert probe(sandbox("bubblewrap"), tmp_path, code, processes=40) < 40


def test_the_disk_of_a_box_is_limited(tmp_path: Path) -> None:
    code = """
        found = 0
        try:
            for number in range(100):
                with open(f"part{number}", "wb") as file:
                    file.write(bytes(4 * 1024 * 1024))
                found += 4
        except OSError:
            pass
    """
    assert probe(sandbox("bubblewrap"), tmp_path, code, disk_mib=64) <= 64


def test_a_ground_truth_that_a_box_could_read_is_refused(tmp_path: Path) -> None:
    sandbox("bubblewrap")
    limits = load_assignment(HOME / "student_template" / "assignment.toml").limits
    with pytest.raises(CourseError, match="every submission can read"):
        Bubblewrap().open(BoxPlan(tmp_path, limits, secrets=(Path("/usr/share/birds"),)))


def test_a_box_that_does_not_start_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sign of life before any code of the student's ran: never a zero."""
    maker = sandbox("bubblewrap")
    monkeypatch.setattr("grader.sandbox.bubblewrap.GUEST_PACKAGE", tmp_path / "nothing")
    with pytest.raises(SystemFault, match="before any of the submission's code ran"):
        run(maker, tmp_path, "found = 0")


def test_an_environment_below_the_temporary_folder_is_seen(tmp_path: Path) -> None:
    """As in a clone below /tmp, where the box has a temporary folder of its own."""
    sandbox("bubblewrap")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    (packages,) = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_paths()["purelib"])
    test = f"{__file__}::{test_the_box_holds_the_two_files_and_nothing_else.__name__}[bubblewrap]"
    again = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in again.stdout, again.stdout + again.stderr
