"""Archives: the honest ones of many programs, and those that play tricks."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import SubmissionSettings
from grader.intake import receive
from grader.records import Refusal, Submission
from grader.verdicts import Verdict

SOURCE = b"def predict(model, img_path):\n    return None\n"
MODEL = b"\x89HDF\r\n\x1a\n" + os.urandom(200_000)
BOTH = {"segmentation.py": SOURCE, "segmentation_model.hdf5": MODEL}
SMALL = SubmissionSettings(max_source_kib=4, max_model_mib=1, max_archive_mib=4)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(files, form=tarfile.PAX_FORMAT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def described(name, kind):
    """A member of a zip that says of itself what kind of file it is."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


def received(content, tmp_path, name="alice.zip"):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "into").mkdir()
    return receive(tmp_path / name, tmp_path / "into", SMALL)


def brought(tmp_path):
    return {file.name: file.read_bytes() for file in (tmp_path / "into").iterdir()}


HONEST = {
    "deflated zip": zipped(BOTH),
    "stored zip": zipped(BOTH, zipfile.ZIP_STORED),
    "zip of a folder": zipped({"alice/": b""} | {f"alice/{name}": BOTH[name] for name in BOTH}),
    "zip of macOS": zipped(
        {f"Алиса/{name}": BOTH[name] for name in BOTH}
        | {f"__MACOSX/Алиса/._{name}": b"\x00\x05\x16\x07" for name in BOTH}
        | {"Алиса/.DS_Store": b"", "__MACOSX/._Алиса": b""}
    ),
    "ustar": tarred(BOTH, tarfile.USTAR_FORMAT),
    "gnu tar": tarred(BOTH, tarfile.GNU_FORMAT),
    "tar of the dot": tarred({f"./{name}": BOTH[name] for name in BOTH}),
    "tar with long names (gnu)": tarred(BOTH | {"d/" * 90 + "x": b"x"}, tarfile.GNU_FORMAT),
    "tar with long names (pax)": tarred(BOTH | {"д/" * 90 + "x": b"x"}, tarfile.PAX_FORMAT),
    "tar.gz": gzip.compress(tarred(BOTH)),
    "tar.bz2": bz2.compress(tarred(BOTH)),
    "tar.bz2 in two streams": bz2.compress(tarred(BOTH)[:512]) + bz2.compress(tarred(BOTH)[512:]),
    "tar.xz": lzma.compress(tarred(BOTH)),
    "tar.xz, strongest": lzma.compress(tarred(BOTH), preset=9 | lzma.PRESET_EXTREME),
    "tar without an end": tarred(BOTH).rstrip(b"\0").ljust(512 * 397, b"\0"),
}


@pytest.mark.parametrize("program", HONEST)
def test_an_honest_archive_becomes_a_submission(program, tmp_path):
    submission = received(HONEST[program], tmp_path)
    assert isinstance(submission, Submission), submission
    assert brought(tmp_path) == BOTH
    assert submission.model_bytes == len(MODEL)


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("Иванов Пётр.zip", "Иванов Пётр"),
        ("alice.tar.gz", "alice"),
        ("alice.v2.TGZ", "alice.v2"),
        ("alice.tar.xz", "alice"),
        ("alice.txt", "alice.txt"),
        ("no suffix", "no suffix"),
        ("a\x1b[31m\u202eb.zip", "ab"),
    ],
)
def test_the_content_says_what_it_is_and_the_name_says_whose(file, student, tmp_path):
    assert received(zipped(BOTH), tmp_path, file).name == student


def test_what_lies_beside_is_ignored_and_named(tmp_path):
    extras = ["setup.py", "alice/numpy.py", "alice/sitecustomize.py", "alice/__pycache__/a.pyc"]
    files = {f"alice/{name}": BOTH[name] for name in BOTH} | dict.fromkeys(extras, b"x")
    submission = received(zipped(files), tmp_path)
    assert submission.ignored == ("__pycache__/", "numpy.py", "setup.py", "sitecustomize.py")
    assert brought(tmp_path) == BOTH


# --- tricks with names and kinds ----------------------------------------------------------------

TRICKY_NAMES = {
    "../../etc/passwd": "climbing_name",
    "alice/../../x": "climbing_name",
    "..": "climbing_name",
    "..\\..\\x": "climbing_name",
    "/segmentation.py": "absolute_name",
    "//server/share": "absolute_name",
    "C:\\x.py": "drive_name",
    "c:segmentation.py": "drive_name",
    "\\\\server\\share": "backslash_name",
    "alice\\segmentation.py": "backslash_name",
    "x\ny": "control_name",
    "x\x7f": "control_name",
    "CON": "windows_name",
    "alice/nul.py": "windows_name",
    "Com1 .txt": "windows_name",
    "LPT9:stream": "windows_name",
    "SEGMENTATION.PY": "case_collision",
    "segmentation_model.HDF5": "case_collision",
    "\uff53egmentation.py": "case_collision",
    "./segmentation.py": "duplicate_name",
    "segmentation.py/": "duplicate_name",
}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", TRICKY_NAMES)
def test_a_tricky_name_is_refused_for_what_it_is(pack, name, tmp_path):
    refusal = received(pack(BOTH | {name: b"x"}), tmp_path)
    assert refusal.reason == TRICKY_NAMES[name]
    assert refusal.verdict is Verdict.REJECTED_ARCHIVE
    assert brought(tmp_path) == {}


@pytest.mark.parametrize(
    "name", ["console.py", "com10", "auxiliary", "a..b", "...", "nullable.txt"]
)
def test_a_name_that_only_looks_tricky_is_fine(name, tmp_path):
    assert received(zipped(BOTH | {name: b"x"}), tmp_path).ignored == (name,)


def test_a_name_with_a_null_byte_is_not_cut_there(tmp_path):
    content = zipped(BOTH | {"segmentation.pyXx": b"x"}).replace(b".pyXx", b".py\0x")
    assert received(content, tmp_path).reason == "control_name"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (stat.S_IFLNK, "link"),
        (stat.S_IFIFO, "special_file"),
        (stat.S_IFCHR, "special_file"),
        (stat.S_IFBLK, "special_file"),
        (stat.S_IFSOCK, "special_file"),
    ],
)
def test_a_zip_member_that_is_no_file_is_refused(kind, reason, tmp_path):
    refusal = received(zipped({described("a/link", kind): b"/etc/passwd", **BOTH}), tmp_path)
    assert refusal.reason == reason


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "hard_link"),
        (tarfile.FIFOTYPE, "special_file"),
        (tarfile.CHRTYPE, "special_file"),
        (tarfile.BLKTYPE, "special_file"),
        (tarfile.GNUTYPE_SPARSE, "special_file"),
        (b"Z", "special_file"),
    ],
)
def test_a_tar_member_that_is_no_file_is_refused(kind, reason, tmp_path):
    info = tarfile.TarInfo("extra")
    info.type, info.linkname = kind, "/etc/passwd"
    assert received(tarred({info: b"", **BOTH}), tmp_path).reason == reason


def test_a_linked_folder_cannot_redirect_a_later_member(tmp_path):
    link = tarfile.TarInfo("alice")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    files = {link: b""} | {f"alice/{name}": BOTH[name] for name in BOTH}
    assert received(tarred(files), tmp_path).reason == "link"
    assert not (tmp_path / "segmentation.py").exists()


def test_a_sparse_file_in_pax_style_is_refused(tmp_path):
    info = tarfile.TarInfo("segmentation.py")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    assert received(tarred({info: SOURCE}), tmp_path).reason == "special_file"


# --- tricks with sizes --------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [zipped, lambda files: gzip.compress(tarred(files))])
def test_a_bomb_in_a_wanted_name_stops_at_the_limit(pack, tmp_path):
    bomb = MODEL[:8] + bytes(3 << 20)
    assert received(pack(BOTH | {"segmentation_model.hdf5": bomb}), tmp_path).reason == (
        "model_too_large"
    )
    assert brought(tmp_path) == {}


@pytest.mark.parametrize("press", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_beside_the_files_stops_at_the_limit(press, tmp_path):
    content = press(tarred({"bomb": bytes(64 << 20), **BOTH}))
    tracemalloc.start()
    refusal = received(content, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.reason == "unpacked_too_large"
    assert peak < 16 << 20


def test_a_bomb_beside_the_files_in_a_zip_is_never_unpacked(tmp_path):
    submission = received(zipped({"bomb": bytes(64 << 20), **BOTH}), tmp_path)
    assert submission.ignored == ("bomb",)


def test_a_zip_that_declares_a_smaller_size_is_damaged(tmp_path):
    content = bytearray(zipped(BOTH))
    central = content.index(b"PK\x01\x02")
    assert struct.unpack_from("<I", content, central + 24) == (len(SOURCE),)
    struct.pack_into("<I", content, central + 24, 5)
    assert received(bytes(content), tmp_path).reason == "damaged"


def test_a_zip_with_a_wrong_checksum_is_damaged(tmp_path):
    content = zipped(BOTH, zipfile.ZIP_STORED).replace(b"return None", b"return 1234"[:11])
    assert received(content, tmp_path).reason == "damaged"


def test_a_zip_whose_list_is_huge_is_refused_before_it_is_read(tmp_path):
    line = b"PK\x01\x02" + bytes(42)
    lines = line * 40_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 40_000, 40_000, len(lines), 4, 0)
    assert received(b"PK\x03\x04" + lines + end, tmp_path).reason == "too_many_files"


def test_a_tar_of_many_members_is_refused(tmp_path):
    names = {f"{number}": b"" for number in range(2001)}
    assert received(gzip.compress(tarred(names)), tmp_path).reason == "too_many_files"


def test_a_tar_of_headers_without_members_comes_to_an_end(tmp_path):
    info = tarfile.TarInfo("x")
    info.type = tarfile.XGLTYPE
    content = info.tobuf(tarfile.USTAR_FORMAT) * 7000
    assert received(content, tmp_path).reason == "too_many_files"


@pytest.mark.parametrize("size", [-512, -1, 1 << 40])
def test_a_tar_with_a_false_size_comes_to_an_end(size, tmp_path):
    info = tarfile.TarInfo("x")
    info.size = size
    content = info.tobuf(tarfile.GNU_FORMAT) + tarred(BOTH)
    assert received(content, tmp_path).reason == "damaged"


@pytest.mark.parametrize(
    "record", [b"9 size=-1\n", b"99 path=a\n", b"0 a=b\n", b"nonsense", b"5 a\n"]
)
def test_a_tar_with_a_false_extension_is_damaged(record, tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, len(record)
    content = info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")
    member = tarfile.TarInfo("y").tobuf(tarfile.USTAR_FORMAT)
    assert received(content + member + bytes(1024), tmp_path).reason == "damaged"


def test_a_tar_with_a_huge_extension_is_not_taken_into_memory(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 3 << 20
    content = info.tobuf(tarfile.USTAR_FORMAT) + bytes(3 << 20)
    assert received(gzip.compress(content), tmp_path).reason == "damaged"


# --- damage and other files ---------------------------------------------------------------------


@pytest.mark.parametrize("program", ["deflated zip", "ustar", "tar.gz", "tar.bz2", "tar.xz"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_an_archive_is_damaged(program, share, tmp_path):
    content = HONEST[program]
    assert received(content[: int(len(content) * share)], tmp_path).reason == "damaged"


@pytest.mark.parametrize("program", ["tar.gz", "tar.bz2", "tar.xz"])
def test_an_archive_with_a_spoilt_middle_is_damaged(program, tmp_path):
    content = bytearray(HONEST[program])
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    assert received(bytes(content), tmp_path).reason == "damaged"


def test_a_packed_file_that_is_no_tar_is_no_archive(tmp_path):
    assert received(gzip.compress(MODEL), tmp_path).reason == "not_an_archive"


@pytest.mark.parametrize("nothing", [b"", zipped({}), tarred({}), gzip.compress(tarred({}))])
def test_an_archive_with_nothing_in_it_says_so(nothing, tmp_path):
    refusal = received(nothing, tmp_path)
    assert (refusal.reason, refusal.verdict) == ("empty", Verdict.MISSING_FILE)


def test_an_archive_inside_is_not_opened(tmp_path):
    inner = zipped(BOTH)
    refusal = received(zipped({"homework/alice.zip": inner}), tmp_path)
    assert refusal.reason == "nested_archive"
    assert refusal.facts == {"name": "homework/alice.zip"}


def test_a_name_in_a_refusal_is_fit_for_display(tmp_path):
    refusal = received(zipped(BOTH | {"\x1b[31m\u202e/evil": b""}), tmp_path)
    assert refusal.facts == {"name": "/evil"}


# --- any archive at all -------------------------------------------------------------------------

names = st.one_of(
    st.text(min_size=1, max_size=40),
    st.lists(st.sampled_from(["..", ".", "", "a", "CON", "\\", "segmentation.py"])).map(
        lambda parts: "/".join([*parts, "x"])
    ),
    st.sampled_from([*BOTH, *TRICKY_NAMES]),
).filter(lambda name: not any("\ud800" <= sign <= "\udfff" for sign in name))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=150, deadline=None)
@given(st.lists(names, max_size=4), st.sampled_from([zipped, tarred]), st.booleans())
def test_no_name_writes_outside_of_our_folder(found, pack, with_both):
    files = dict.fromkeys(found, b"x") | (BOTH if with_both else {})
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "parcel").write_bytes(pack(files))
        (home / "deep" / "into").mkdir(parents=True)
        outcome = receive(home / "parcel", home / "deep" / "into", SMALL)
        written = {str(path.relative_to(home)) for path in home.rglob("*")}
    expected = {"parcel", "deep", "deep/into"}
    if isinstance(outcome, Submission):
        expected |= {f"deep/into/{name}" for name in BOTH}
    assert written == expected


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(HONEST)),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), max_size=6),
)
def test_a_spoilt_archive_is_a_submission_or_a_refusal_and_nothing_else(program, spoils):
    content = bytearray(HONEST[program])
    for place, spoil in spoils:
        # From the end, and often near it: there a zip has its list.
        start = (len(content) - place % (600 if place % 2 else len(content))) % len(content)
        content[start : start + len(spoil)] = spoil
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcel"
        path.write_bytes(content)
        into = Path(folder) / "into"
        into.mkdir()
        outcome = receive(path, into, SMALL)
        assert isinstance(outcome, Submission | Refusal)
        assert len(list(into.iterdir())) == (2 if isinstance(outcome, Submission) else 0)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b""]),
    st.binary(max_size=700),
)
def test_bytes_with_the_beginning_of_an_archive_are_refused(beginning, rest):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcel"
        path.write_bytes(beginning + rest)
        into = Path(folder) / "into"
        into.mkdir()
        assert isinstance(receive(path, into, SMALL), Refusal)
