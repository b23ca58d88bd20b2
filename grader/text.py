"""The one border where foreign text is made fit for display.

Everything that a student wrote and a person will read passes here: names of files, words of an
exception, lines of a log. What leaves cannot move a cursor, colour a terminal, hide characters or
turn the direction of reading. It may still hold ``<``, ``[`` or ``=``: escaping for HTML, rich or a
spreadsheet belongs to whoever writes that format.
"""

from __future__ import annotations

import re
import unicodedata

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles, links
    r"|\x1b[ -/]*[0-~]"  # the two- and three-character ones
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_BUT_VISIBLE_WIDTH = "\u115f\u1160\u3164\uffa0\u2800"  # fillers: letters that show nothing
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cn"})
_ELLIPSIS = "…"

NAME_LIMIT = 80
NAMELESS = "unnamed"


def clean(text: str, limit: int = 200, lines: bool = False) -> str:
    """Make foreign text fit for display.

    Escape sequences, control characters, bidi and zero-width marks, private and unassigned
    characters disappear; bytes that were no text become ``?`` in a diamond; in a single line, runs
    of blanks become one.

    Args:
        text: Anything, also with lone surrogates as `os.fsdecode` makes them.
        limit: Greatest length of the result in characters, at least 1; a cut text ends with ``…``.
        lines: Whether lines stay apart; otherwise their ends become blanks.

    Returns:
        Text in normal form C, no line of which ends in a blank. Cleaning it again changes nothing.
    """
    text = _ESCAPE_SEQUENCE.sub("", text)
    text = _LINE_ENDS.sub("\n", text)
    shown = unicodedata.normalize("NFC", "".join(map(_shown, text)))
    if lines:
        shown = "\n".join(line.rstrip() for line in shown.split("\n")).strip("\n")
    else:
        shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + _ELLIPSIS


def clean_name(text: str) -> str:
    """Make a student's folder or archive name fit for display: one line, 1 to 80 characters."""
    return clean(text, NAME_LIMIT) or NAMELESS


def _shown(character: str) -> str:
    if character == "\n" or " " <= character <= "~":
        return character
    if character == "\t" or character in _BLANK_BUT_VISIBLE_WIDTH:
        return " "
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return "" if category in _HIDDEN_CATEGORIES else character


def folder_name(name: str) -> str:
    """A cleaned name as the name of one folder: no separators, no dots in front."""
    return name.replace("/", "_").replace("\\", "_").replace(":", "_").lstrip(". ") or "unnamed"
