"""Reports as tables for programs: CSV as RFC 4180 has it, in UTF-8.

Spreadsheets take a text that begins like a formula for one, so such a text gets an apostrophe in
front; numbers are ours and stay numbers, with their sign. Where the comma is the decimal point they
split at semicolons instead, whatever is quoted: what stands behind one is a cell of its own there.
"""

from __future__ import annotations

import csv
import io
import re

from vphost.rules.report import Cell, Sheet

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with, the wide forms that a spreadsheet may fold included."""
_HIDDEN = re.compile("([;\t])(?=\\s*[=+@\uff1d\uff0b\uff0d\uff20-])")
"""Where a formula begins for a program that splits elsewhere."""


def render(sheet: Sheet) -> str:
    """Return a sheet with a line of names, lines ended by CRLF."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(sheet.names)
    for row in sheet.rows:
        writer.writerow([cell_of(cell) for cell in row])
    return written.getvalue()


def cell_of(cell: Cell) -> str:
    """Return one cell; a text that could be a formula is made a text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = _HIDDEN.sub(r"\1'", cell)
        return f"'{text}" if cell[:1] in FORMULA or cell.lstrip()[:1] in FORMULA else text
    return f"{cell:f}" if not isinstance(cell, int) else str(cell)
