"""Amounts of major units to minor units and back, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from vphost.rules.money import MAX_MINOR, BadAmount, to_major, to_minor


@pytest.mark.parametrize("text", [
    "1.00000000000000000000000000001", "0.00000000000000000000000000001",
    "9.999999999999999999999999999999999999", "1000000000000000.000000000000001",
    "0.001", "1e-3", "-1.00000000000000000000000000001",
])
def test_one_digit_too_many_is_seen_however_far_behind(text: str) -> None:
    for amount in (text, Decimal(text)):
        with pytest.raises(BadAmount):
            to_minor(amount, 2)


@pytest.mark.parametrize("amount", [
    "1", "1.0", "1.00", 1, 1.0, Decimal("1.0000"), Decimal("100e-2"),
])
def test_one_amount_has_several_forms(amount: str | int | float | Decimal) -> None:
    assert to_minor(amount, 2) == 100


@pytest.mark.parametrize("text", [
    "1__0", "1_0", "\uff11\uff10", "\u0661", " 5", "5 ", "5\n", "\u00a05", "1e1", "1E1", "+5",
    ".5", "5.", "-.5", "--5", "- 5", "05", "00", "00.50", "0x5", "1,000", "1.000", "5.0.0",
    "\u22125", "5\u0000", "5\ud800", "Infinity", "sNaN", "0" * 41,
])
def test_what_nobody_means_is_no_amount(text: str) -> None:
    with pytest.raises(BadAmount):
        to_minor(text, 2)


@pytest.mark.parametrize("text, decimals, minor", [
    ("0", 0, 0), ("7", 0, 7), ("-7", 0, -7), ("0.00000001", 8, 1), ("12.5", 2, 1250),
])
def test_amounts_have_their_currencys_decimals(text: str, decimals: int, minor: int) -> None:
    assert to_minor(text, decimals) == minor


@pytest.mark.parametrize("text", ["1.0", "1."])
def test_no_decimals_means_no_point(text: str) -> None:
    with pytest.raises(BadAmount):
        to_minor(text, 0)


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.integers(0, 8))
def test_there_and_back(minor: int, decimals: int) -> None:
    assert to_minor(to_major(minor, decimals), decimals) == minor


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 8))
def test_an_accepted_amount_is_the_same_number(amount: Decimal, decimals: int) -> None:
    try:
        minor = to_minor(amount, decimals)
    except BadAmount:
        return
    assert Decimal(to_major(minor, decimals)) == amount


@pytest.mark.parametrize("amount", [True, "NaN", "inf", "", "x", "1" * 41, "1e400", 2**53])
def test_what_is_no_amount(amount: object) -> None:
    with pytest.raises(BadAmount):
        to_minor(amount, 2)  # type: ignore[arg-type]
