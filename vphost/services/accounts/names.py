"""Names of users: which are allowed, and which count as the same.

Letters of every script are allowed, with the marks that the script writes on them. People tell
names apart by their looks, so two things are refused that a program could well distinguish
(Unicode TS 39):

- a mixture of scripts, except those that one language writes together ("highly restrictive");
- a name that looks like a taken one ("skeleton", with case folded), or like one that only the host
  itself may have.

The tables of scripts and of look-alikes are those of the package confusable-homoglyphs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import idna
from confusable_homoglyphs import categories, confusables

from vphost.rules.texts import BLANKS

LENGTH = range(2, 33)
"""How many characters a username may have."""
VERSION = 2
"""Version of look keys; raised when the method changes, upon which all are made again."""
SEPARATORS = "._-"
MARKS_MAX = 4
"""How many marks one letter may have (TS 39, 5.4)."""
JOINERS = "\u200c\u200d"
_HIDDEN_MARKS = frozenset(map(chr, (
    0x034F, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F,
    *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
)))
_COMMON_MODIFIERS = frozenset("\u02bb\u02bc\u30fc")
"""Letters of no single script that names need: Hawaiian, romanised Ukrainian, Japanese."""
_EVERYWHERE = frozenset({"COMMON", "INHERITED"})
_TOGETHER = tuple(map(frozenset, (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"}, {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)))
"""Scripts that Japanese, Chinese and Korean write together."""


def is_username(name: str) -> bool:
    """Return whether a name is allowed: letters and digits of a script, and . _ - inside it.

    name: in NFKC.
    """
    if len(name) not in LENGTH or not (_is_letter(name[0]) and _ends_well(name[-1])):
        return False
    return (
        all(_fits(name, place) for place in range(len(name)))
        and _has_sound_marks(name) and is_of_one_script(name) and _has_digits_of_one_kind(name)
    )


def username_key(username: str) -> str:
    """Return the key that names share when they count as the same."""
    folded = unicodedata.normalize("NFKC", username).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_WITHOUT_JOINERS)


def look_key(username: str) -> str:
    """Return the key that names share when they look alike, ignoring case.

    The skeleton of TS 39 is taken of the name as written, so that a capital letter counts by its
    own shape, and again after folding the case. So I, l, 1, and therefore i, become one.
    """
    text = unicodedata.normalize("NFKC", username).translate(_WITHOUT_JOINERS)
    return skeleton(skeleton(text).casefold()).casefold()


def skeleton(text: str) -> str:
    """Return a text with each character replaced by the prototype of its look (TS 39, 4)."""
    parts = unicodedata.normalize("NFD", text)
    parts = _SOFT_DOT.sub(r"\1", parts)
    mapped = "".join(_PROTOTYPES.get(character, character) for character in parts)
    return unicodedata.normalize("NFD", mapped)


def is_reserved(username: str) -> bool:
    """Return whether a name looks like one that only the host itself may have."""
    return look_key("".join(c for c in username if c not in SEPARATORS)) in RESERVED


def is_of_one_script(name: str) -> bool:
    """Return whether all letters belong to one script, or to scripts that are written together."""
    scripts = {categories.alias(character) for character in name} - _EVERYWHERE
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)


def _is_letter(character: str) -> bool:
    """Return whether a character is a visible letter or digit."""
    if not character.isalnum() or character in BLANKS:
        return False
    is_modifier = unicodedata.category(character) == "Lm"
    return not (is_modifier and categories.alias(character) in _EVERYWHERE) or (
        character in _COMMON_MODIFIERS
    )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc") and character not in _HIDDEN_MARKS


def _ends_well(character: str) -> bool:
    return _is_letter(character) or _is_mark(character)


def _fits(name: str, place: int) -> bool:
    """Return whether a character is allowed at its place in a name."""
    character = name[place]
    if _is_letter(character) or character in SEPARATORS:
        return True
    if character in JOINERS:
        return _joins(name, place)
    return _is_mark(character) and place > 0 and name[place - 1] not in SEPARATORS


def _joins(name: str, place: int) -> bool:
    """Return whether a joiner changes how its neighbours are written (RFC 5892, A.1 and A.2)."""
    try:
        return bool(idna.valid_contextj(name, place))
    except ValueError:
        return False


def _has_sound_marks(name: str) -> bool:
    """Return whether no letter has too many marks, or the same mark twice (TS 39, 5.4)."""
    marks = ""
    for character in unicodedata.normalize("NFD", name):
        if unicodedata.category(character) != "Mn":
            marks = ""
            continue
        if character in marks[-1:] or len(marks) == MARKS_MAX:
            return False
        marks += character
    return True


def _has_digits_of_one_kind(name: str) -> bool:
    """Return whether all digits belong to one numeral system (TS 39, 5.3)."""
    zeros = {
        ord(character) - unicodedata.decimal(character)
        for character in name if character.isdecimal()
    }
    return len(zeros) <= 1


def _prototypes(table: Mapping[str, Iterable[Mapping[str, str]]]) -> dict[str, str]:
    """Return character -> prototype of everything that looks like it.

    table: a text -> those it is confused with, in both directions. A character that looks like
    several (m like rn) becomes these; of single characters that look alike, the most usual is the
    prototype.
    """
    mapped: dict[str, str] = {}
    classes: dict[str, set[str]] = {}
    for raw, others in table.items():
        one = raw.strip(_MARKS_OF_DIRECTION)
        for other in (entry["c"].strip(_MARKS_OF_DIRECTION) for entry in others):
            if len(one) == 1 < len(other):
                mapped[one] = other
            elif len(one) == len(other) == 1:
                joined = classes.get(one, {one}) | classes.get(other, {other})
                classes.update(dict.fromkeys(joined, joined))
    for character, alike in classes.items():
        mapped.setdefault(character, min(alike, key=_usualness))
    for small in map(chr, _SMALL_CAPITALS):
        letter = unicodedata.name(small, "").removeprefix(_SMALL_CAPITAL).lower()
        if len(letter) == 1:
            mapped[small] = mapped.get(letter, letter)
    return {**mapped, "w": "vv"}


def _usualness(character: str) -> tuple[bool, bool, str]:
    return (not character.isascii(), not character.isalpha(), character)


_SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
_SMALL_CAPITALS = (*range(0x0250, 0x02B0), *range(0x1D00, 0x1D80), *range(0xA720, 0xA800))
"""Blocks with the phonetic small capitals, which look like letters and are not in the table."""
_SOFT_DOT = re.compile("([iIjJ\u0131])\u0307+")
"""A dot above a letter that has one (as in the capital of Turkish i) shows nothing."""
_MARKS_OF_DIRECTION = "\u200e\u200f"
"""The table has these around right-to-left letters, for people who read it."""
_WITHOUT_JOINERS = dict.fromkeys(map(ord, JOINERS))
_PROTOTYPES = _prototypes(confusables.confusables_data)
RESERVED = frozenset(map(look_key, (
    "abuse", "admin", "administrator", "administrators", "admins", "anonymous", "bank", "banker",
    "bot", "cashier", "croupier", "dealer", "dealers", "director", "everyone", "floor",
    "floorman", "floormanager", "guest", "help", "helpdesk", "host", "hostmaster", "hosts",
    "house", "info", "manager", "mod", "moderator", "nobody", "noreply", "null", "official",
    "operator", "operators", "owner", "payments", "postmaster", "security", "server", "staff",
    "superuser", "support", "sysadmin", "system", "tournamentdirector", "undefined", "vphost",
    "webmaster", "world",
)))
"""Look keys of names that people would believe to be the host's own."""
