"""A parcel becomes a submission or a refusal: every reason, made for real."""

import hashlib
import io
import lzma
import os
import socket
import stat
import string
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest

from grader.assignment import SubmissionSettings
from grader.errors import SystemFault, UsageError
from grader.intake import receive
from grader.messages import REFUSALS
from grader.records import Refusal, Submission
from grader.verdicts import Verdict

SOURCE = b"def predict(model, img_path):\n    return None\n"
MODEL = b"\x89HDF\r\n\x1a\n" + bytes(100)
BOTH = {"segmentation.py": SOURCE, "segmentation_model.hdf5": MODEL}
SMALL = SubmissionSettings(max_source_kib=4, max_model_mib=1, max_archive_mib=2)


def folder(path, files):
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, *members):
    with tarfile.open(path, "w") as archive:
        for member in members:
            archive.addfile(member)
    return path


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def received(path, into, settings=SMALL):
    into.mkdir()
    return receive(path, into, settings)


# --- every reason -------------------------------------------------------------------------------


def _linked_folder(path):
    folder(path, {"segmentation.py": SOURCE, "real.hdf5": MODEL})
    (path / "segmentation_model.hdf5").symlink_to("real.hdf5")
    return path


def _folder_with_socket(path):
    folder(path, {"segmentation_model.hdf5": MODEL})
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(path / "segmentation.py"))
    return path


def _locked(path):
    content = bytearray(zipped(path, BOTH).read_bytes())
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    path.write_bytes(content)
    return path


def _packed_unusually(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in BOTH.items():
            archive.writestr(name, content)
    return path


def _hungry_xz(path):
    """An xz file whose header asks for 1.5 GiB of memory."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    content = bytearray(lzma.compress(bytes(1024), lzma.FORMAT_XZ, filters=filters))
    header_size = (content[12] + 1) * 4
    place = content.index(bytes([0x21, 0x01]), 12, 12 + header_size) + 2
    content[place] = 37  # 3 << 29 bytes
    checksum = zipfile.crc32(content[12 : 12 + header_size - 4])
    content[12 + header_size - 4 : 12 + header_size] = struct.pack("<I", checksum)
    path.write_bytes(content)
    return path


def _unpacking_a_lot(path):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"data.bin": bytes(3 << 20), **BOTH}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _twice(path):
    content = zipped(path, BOTH | {"segmentation.px": b"import os"}).read_bytes()
    path.write_bytes(content.replace(b"segmentation.px", b"segmentation.py"))
    return path


def _written(content):
    return lambda path: path.write_bytes(content) and path


def _both_and(name):
    return lambda path: zipped(path, {name: b"x", **BOTH})


def _source_and(files):
    return lambda path: folder(path, {"segmentation.py": SOURCE} | files)


def _model_and(files):
    return lambda path: folder(path, {"segmentation_model.hdf5": MODEL} | files)


def _model_is(content):
    return lambda path: folder(path, BOTH | {"segmentation_model.hdf5": content})


MISSING = {
    "empty": lambda path: folder(path, {"__MACOSX/._x": b"", ".DS_Store": b""}),
    "missing_both": lambda path: folder(path, {"README.md": b"hello"}),
    "missing_source": _model_and({}),
    "missing_model": _source_and({"notes.txt": b""}),
    "near_source": _model_and({"Segmentation.py": SOURCE}),
    "near_model": _source_and({"segmentation_model.h5": MODEL}),
    "notebook": _model_and({"segmentation.ipynb": b"{}"}),
    "keras_model": _source_and({"segmentation_model.keras": b"PK"}),
    "too_deep": lambda path: folder(path, {f"a/b/{name}": BOTH[name] for name in BOTH}),
    "apart": _source_and({"model/segmentation_model.hdf5": MODEL}),
    "source_empty": lambda path: folder(path, BOTH | {"segmentation.py": b"\xef\xbb\xbf \n"}),
    "model_empty": _model_is(b""),
    "model_not_hdf5": _model_is(b"weights" * 400),
    "model_is_pointer": _model_is(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "model_is_zip": _model_is(b"PK\x03\x04" + bytes(50)),
    "model_is_web_page": _model_is(b"\n<!DOCTYPE html><html>"),
}

REJECTED = {
    "source_too_large": lambda path: folder(path, BOTH | {"segmentation.py": b"#" * 4097}),
    "model_too_large": _model_is(MODEL + bytes(1 << 20)),
    "archive_too_large": _written(b"PK\x03\x04" + bytes(2 << 20)),
    "unpacked_too_large": _unpacking_a_lot,
    "unpacking_memory": _hungry_xz,
    "too_many_files": lambda path: zipped(path, {f"data/{i}": b"" for i in range(2001)}),
    "link": _linked_folder,
    "hard_link": lambda path: tarred(path, member("segmentation.py", tarfile.LNKTYPE, "/etc/x")),
    "special_file": _folder_with_socket,
    "is_folder": _source_and({"segmentation_model.hdf5/saved_model.pb": b""}),
    "climbing_name": _both_and("../segmentation.py"),
    "absolute_name": _both_and("/etc/passwd"),
    "drive_name": _both_and("C:/Users/x.py"),
    "backslash_name": _both_and("work\\segmentation.py"),
    "control_name": _both_and("a\x1b[2Jb"),
    "windows_name": _both_and("CON.txt"),
    "duplicate_name": _twice,
    "case_collision": _both_and("Segmentation.py"),
    "several_homes": lambda path: folder(
        path, {f"{home}/{name}": BOTH[name] for home in "ab" for name in BOTH}
    ),
    "encrypted": _locked,
    "nested_archive": lambda path: zipped(path, {"alice/homework.zip": b"PK\x03\x04"}),
    "packing_method": _packed_unusually,
    "damaged": lambda path: _written(zipped(path, BOTH).read_bytes()[:-30])(path),
    "foreign_archive": _written(b"Rar!\x1a\x07\x01\x00" + bytes(600)),
    "not_an_archive": _written(SOURCE * 20),
}


@pytest.mark.parametrize("reason", [*MISSING, *REJECTED])
def test_a_parcel_is_refused_with_its_own_sentence(reason, tmp_path):
    make = MISSING.get(reason) or REJECTED[reason]
    into = tmp_path / "into"
    refusal = received(make(tmp_path / "alice"), into)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert refusal.verdict is (
        Verdict.MISSING_FILE if reason in MISSING else Verdict.REJECTED_ARCHIVE
    )
    assert refusal.name == "alice"
    assert list(into.iterdir()) == []
    assert _gaps(REFUSALS[reason]) == set(refusal.facts)


def _gaps(message):
    sentence = message.text + message.help
    return {gap for _, gap, _, _ in string.Formatter().parse(sentence) if gap is not None}


def test_every_reason_has_a_parcel_and_every_parcel_a_sentence():
    assert {*MISSING, *REJECTED} == set(REFUSALS)


def test_no_two_reasons_share_their_words():
    assert len({message.text for message in REFUSALS.values()}) == len(REFUSALS)


# --- folders ------------------------------------------------------------------------------------


def test_a_folder_becomes_a_submission_with_digests(tmp_path):
    into = tmp_path / "into"
    submission = received(folder(tmp_path / "Иванов Пётр", BOTH), into)
    assert submission == Submission(
        name="Иванов Пётр",
        folder=into,
        source_sha256=hashlib.sha256(SOURCE).hexdigest(),
        model_sha256=hashlib.sha256(MODEL).hexdigest(),
        model_bytes=len(MODEL),
    )
    assert {file.name: file.read_bytes() for file in into.iterdir()} == BOTH


def test_the_copies_are_read_only_for_everyone_under_any_umask(tmp_path):
    before = os.umask(0o077)
    try:
        received(folder(tmp_path / "alice", BOTH), tmp_path / "into")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "into").iterdir()}
    assert modes == {0o444}


def test_nothing_but_the_two_files_is_copied_and_the_rest_is_named(tmp_path):
    extras = ["numpy.py", "setup.py", "x.pth", "__pycache__/a.pyc", "data/1.jpg", ".DS_Store"]
    path = folder(tmp_path / "alice", BOTH | dict.fromkeys(extras, b"raise SystemExit"))
    submission = received(path, tmp_path / "into")
    assert submission.ignored == ("__pycache__/", "data/", "numpy.py", "setup.py", "x.pth")
    assert {file.name for file in (tmp_path / "into").iterdir()} == set(BOTH)


def test_ignored_names_are_cleaned_and_few(tmp_path):
    extras = {f"{number:02}\x1b[2J\u202e": b"" for number in range(30)}
    submission = received(folder(tmp_path / "alice", BOTH | extras), tmp_path / "into")
    assert submission.ignored == tuple(f"{number:02}" for number in range(20))


def test_a_submission_may_lie_in_one_inner_folder(tmp_path):
    files = {f"homework 7/{name}": BOTH[name] for name in BOTH} | {"notes.txt": b""}
    submission = received(folder(tmp_path / "alice", files), tmp_path / "into")
    assert isinstance(submission, Submission)
    assert submission.ignored == ("notes.txt",)


def test_the_top_of_a_folder_wins_over_an_older_copy_inside(tmp_path):
    old = {f"old/{name}": b"old" for name in BOTH}
    received(folder(tmp_path / "alice", BOTH | old), tmp_path / "into")
    assert (tmp_path / "into" / "segmentation.py").read_bytes() == SOURCE


def test_a_large_folder_beside_the_two_files_does_no_harm(tmp_path):
    path = folder(tmp_path / "alice", BOTH | {f".venv/{n}": b"" for n in range(2100)})
    assert received(path, tmp_path / "into").ignored == (".venv/",)


@pytest.mark.parametrize("link", ["dangling", "/etc/hostname", "../secret", "loop"])
def test_a_link_for_a_source_is_never_followed(link, tmp_path):
    (tmp_path / "secret").write_bytes(SOURCE)
    path = folder(tmp_path / "alice", {"segmentation_model.hdf5": MODEL})
    (path / "segmentation.py").symlink_to("segmentation.py" if link == "loop" else link)
    assert received(path, tmp_path / "into").reason == "link"


def test_a_linked_inner_folder_is_not_entered(tmp_path):
    folder(tmp_path / "bob", BOTH)
    path = folder(tmp_path / "alice", {})
    (path / "mine").symlink_to(tmp_path / "bob")
    assert received(path, tmp_path / "into").reason == "missing_both"


def test_a_named_pipe_is_refused_without_waiting_for_its_writer(tmp_path):
    path = folder(tmp_path / "alice", {"segmentation_model.hdf5": MODEL})
    os.mkfifo(path / "segmentation.py")
    assert received(path, tmp_path / "into").reason == "special_file"


def test_a_link_that_replaces_a_file_after_the_look_is_not_followed(tmp_path):
    from grader.intake.folder import Folder
    from grader.intake.parcel import Rejected

    path = folder(tmp_path / "alice", {"inner/segmentation.py": SOURCE, "inner/x": b""})
    (entry,) = [found for found in Folder(path).entries() if found.name.endswith(".py")]
    (path / "inner").rename(path / "away")
    (path / "inner").symlink_to("away")
    with pytest.raises(Rejected, match="link"):
        list(Folder(path).blocks(entry))


def test_a_pipe_that_replaces_a_file_after_the_look_is_not_read(tmp_path):
    from grader.intake.folder import Folder
    from grader.intake.parcel import Rejected

    path = folder(tmp_path / "alice", {"segmentation.py": SOURCE})
    (entry,) = Folder(path).entries()
    (path / "segmentation.py").unlink()
    os.mkfifo(path / "segmentation.py")
    with pytest.raises(Rejected, match="special_file"):
        list(Folder(path).blocks(entry))


def test_a_file_that_grows_while_it_is_read_is_caught(tmp_path):
    from grader.intake.copying import Limit, copy
    from grader.intake.folder import Folder
    from grader.intake.parcel import Rejected

    path = folder(tmp_path / "alice", {"segmentation.py": b"#"})
    (entry,) = Folder(path).entries()

    def growing():
        for block in Folder(path).blocks(entry):
            with (path / "segmentation.py").open("ab") as end:
                end.write(b"#" * 100)
            yield block

    with pytest.raises(Rejected, match="source_too_large"):
        copy(growing(), tmp_path / "copy", Limit(5000, Rejected("source_too_large", limit_kib=4)))
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("offset", [0, 512, 1024, 2048, 4096])
def test_an_hdf5_signature_may_stand_after_a_user_block(offset, tmp_path):
    model = b"u" * offset + MODEL
    submission = received(_model_is(model)(tmp_path / "alice"), tmp_path / "into")
    assert submission.model_bytes == len(model)


@pytest.mark.parametrize("offset", [1, 256, 1536])
def test_an_hdf5_signature_at_any_other_place_is_none(offset, tmp_path):
    refusal = received(_model_is(b"u" * offset + MODEL)(tmp_path / "alice"), tmp_path / "into")
    assert refusal.reason == "model_not_hdf5"


@pytest.mark.parametrize(
    ("names", "reason", "near"),
    [
        (["Segmentation.PY", "segmentation_model.hdf5"], "near_source", "Segmentation.PY"),
        (["segmentation (1).py", "segmentation_model.hdf5"], "near_source", "segmentation (1).py"),
        (["segmentation.py.txt", "segmentation_model.hdf5"], "near_source", "segmentation.py.txt"),
        (["segmentation.py", "Segmentation_Model.hdf5"], "near_model", "Segmentation_Model.hdf5"),
        (["segmentation.py", "weights.h5"], "near_model", "weights.h5"),
        (["segmentation.py", "a.h5", "model.hdf5"], "near_model", "model.hdf5"),
        (["segmentation.py", "model.keras"], "keras_model", "model.keras"),
    ],
)
def test_a_near_miss_is_named(names, reason, near, tmp_path):
    refusal = received(folder(tmp_path / "alice", dict.fromkeys(names, MODEL)), tmp_path / "into")
    assert (refusal.reason, refusal.facts) == (reason, {"near": near})
    assert near in REFUSALS[reason].fill(refusal.facts)


# --- what is not the student's fault ------------------------------------------------------------


@pytest.mark.parametrize("path", ["nowhere", "nowhere/else", "null\0byte", "x" * 300])
def test_a_path_that_is_not_there_is_the_callers_mistake(path, tmp_path):
    with pytest.raises(UsageError):
        received(tmp_path / path, tmp_path / "into")


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes")
def test_a_path_that_is_a_pipe_is_the_callers_mistake(tmp_path):
    os.mkfifo(tmp_path / "alice")
    with pytest.raises(UsageError, match="neither a folder nor a file"):
        received(tmp_path / "alice", tmp_path / "into")


@pytest.fixture
def ordinary_user():
    """A folder of an ordinary user, who we are for a while: root may read everything."""
    with tempfile.TemporaryDirectory() as home:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(home, 65534, 65534)
            os.seteuid(65534)
        yield Path(home)
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("closed", ["", "segmentation.py"])
def test_a_folder_that_we_may_not_read_is_the_callers_mistake(closed, ordinary_user):
    path = folder(ordinary_user / "alice", BOTH)
    (path / closed).chmod(0)
    try:
        with pytest.raises(UsageError, match="permission"):
            received(path, ordinary_user / "into")
    finally:
        (path / closed).chmod(0o700)


def test_a_target_that_we_may_not_write_is_our_fault(ordinary_user):
    (ordinary_user / "into").mkdir(mode=0o500)
    with pytest.raises(SystemFault, match="could not be written"):
        receive(folder(ordinary_user / "alice", BOTH), ordinary_user / "into", SMALL)


def test_a_missing_target_folder_is_our_fault(tmp_path):
    with pytest.raises(SystemFault, match="could not be written"):
        receive(folder(tmp_path / "alice", BOTH), tmp_path / "nowhere", SMALL)


def test_a_file_that_is_already_there_is_neither_used_nor_removed(tmp_path):
    path = folder(tmp_path / "alice", BOTH)
    with pytest.raises(SystemFault):
        receive(path, path, SMALL)
    assert (path / "segmentation.py").read_bytes() == SOURCE


def test_a_disk_without_room_is_our_fault(tmp_path):
    resource = pytest.importorskip("resource")
    path = folder(tmp_path / "alice", BOTH | {"segmentation_model.hdf5": MODEL + bytes(100_000)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(SystemFault, match="could not be written"):
            received(path, tmp_path / "into")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "into").iterdir()) == []


def test_the_dot_is_a_folder_with_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path / "alice", BOTH))
    assert received(Path(), tmp_path / "into").name == "alice"
