"""Amounts of major units to minor units and back, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("text", ["1.0000000000000000000000000000000", "100e-2", "1", "1.00"])
def test_zeros_behind_say_nothing(text: str) -> None:
    assert to_minor(text, 2) == 100


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
