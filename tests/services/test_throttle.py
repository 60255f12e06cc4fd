"""Rates and growing pauses."""

from __future__ import annotations

import pytest

from tests.services.hand_clock import HandClock
from vphost.services.throttle import Backoff, Rate


def test_a_rate_allows_its_burst_and_then_so_many_a_second() -> None:
    clock = HandClock()
    rate = Rate(2, 3, clock.now_ms)
    assert [rate.take("a") for _ in range(3)] == [0, 0, 0]
    assert rate.take("a") == pytest.approx(0.5)
    assert rate.take("b") == 0
    clock.pass_s(0.5)
    assert rate.take("a") == 0
    assert rate.take("a") > 0


def test_much_at_once_takes_as_much_and_waits_for_as_much() -> None:
    clock = HandClock()
    rate = Rate(2, 10, clock.now_ms)
    assert rate.take("a", 8) == 0
    assert rate.take("a", 4) == pytest.approx(1)
    assert rate.take("a", 2) == 0
    clock.pass_s(2)
    assert rate.take("a", 4) == 0
    assert rate.take("a") > 0


def test_asking_too_early_costs_nothing() -> None:
    clock = HandClock()
    rate = Rate(1, 1, clock.now_ms)
    assert rate.take("a") == 0
    for _ in range(100):
        assert rate.take("a") > 0
    clock.pass_s(1)
    assert rate.take("a") == 0


def test_pauses_double_up_to_the_longest() -> None:
    clock = HandClock()
    backoff = Backoff(2, 1_000, 8_000, clock.now_ms)
    waits = []
    for _ in range(8):
        backoff.fail("a")
        waits.append(backoff.wait_s("a"))
    assert waits == [0, 0, 1, 2, 4, 8, 8, 8]
    assert backoff.wait_s("b") == 0
    clock.pass_s(7.5)
    assert backoff.wait_s("a") == 0.5
    clock.pass_s(0.5)
    assert backoff.wait_s("a") == 0


def test_failures_are_forgotten_after_a_long_quiet() -> None:
    clock = HandClock()
    backoff = Backoff(0, 1_000, 8_000, clock.now_ms)
    for _ in range(5):
        backoff.fail("a")
    clock.pass_s(16.1)
    backoff.fail("a")
    assert backoff.wait_s("a") == 1


def test_a_success_is_forgiven_and_a_try_can_be_taken_back() -> None:
    clock = HandClock()
    backoff = Backoff(0, 1_000, 8_000, clock.now_ms)
    backoff.fail("a")
    backoff.fail("a")
    backoff.take_back("a")
    assert backoff.wait_s("a") == 1
    backoff.forgive("a")
    assert backoff.wait_s("a") == 0
    backoff.fail("b")
    backoff.take_back("b")
    assert backoff.wait_s("b") == 0


def test_invented_keys_do_not_fill_the_memory() -> None:
    clock = HandClock()
    rate, backoff = Rate(1, 1, clock.now_ms, 100), Backoff(1, 1, 1, clock.now_ms, 100)
    for number in range(1000):
        rate.take(str(number))
        backoff.fail(str(number))
    assert len(rate) == len(backoff) == 100
