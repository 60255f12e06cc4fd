"""Texts that people write for people: whether there is anything to see in one.

A name or a message that shows nothing can be told from no other, and passes for an empty place.
Unicode has many characters that show nothing and are no white space: fillers that count as letters,
the blank of braille, joiners, marks of direction, tags. A mark shows only on something.
"""

from __future__ import annotations

import unicodedata

FORMAT = "visible-text"
"""The name by which schemas ask for such a text."""
BLANKS = frozenset(map(chr, (
    0x115F, 0x1160, 0x3164, 0xFFA0,      # fillers of Hangul, letters by their category
    0x2800,                              # braille without dots, a symbol
    0xFFFC,                              # stands for an object that is not there
    0x1D159,                             # a head of a note that is not drawn
)))
"""Characters that show nothing though their category says letter or symbol."""
_HIDDEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
_UNASSIGNED_BLANK = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
"""Not assigned yet, to show nothing some day (Default_Ignorable_Code_Point)."""


def shows(character: str) -> bool:
    """Say whether a character can be seen by itself; one that is newer than our tables can."""
    category = unicodedata.category(character)
    if category in _HIDDEN or character in BLANKS:
        return False
    return category != "Cn" or not any(ord(character) in one for one in _UNASSIGNED_BLANK)


def is_visible(text: str) -> bool:
    """Say whether a text shows anything: a letter, digit, sign or symbol."""
    return any(map(shows, text))
