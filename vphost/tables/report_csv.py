"""Reports as tables for programs: CSV as RFC 4180 has it, in UTF-8.

Spreadsheets take a text that begins like a formula for one, so such a text gets an apostrophe in
front; numbers are ours and stay numbers, with their sign. In countries with a decimal comma they
split at semicolons instead, even inside quotes, so what follows a semicolon is a cell there.
"""

from __future__ import annotations

import csv
import io
import re

from vphost.rules.report import Cell, Sheet

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with, including the full-width forms that spreadsheets may normalise."""
_HIDDEN = re.compile("([;\t])(?=\\s*[=+@\uff1d\uff0b\uff0d\uff20-])")
"""Where a formula begins for a program that splits at other characters."""


def render(sheet: Sheet) -> str:
    """Return a sheet as CSV with a header line; lines end with CRLF."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(sheet.names)
    for row in sheet.rows:
        writer.writerow([cell_of(cell) for cell in row])
    return written.getvalue()


def cell_of(cell: Cell) -> str:
    """Return one cell; a text that could be a formula is made harmless."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = _HIDDEN.sub(r"\1'", cell)
        return f"'{text}" if cell[:1] in FORMULA or cell.lstrip()[:1] in FORMULA else text
    return f"{cell:f}" if not isinstance(cell, int) else str(cell)
