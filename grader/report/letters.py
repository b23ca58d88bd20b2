"""Names in the letters that Pillow's built-in font has, which are the ASCII ones."""

from __future__ import annotations

import unicodedata

_CYRILLIC_FROM_U0430 = (
    "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia",
)  # fmt: skip
_CYRILLIC = {chr(0x0430 + place): latin for place, latin in enumerate(_CYRILLIC_FROM_U0430)}
_CYRILLIC |= {"\u0451": "e", "\u0454": "ie", "\u0456": "i", "\u0457": "i", "\u0491": "g"}
_OTHERS = {"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "œ": "oe"}
_LATIN = {**_CYRILLIC, **_OTHERS}


def in_ascii(text: str) -> str:
    """Write ``text`` in ASCII: Cyrillic by sound, other letters without marks, the rest as ``?``.

    Cyrillic as in passports: ICAO Doc 9303, part 3, section 6 B.
    """
    return "".join(_latin(character) for character in unicodedata.normalize("NFC", text))


def _latin(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else "?"
    latin = _LATIN.get(character.lower())
    if latin is not None:
        return latin.capitalize() if character.isupper() else latin
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if part.isascii() and part.isprintable()) or "?"
