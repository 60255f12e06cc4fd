"""What a report of a finished game says, as values; how it looks is `services/report_*`.

A mode's plugin makes a `Form` for the host of a table or for one of its players; the same form
becomes a mail with an HTML and a text part, and a table for spreadsheets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeAlias

from vphost.rules.mode import Event, Json
from vphost.rules.money import Currency, to_major

Cell: TypeAlias = str | int | Decimal | None
"""One value for a spreadsheet: text is somebody's words, a number is a number, None is nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table for people. is_number: its cells are flush right."""

    title: str
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A table for people. rows: as many texts each as there are columns. marked: the reader's own
    row, by index. total: a last row, empty for none."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: int | None = None
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for programs. rows: as many cells each as there are names."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A report to one reader.

    subject: of the mail. title, lead: how it begins. result: (label, value) of what matters most.
    facts: sections of (label, value), each with its title. notes: sentences at the end.
    """

    subject: str
    title: str
    lead: str
    result: tuple[str, str] | None
    facts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    grids: tuple[Grid, ...]
    notes: tuple[str, ...]
    sheet: Sheet


class GameReader(Protocol):
    """Folds the committed events of one room, secrets included, one after the other."""

    def read(self, event: Event, at_ms: int) -> Mapping[str, Json] | None:
        """Read the next event, decided at a moment; return the facts of the game that it ended.

        The facts are JSON and hold at least `game_id`, `currency`, `name` (of the table),
        `ended_ms`, and `lines`: an object for everybody who gets a report, with `player` (their
        number in the room) and `user` (their id).
        """
        ...

    def kept(self) -> Mapping[str, Json]:
        """Return, after a game has ended, what the reader of the next one has to know, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """The reports of a mode's finished games.

    name: unique among all plugins. modes: names of the modes that it is for. reader: makes what
    reads a room's events, from what the reader before kept (empty: there was none).
    host_form, player_form: (facts, user id of the reader, currency) -> the form. The facts are the
    reader's; the host process has added `hands` and, in each line, `played_ms` and `counters`
    (`rules/poker/statistics/counters.py`), of this game alone. player_form is asked only for users
    who have a line.
    """

    name: str
    modes: Sequence[str]
    reader: Callable[[Mapping[str, Json]], GameReader]
    host_form: Callable[[Mapping[str, Json], str, Currency], Form]
    player_form: Callable[[Mapping[str, Json], str, Currency], Form]


def amount(minor: int, currency: Currency, signed: bool = False) -> str:
    """Return money for people: "€1,204.50", "-P3.00"; signed: also a "+" for a gain."""
    whole, point, part = to_major(abs(minor), currency.decimals).partition(".")
    sign = "-" if minor < 0 else "+" if signed and minor > 0 else ""
    return f"{sign}{currency.symbol}{int(whole):,}{point}{part}"


def exact(minor: int, currency: Currency) -> Decimal:
    """Return money as a number of major units with all its decimals."""
    return Decimal(to_major(minor, currency.decimals))
