"""Reports as tables for programs: CSV as RFC 4180 has it, in UTF-8.

Spreadsheets take a text that begins like a formula for one, so such a text gets an apostrophe in
front; numbers are ours and stay numbers, with their sign.
"""

from __future__ import annotations

import csv
import io

from vphost.rules.report import Cell, Sheet

FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with, the wide forms that a spreadsheet may fold included."""


def told(sheet: Sheet) -> str:
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
        return f"'{cell}" if cell[:1] in FORMULA or cell.lstrip()[:1] in FORMULA else cell
    return f"{cell:f}" if not isinstance(cell, int) else str(cell)
