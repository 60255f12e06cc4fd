"""Reports as plain text, at most 72 columns wide in any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from vphost.rules.report import Form, Grid

WIDTH = 72
GAP = 2
NARROWEST = 12
"""Fewest columns for names; below that the table becomes a list."""


def render(form: Form) -> str:
    """Return a form as text."""
    return "\n\n".join("\n".join(part) for part in _parts(form)) + "\n"


def _parts(form: Form) -> Iterator[list[str]]:
    yield [*wrapped(form.title), "=" * min(WIDTH, width(form.title))]
    yield wrapped(form.lead)
    if form.result is not None:
        yield wrapped(f"{form.result[0]}: {form.result[1]}")
    for title, facts in form.facts:
        most = max((width(label) for label, _ in facts), default=0)
        yield [*_headed(title), *(
            line for label, value in facts for line in _labelled(label, value, most)
        )]
    for grid in form.grids:
        yield [*_headed(grid.title), *rows_of(grid)]
    for note in form.notes:
        yield wrapped(note)


def _headed(title: str) -> list[str]:
    return [title, "-" * width(title)]


def _labelled(label: str, value: str, most: int) -> list[str]:
    margin = most + GAP
    first, *rest = wrapped(value, WIDTH - margin) or [""]
    return [padded(label, margin) + first, *(" " * margin + line for line in rest)]


def rows_of(grid: Grid) -> list[str]:
    """Return a grid's lines; the first column is narrowed when there is not enough room.

    When that is not enough, every row becomes a name with a line for each value below it.
    """
    titles = tuple(column.title for column in grid.columns)
    rows = [titles, *grid.rows, *([grid.total] if grid.total else [])]
    widths = [max(width(row[place]) for row in rows) for place in range(len(titles))]
    room = WIDTH - sum(widths[1:]) - GAP * (len(widths) - 1)
    if room < min(widths[0], NARROWEST):
        return _stacked(grid, titles)
    widths[0] = min(widths[0], room)
    lines = [line for row in [titles, *grid.rows] for line in _row(grid, row, widths)]
    if grid.total:
        rule = "-" * (sum(widths) + GAP * (len(widths) - 1))
        lines += [rule, *_row(grid, grid.total, widths)]
    return lines


def _stacked(grid: Grid, titles: Sequence[str]) -> list[str]:
    most = max(width(title) for title in titles[1:]) + 2 * GAP
    lines = []
    for row in [*grid.rows, *([grid.total] if grid.total else [])]:
        lines += wrapped(row[0])
        for title, value in zip(titles[1:], row[1:], strict=True):
            first, *rest = wrapped(value, WIDTH - most) or [""]
            lines += [
                padded(" " * GAP + title, most) + first, *(" " * most + more for more in rest)
            ]
    return lines


def _row(grid: Grid, row: Sequence[str], widths: Sequence[int]) -> list[str]:
    name, *more = wrapped(row[0], widths[0]) or [""]
    cells = [padded(name, widths[0])]
    for column, cell, room in zip(grid.columns[1:], row[1:], widths[1:], strict=True):
        cells.append(padded(cell, room, right=column.is_number))
    return [(" " * GAP).join(cells).rstrip(), *more]


def wrapped(text: str, most: int = WIDTH) -> list[str]:
    """Return a text in lines of bounded width; a longer word is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(lines[-1]) + 1 + width(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines += _cut(word, most)
    return lines


def _cut(word: str, most: int) -> Iterator[str]:
    piece = ""
    for character in word:
        if width(piece + character) > most:
            yield piece
            piece = ""
        piece += character
    yield piece


def width(text: str) -> int:
    """Return how many columns a text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def padded(text: str, most: int, right: bool = False) -> str:
    """Return a text padded with spaces to a width."""
    room = " " * max(0, most - width(text))
    return room + text if right else text + room
