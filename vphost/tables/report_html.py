"""Reports as HTML for mail programs.

One column of tables with inline styles, because many mail programs support nothing else. Nothing is
loaded from a network, and all text from elsewhere is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from vphost.rules.report import Form, Grid

FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
INK, SOFT, LINE, PAPER, FELT = "#1d2a24", "#5c6b64", "#dfe5e2", "#f3f5f4", "#14532d"
GAIN, LOSS = "#15703c", "#a8321f"
SIZE = "font-size:13px;line-height:18px"
ROW_PX, CHARACTER_PX, PADDING_PX = 270, 8, 8
"""What a phone 320 pixels wide has for a row; what a character and a cell's padding need."""
BREAKS = "overflow-wrap:anywhere;word-break:break-word"
SHEET = "role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\""


def render(form: Form) -> str:
    """Return a form as a whole page."""
    return (
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light\">"
        f"<title>{escape(form.subject)}</title></head>\n"
        f"<body style=\"margin:0;padding:0;background:{PAPER};color:{INK};{FONT}\">\n"
        f"<table {SHEET} style=\"background:{PAPER}\"><tr><td align=\"center\" "
        "style=\"padding:16px 8px\">\n"
        f"<table {SHEET} style=\"max-width:600px;background:#ffffff;border:1px solid {LINE};"
        "border-radius:8px\">\n"
        + "\n".join(_rows(form)) + "\n</table>\n</td></tr></table>\n</body></html>\n"
    )


def _rows(form: Form) -> Iterator[str]:
    yield (
        f"<tr><td style=\"background:{FELT};border-radius:8px 8px 0 0;padding:18px 16px 16px\">"
        f"<h1 style=\"margin:0;font-size:22px;line-height:28px;color:#ffffff;{BREAKS}\">"
        f"{escape(form.title)}</h1></td></tr>"
    )
    yield _block(
        f"<p style=\"margin:0;font-size:15px;line-height:22px;{BREAKS}\">{escape(form.lead)}</p>"
    )
    if form.result is not None:
        label, value = form.result
        yield _block(
            f"<p style=\"margin:0;font-size:13px;line-height:18px;color:{SOFT}\">"
            f"{escape(label)}</p><p style=\"margin:0;font-size:32px;line-height:40px;"
            f"font-weight:700;color:{colour(value)};{BREAKS}\">{escape(value)}</p>"
        )
    for title, facts in form.facts:
        yield _block(_heading(title) + _facts(facts))
    for grid in form.grids:
        yield _block(_heading(grid.title) + table_of(grid))
    notes = "".join(
        f"<p style=\"margin:0 0 8px;font-size:12px;line-height:18px;color:{SOFT}\">"
        f"{escape(note)}</p>" for note in form.notes
    )
    yield _block(notes, bottom=16)


def _block(content: str, bottom: int = 0) -> str:
    return f"<tr><td style=\"padding:16px 16px {bottom}px\">{content}</td></tr>"


def _heading(title: str) -> str:
    return (
        f"<h2 style=\"margin:0 0 6px;font-size:16px;line-height:22px;color:{INK}\">"
        f"{escape(title)}</h2>"
    )


def _facts(facts: tuple[tuple[str, str], ...]) -> str:
    edge = f"border-top:1px solid {LINE};padding:6px 0;font-size:14px;line-height:20px"
    rows = "".join(
        f"<tr><td style=\"{edge};color:{SOFT};padding-right:12px\">{escape(label)}</td>"
        f"<td align=\"right\" style=\"{edge};{BREAKS}\">{escape(value)}</td></tr>"
        for label, value in facts
    )
    return f"<table {SHEET}>{rows}</table>"


def table_of(grid: Grid) -> str:
    """Return a grid, with each name above its numbers, so that it fits a phone.

    Numbers that are too long to be side by side get a line each.
    """
    rows = [*grid.rows, *([grid.total] if grid.total else [])]
    is_listed = not fits(grid)
    lines = [] if is_listed else [_head(grid)]
    for place, row in enumerate(rows):
        is_total = bool(grid.total) and place == len(rows) - 1
        style = f"background:{PAPER};" if place == grid.marked else ""
        edge = f"border-top:{'2px' if is_total else '1px'} solid {INK if is_total else LINE};"
        span = 2 if is_listed else len(grid.columns) - 1
        lines.append(
            f"<tr><td colspan=\"{span}\" style=\"{edge}{style}padding:8px 4px 0;{SIZE};"
            f"font-weight:600;{BREAKS}\">{escape(row[0])}</td></tr>"
        )
        lines.append((_listed if is_listed else _beside)(grid, row, style))
    return (
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
        f"style=\"border-collapse:collapse\">{''.join(lines)}</table>"
    )


def fits(grid: Grid) -> bool:
    """Return whether a row of numbers fits a small phone, by their characters."""
    rows = [tuple(column.title for column in grid.columns), *grid.rows, grid.total]
    widest = [max(map(len, cells)) for cells in zip(*(row[1:] for row in rows if row))]
    return sum(CHARACTER_PX * most + PADDING_PX for most in widest) <= ROW_PX


def _head(grid: Grid) -> str:
    cells = "".join(
        f"<th scope=\"col\" align=\"right\" style=\"padding:0 4px 6px;{SIZE};color:{SOFT};"
        f"font-weight:400;white-space:nowrap\">{escape(column.title)}</th>"
        for column in grid.columns[1:]
    )
    return f"<tr>{cells}</tr>"


def _beside(grid: Grid, row: tuple[str, ...], style: str) -> str:
    cells = "".join(
        f"<td align=\"right\" style=\"{style}padding:0 4px 8px;{SIZE};white-space:nowrap;"
        f"color:{colour(text)}\">{escape(text)}</td>" for text in row[1:]
    )
    return f"<tr>{cells}</tr>"


def _listed(grid: Grid, row: tuple[str, ...], style: str) -> str:
    return "".join(
        f"<tr><td style=\"{style}padding:0 4px 4px;{SIZE};color:{SOFT}\">{escape(column.title)}"
        f"</td><td align=\"right\" style=\"{style}padding:0 4px 4px;{SIZE};color:{colour(text)};"
        f"{BREAKS}\">{escape(text)}</td></tr>"
        for column, text in zip(grid.columns[1:], row[1:], strict=True)
    )


def colour(text: str) -> str:
    """Return the colour of a value by its sign."""
    is_amount = len(text) > 1
    return GAIN if is_amount and text[0] == "+" else LOSS if is_amount and text[0] == "-" else INK
