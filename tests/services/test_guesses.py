"""Who guesses waits; the owner of the account does not."""

from __future__ import annotations

import pytest

from tests.services.hand_clock import HandClock
from vphost.services.guesses import Guesses, GuessLimits, Lane, network, wide_network

ADA, HOME, AWAY, STRANGER = "ada@example.org", "192.0.2.1", "192.0.2.2", "203.0.113.9"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def guesses(clock: HandClock) -> Guesses:
    return Guesses(GuessLimits(), clock.now_ms)


def guess(guesses: Guesses, lane: Lane, times: int = 1) -> int:
    """Guess wrong; return how many of the tries were looked at."""
    looked_at = 0
    for _ in range(times):
        if guesses.wait_s(lane) == 0:
            guesses.begin(lane)
            guesses.fail(lane)
            looked_at += 1
    return looked_at


def sign_in(guesses: Guesses, lane: Lane) -> None:
    """Know the password."""
    assert guesses.wait_s(lane) == 0
    guesses.begin(lane)
    guesses.succeed(lane)


def test_a_guesser_bars_themselves_only(guesses: Guesses) -> None:
    assert guess(guesses, guesses.from_address(ADA, STRANGER), 40) == 6
    assert guesses.wait_s(guesses.from_address(ADA, STRANGER)) > 0
    for address in (HOME, AWAY, "2001:db8::1"):
        assert guesses.wait_s(guesses.from_address(ADA, address)) == 0


def test_guessing_from_everywhere_is_bounded(guesses: Guesses) -> None:
    tries = sum(
        guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}")) for n in range(250)
    )
    assert tries == 51
    assert guesses.wait_s(guesses.from_address(ADA, HOME)) > 0
    assert guesses.wait_s(guesses.from_address("bob@example.org", HOME)) == 0


def test_a_flood_for_a_day_looks_at_few_passwords(guesses: Guesses, clock: HandClock) -> None:
    tries = 0
    for minute in range(24 * 60):
        clock.pass_s(60)
        places = (f"10.{minute // 250}.{minute % 250}.{n}" for n in range(4))
        tries += sum(guess(guesses, guesses.from_address(ADA, one)) for one in places)
    assert tries < 400


def test_a_known_place_or_device_is_not_held_up(guesses: Guesses) -> None:
    sign_in(guesses, guesses.from_address(ADA, HOME))
    for n in range(250):
        guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}"))
    assert guesses.wait_s(guesses.from_address(ADA, AWAY)) > 0
    sign_in(guesses, guesses.from_address(ADA, HOME))
    sign_in(guesses, guesses.from_device(ADA, "phone", AWAY))
    sign_in(guesses, guesses.from_address(ADA, AWAY))


def test_a_device_is_not_held_up_by_others_in_its_place(guesses: Guesses) -> None:
    guess(guesses, guesses.from_address(ADA, HOME), 40)
    for n in range(40):
        guess(guesses, guesses.from_address(f"u{n}@example.org", HOME))
    assert guesses.wait_s(guesses.from_address(ADA, HOME)) > 0
    sign_in(guesses, guesses.from_device(ADA, "phone", HOME))


def test_a_device_that_guesses_is_slowed_down(guesses: Guesses) -> None:
    assert guess(guesses, guesses.from_device(ADA, "phone", HOME), 40) == 6
    assert guesses.wait_s(guesses.from_device(ADA, "laptop", HOME)) == 0
    assert sum(
        guess(guesses, guesses.from_device(ADA, f"stolen {n}", HOME)) for n in range(200)
    ) == 45


def test_an_owner_who_signs_in_helps_no_guesser(guesses: Guesses) -> None:
    sign_in(guesses, guesses.from_address(ADA, HOME))
    tries = 0
    for n in range(250):
        tries += guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}"))
        sign_in(guesses, guesses.from_address(ADA, HOME))
        sign_in(guesses, guesses.from_device(ADA, "phone", AWAY))
    assert tries == 51


def test_a_signed_in_owner_is_counted_alone(guesses: Guesses) -> None:
    for n in range(250):
        guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}"))
    guess(guesses, guesses.from_address(ADA, HOME), 40)
    assert guess(guesses, guesses.from_session("u1", "s1"), 40) == 6
    assert guesses.wait_s(guesses.from_session("u1", "s2")) == 0
    assert guesses.wait_s(guesses.from_session("u2", "s1")) == 0


def test_a_new_password_by_mail_lets_its_owner_in(guesses: Guesses) -> None:
    for n in range(250):
        guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}"))
    guess(guesses, guesses.from_address(ADA, HOME), 40)
    guesses.forgive(ADA, HOME)
    for n in range(250):
        guess(guesses, guesses.from_address(ADA, f"203.0.113.{n}"))
    sign_in(guesses, guesses.from_address(ADA, HOME))


def test_a_64_of_ipv6_is_one_place(guesses: Guesses) -> None:
    tries = sum(guess(guesses, guesses.from_address(ADA, f"2001:db8::{n:x}")) for n in range(40))
    assert tries == 6
    assert guesses.wait_s(guesses.from_address(ADA, "2001:db8:0:1::1")) == 0


def test_many_64s_of_one_site_are_bounded_together(guesses: Guesses) -> None:
    tries = sum(
        guess(guesses, guesses.from_address(f"u{n}@example.org", f"2001:db8:0:{n:x}::1"))
        for n in range(500)
    )
    assert tries == 121
    assert guesses.wait_s(guesses.from_address(ADA, "2001:db8:1::1")) == 0


def test_a_try_that_was_not_looked_at_does_not_count(guesses: Guesses) -> None:
    lane = guesses.from_address(ADA, HOME)
    for _ in range(100):
        guesses.begin(lane)
        guesses.take_back(lane)
    assert guesses.wait_s(lane) == 0


def test_networks_of_addresses() -> None:
    assert network("::ffff:192.0.2.1") == wide_network("192.0.2.1") == HOME
    assert network("2001:db8:1:2:3::4%eth0") == "2001:db8:1:2::/64"
    assert wide_network("2001:db8:1:2:3::4") == "2001:db8:1::/48"
    assert network("x" * 100) == "x" * 64
