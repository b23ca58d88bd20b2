"""From bytes to a parsed source, whatever the bytes are."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.policy.source import Source
from grader.records import Facts
from grader.text import clean

MAX_BYTES = 256 * 1024
MAX_WORDS = 60_000
"""Words and signs in a source. Every one may become a few objects of half a KiB in the syntax tree,
and until Python 3.11 an f-string takes time with the square of its parts; a solution of 1,000 lines
has about 15,000."""

_WORD = re.compile(r"\w+|[^\w\s]")
_ENCODING_LINE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_BLANK_LINE = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Only these: some of Python's codecs need minutes for a hostile text (punycode), or pack it.
_CODECS: Mapping[str, str] = {
    "utf8": "utf-8",
    "utf8sig": "utf-8",
    "ascii": "ascii",
    "usascii": "ascii",
    "latin1": "latin-1",
    "iso88591": "latin-1",
    "iso885915": "iso8859-15",
    "cp1251": "cp1251",
    "windows1251": "cp1251",
    "cp1252": "cp1252",
    "windows1252": "cp1252",
    "cp866": "cp866",
    "koi8r": "koi8-r",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source that cannot be parsed, as the only sighting in it."""

    rule: str
    line: int = 0
    facts: Facts = field(default_factory=dict)


def read_source(source: bytes) -> Source | Unreadable:
    """Parse a source with bounded time and memory. Never raises because of the bytes."""
    if len(source) > MAX_BYTES:
        return Unreadable("too_complex")
    text = _decoded(source)
    if text is None or "\0" in text:
        return Unreadable("unreadable_text")
    if len(_WORD.findall(text)) > MAX_WORDS:
        return Unreadable("too_complex")
    try:
        return Source.of(_parsed(text))
    except SyntaxError as error:
        return Unreadable("syntax_error", error.lineno or 0, {"problem": clean(error.msg, 120)})
    except (RecursionError, MemoryError):
        return Unreadable("too_complex")  # the parser says so of deep nesting
    except ValueError:
        return Unreadable("unreadable_text")


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence" would go to our own stderr
        return ast.parse(text)


def _decoded(source: bytes) -> str | None:
    codec = _CODECS.get(_declared_encoding(source))
    if codec is None:
        return None
    try:
        return source.removeprefix(_BYTE_ORDER_MARK).decode(codec)
    except UnicodeDecodeError:
        return None


def _declared_encoding(source: bytes) -> str:
    for line in source.removeprefix(_BYTE_ORDER_MARK).splitlines()[:2]:
        if found := _ENCODING_LINE.match(line):
            return re.sub(r"[-_.]", "", found.group(1).decode("latin-1").lower())
        if not _BLANK_LINE.match(line):
            break
    return "utf8"
