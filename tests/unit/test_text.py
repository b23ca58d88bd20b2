"""Foreign text on its way to a screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import NAME_LIMIT, clean, clean_name, folder_name


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jwiped", "wiped"),
        ("\x1b]0;a new title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bcreset", "reset"),
        ("an open \x1b]0;sequence", "an open 0;sequence"),
        ("bell\x07, back\x08, null\x00", "bell, back, null"),
        ("txt\u202egnp.exe", "txtgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\t b\r\nc\u2028d", "a b c d"),
        ("\u3164\u3164", ""),
        ("bytes \udcff", "bytes \ufffd"),
        ("и\u0306", "й"),
        ("<b>[red]=1+1", "<b>[red]=1+1"),
    ],
)
def test_a_foreign_text_becomes_harmless(foreign, shown):
    assert clean(foreign) == shown


def test_a_long_text_is_cut_with_a_sign():
    assert clean("word " * 100, limit=12) == "word word w…"


def test_lines_stay_apart_on_request():
    log = "Traceback:\r\n  File x\x1b[K\n\n  line\x0b"
    assert clean(log, lines=True) == "Traceback:\n  File x\n\n  line"


def test_a_cyrillic_name_with_blanks_stays():
    assert clean_name("Иванов Пётр") == "Иванов Пётр"


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b\x00"])
def test_a_name_is_never_empty(nothing):
    assert clean_name(nothing) == "unnamed"


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.booleans())
def test_nothing_that_moves_or_hides_gets_through(foreign, lines):
    shown = clean(foreign, 100, lines)
    assert len(shown) <= 100
    hidden = {unicodedata.category(sign) for sign in shown.replace("\n", "")} & {"Cc", "Cf", "Cs"}
    assert not hidden
    assert lines or "\n" not in shown
    assert clean(shown, 100, lines) == shown


@given(st.text(max_size=300))
def test_a_name_is_one_short_line(foreign):
    name = clean_name(foreign)
    assert 1 <= len(name) <= NAME_LIMIT
    assert name.splitlines() == [name]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Алиса Иванова", "Алиса Иванова"),
        ("..", "unnamed"),
        ("../../etc", "_.._etc"),
        ("C:\\boot", "C__boot"),
        (".hidden", "hidden"),
    ],
)
def test_a_folder_name_stays_in_its_folder(name: str, folder: str) -> None:
    assert folder_name(name) == folder
