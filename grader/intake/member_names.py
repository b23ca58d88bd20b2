"""The names in an archive: every trick that a name can play is turned away with its own sentence.

We never create a file under a name from an archive, so none of these could do harm here. They are
refused because the archive would unpack differently on another machine, or somewhere else at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grader.intake.parcel import MAX_ENTRIES, Entry, Kind, Rejected

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE_OF_WINDOWS = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])[ .]*(?:[.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
_TURNED_AWAY_KINDS = {
    Kind.LINK: "link",
    Kind.HARD_LINK: "hard_link",
    Kind.SPECIAL: "special_file",
}


def vetted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of an archive, none of which plays a trick.

    Raises:
        Rejected: One of them does, or there are too many.
    """
    accepted: list[Entry] = []
    for entry in entries:
        if len(accepted) == MAX_ENTRIES:
            raise Rejected("too_many_files", limit=MAX_ENTRIES)
        _refuse_odd_name(entry.name)
        if reason := _TURNED_AWAY_KINDS.get(entry.kind):
            raise Rejected(reason, name=entry.name)
        accepted.append(entry)
    _refuse_collisions(accepted)
    return tuple(accepted)


def _refuse_odd_name(name: str) -> None:
    parts = name.split("/")
    if _CONTROL.search(name):
        raise Rejected("control_name", name=name)
    if _DRIVE.match(name):
        raise Rejected("drive_name", name=name)
    if name.startswith("/"):
        raise Rejected("absolute_name", name=name)
    if ".." in parts or ".." in name.split("\\"):
        raise Rejected("climbing_name", name=name)
    if "\\" in name:
        raise Rejected("backslash_name", name=name)
    if any(_DEVICE_OF_WINDOWS.fullmatch(part) for part in parts):
        raise Rejected("windows_name", name=name)


def _refuse_collisions(entries: Iterable[Entry]) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        earlier = seen.setdefault(_name_everywhere(entry), entry)
        if earlier is entry or earlier.kind is entry.kind is Kind.FOLDER:
            continue
        if earlier.parts == entry.parts:
            raise Rejected("duplicate_name", name=entry.name)
        raise Rejected("case_collision", name=entry.name, other=earlier.name)


def _name_everywhere(entry: Entry) -> str:
    """The name as a system sees it that ignores capitals and the spelling of accents."""
    return unicodedata.normalize("NFKC", "/".join(entry.parts)).casefold()
