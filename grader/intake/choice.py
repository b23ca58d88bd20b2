"""Which entries of a parcel are the submission, or the sentence that helps to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.intake.parcel import MODEL_NAME, SOURCE_NAME, WANTED, Entry, Kind, Missing, Rejected
from grader.text import clean

_JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z", ".zst"})
_HDF5_SUFFIXES = frozenset({".h5", ".hdf5", ".hdf", ".he5"})
_MAX_IGNORED = 20
_SIMILAR = 0.75

_Home = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The two files of a submission, and the names of what is beside them."""

    source: Entry
    model: Entry
    ignored: tuple[str, ...]


def choose(entries: Sequence[Entry]) -> Choice:
    """Find the two files: at the top, or together in one top folder.

    Raises:
        Missing: One is not there, or not where it should be.
        Rejected: One is no ordinary file, or it is not clear which is meant.
    """
    entries = [entry for entry in entries if entry.parts and not _is_junk(entry)]
    homes = _homes(entries)
    home = _only_home(homes)
    if home is None:
        raise _explanation(entries, homes)
    source, model = (_ordinary(homes[home][name]) for name in WANTED)
    return Choice(source, model, _ignored(entries, home))


def _is_junk(entry: Entry) -> bool:
    """Whether an operating system put it there behind the student's back."""
    return not _JUNK.isdisjoint(entry.parts) or entry.parts[-1].startswith("._")


def _homes(entries: Sequence[Entry]) -> dict[_Home, dict[str, Entry]]:
    """The folders that hold a wanted name, with what they hold of them."""
    homes: dict[_Home, dict[str, Entry]] = {}
    for entry in entries:
        if entry.parts[-1] in WANTED:
            homes.setdefault(entry.parts[:-1], {})[entry.parts[-1]] = entry
    return homes


def _only_home(homes: dict[_Home, dict[str, Entry]]) -> _Home | None:
    complete = [home for home, found in homes.items() if len(found) == len(WANTED)]
    if () in complete:
        return ()
    near_the_top = [home for home in complete if len(home) == 1]
    if not near_the_top:
        return None
    if len(near_the_top) > 1 or () in homes:
        places = [_place(home) for home in homes if len(home) <= 1]
        raise Rejected("several_homes", first=places[0], second=places[1])
    return near_the_top[0]


def _ordinary(entry: Entry) -> Entry:
    match entry.kind:
        case Kind.FOLDER:
            raise Rejected("is_folder", name=entry.name)
        case Kind.LINK:
            raise Rejected("link", name=entry.name)
        case Kind.SPECIAL | Kind.HARD_LINK:
            raise Rejected("special_file", name=entry.name)
    return entry


def _ignored(entries: Sequence[Entry], home: _Home) -> tuple[str, ...]:
    """What lies beside the two files, a folder as one name; or outside of their folder."""
    names = set()
    for entry in entries:
        inside = entry.parts[: len(home)] == home
        parts = entry.parts[len(home) :] if inside else entry.parts
        if not parts or (inside and parts in ((SOURCE_NAME,), (MODEL_NAME,))):
            continue
        is_folder = len(parts) > 1 or entry.kind is Kind.FOLDER
        names.add(clean(parts[0], 80) + "/" * is_folder)
    return tuple(sorted(names)[:_MAX_IGNORED])


# --- why there is no submission -----------------------------------------------------------------


def _explanation(
    entries: Sequence[Entry], homes: dict[_Home, dict[str, Entry]]
) -> Missing | Rejected:
    if not entries:
        return Missing("empty")
    for home, found in homes.items():
        if len(found) == len(WANTED):
            return Missing("too_deep", folder=_place(home))
    places = {name: home for home, found in homes.items() for name in found}
    if len(places) == len(WANTED):
        return Missing(
            "apart", source=_place(places[SOURCE_NAME]), model=_place(places[MODEL_NAME])
        )
    files = [entry for entry in entries if entry.kind is Kind.FILE]
    return (
        _near_miss(files, [name for name in WANTED if name not in places])
        or _inner_archive(files)
        or Missing(_PLAINLY_MISSING[frozenset(places)])
    )


_PLAINLY_MISSING = {
    frozenset({MODEL_NAME}): "missing_source",
    frozenset({SOURCE_NAME}): "missing_model",
    frozenset[str](): "missing_both",
}


def _near_miss(files: Sequence[Entry], missing: Sequence[str]) -> Missing | None:
    names = sorted({entry.parts[-1][:100] for entry in files} - set(WANTED))
    for name in missing:
        find = _near_source if name == SOURCE_NAME else _near_model
        if refusal := find(names):
            return refusal
    return None


def _near_source(names: Sequence[str]) -> Missing | None:
    for near in _likeliest(SOURCE_NAME, names, at_least=_SIMILAR):
        match _suffix(near):
            case ".ipynb":
                return Missing("notebook", near=near)
            case ".py" | ".txt":
                return Missing("near_source", near=near)
    return None


def _near_model(names: Sequence[str]) -> Missing | None:
    saved = [name for name in names if _suffix(name) in _HDF5_SUFFIXES]
    for near in _likeliest(MODEL_NAME, saved, at_least=0.0):
        return Missing("near_model", near=near)
    for name in names:
        if _suffix(name) == ".keras":
            return Missing("keras_model", near=name)
    return None


def _likeliest(wanted: str, names: Sequence[str], at_least: float) -> list[str]:
    """A few names that were probably meant to be the wanted one, the likeliest first."""
    spellings = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(wanted, spellings, n=5, cutoff=at_least)
    return [spellings[spelling] for spelling in close]


def _inner_archive(files: Sequence[Entry]) -> Rejected | None:
    for entry in files:
        if _suffix(entry.name) in _ARCHIVE_SUFFIXES:
            return Rejected("nested_archive", name=entry.name)
    return None


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _place(home: _Home) -> str:
    return "/".join(home) + "/" if home else "the top"
