"""How reports look as text, HTML and CSV, whatever names and amounts are in them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from vphost.rules.money import Currency
from vphost.rules.report import Cell, Column, Form, Grid, Sheet, amount
from vphost.tables import report_csv, report_html, report_text

EURO = Currency("EUR", 2, "€")
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def form(name: str = "ada", money: str = "€12.50") -> Form:
    """Return a report with one name everywhere."""
    return Form(
        subject=f"Report {name}", title=name, lead=f"Hello {name}.", result=("Result", money),
        facts=(("The game", (("Table", name), ("Won", money))),),
        grids=(Grid(
            "Money", (Column("Player", False), Column("Bought in"), Column("Cashed out"),
                      Column("Net")),
            ((name, money, money, f"-{money}"), ("bob", money, money, f"+{money}")), 0,
            ("Together", money, money, "€0.00"),
        ),),
        notes=(f"{name} " * 40,), sheet=Sheet(("player", "net"), ((name, Decimal("12.50")),)),
    )


# -- CSV ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "=cmd()", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1+1", "\uff1dcmd()", "=1\n=2",
])
def test_64_a_text_that_could_be_a_formula_stays_a_text(text: str) -> None:
    [_, [cell]] = csv.reader(io.StringIO(report_csv.render(Sheet(("x",), ((text,),))), newline=""))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["Fri;=cmd|' /C calc'!A0", 'a;"b', "a; @SUM(A1);+1"])
def test_64_a_text_is_no_formula_where_cells_end_with_semicolons(text: str) -> None:
    told = report_csv.render(Sheet(("x", "y"), (("ada", text),)))
    rows = csv.reader(io.StringIO(told, newline=""), delimiter=";", quoting=csv.QUOTE_NONE)
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in {*"=+-@"}]


@pytest.mark.parametrize(("cell", "told"), [
    (Decimal("-12.50"), "-12.50"), (-3, "-3"), (Decimal("0.00"), "0.00"), (None, ""),
    (Decimal("1E+3"), "1000"), ("ada", "ada"), ("5-bet", "5-bet"), ("", ""),
    ("a;b", "a;b"),
])
def test_numbers_stay_numbers(cell: Cell, told: str) -> None:
    assert report_csv.cell_of(cell) == told


def test_lines_and_quotes_are_those_of_rfc_4180() -> None:
    sheet = Sheet(("a", "b"), (('x "y", z', 1), ("two\nlines", 2)))
    assert report_csv.render(sheet) == 'a,b\r\n"x ""y"", z",1\r\n"two\nlines",2\r\n'


# -- text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "x" * 64, "日本語" * 10, "Zoë " * 16, "e\u0301" * 32])
@pytest.mark.parametrize("money", ["€0.50", "₿90,071,992.54740991"])
def test_the_text_is_never_wider_than_72_columns(name: str, money: str) -> None:
    lines = report_text.render(form(name, money)).splitlines()
    assert max(map(report_text.width, lines)) <= 72
    assert sum(line.count(money) for line in lines) == 10, "no amount is cut"
    assert "".join(name.split()) in "".join("".join(lines).split())


def test_columns_of_numbers_end_in_one_line() -> None:
    lines = report_text.render(form()).splitlines()
    start = lines.index("Money") + 2
    ends = {len(line) for line in lines[start:start + 5]}
    assert len(ends) == 1, lines[start:start + 5]


# -- HTML --------------------------------------------------------------------------------------


class Looked(HTMLParser):
    """Notes elements and texts, and that everything that was opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        assert {name for name, _ in attrs}.isdisjoint({"src", "href", "onerror"})
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_names_are_shown_as_they_are_and_do_nothing() -> None:
    page = report_html.render(form(HOSTILE))
    looked = Looked(page)
    assert looked.elements == Looked(report_html.render(form())).elements
    assert looked.texts.count(HOSTILE) == 3
    assert "<img" not in page


def test_gains_and_losses_have_their_colours() -> None:
    assert report_html.colour("+€1.00") == report_html.GAIN
    assert report_html.colour("-€1.00") == report_html.LOSS
    assert report_html.colour("€0.00") == report_html.colour("-") == report_html.INK


@pytest.mark.parametrize(("minor", "told", "signed"), [
    (0, "€0.00", "€0.00"), (-5, "-€0.05", "-€0.05"), (120_450, "€1,204.50", "+€1,204.50"),
])
def test_amounts_are_told_with_their_sign_and_groups(minor: int, told: str, signed: str) -> None:
    assert (amount(minor, EURO), amount(minor, EURO, signed=True)) == (told, signed)
    assert amount(1200, Currency("JPY", 0, "¥")) == "¥1,200"
