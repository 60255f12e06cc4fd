"""Settling a pool: a pure function of its bets, its outcome and its rules.

All in integers, one pass over the bets, then one over the winners; what does not divide goes to
the largest remainder, then to the larger stake, then to the lower user id. A user's bets on one
target count as one, so that neither their number nor their order changes anything.

Pots come before payouts: what each winning target pays is fixed first (share, price step, minimum
price) and then split among its backers. So a step or a minimum costs nobody a further fraction:
the backers of a target together get their stakes times its price, rounded down once.
Source of rules and cases: the settlement rules of betting pools, cases 1 to 36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from plugins.pools.rules.betting_types import (
    EQUAL_SPLIT, PRICE_UNIT, Bet, Outcome, PoolRules, Settlement,
)

WHOLE_BP = 10_000
Key = TypeVar("Key", int, str)


@dataclass(slots=True)
class Count:
    """Bets summed up. stakes: target -> user -> what counts; refunds: user -> what does not."""

    stakes: dict[str, dict[int, int]] = field(default_factory=dict)
    refunds: dict[int, int] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)


def settle(bets: Iterable[Bet], outcome: Outcome, rules: PoolRules) -> Settlement:
    """Return where all stakes go.

    Late and scratched stakes go back and are no part of the pool. What is left goes back whole,
    without takeout, when the pool is void, when nobody backed a winner, and when everybody did.
    An empty pool settles to nothing and is no money return: there is no money.
    """
    count = counted(bets, outcome)
    totals = {target: sum(users.values()) for target, users in count.stakes.items()}
    gross = sum(totals.values())
    won = {target: totals[target] for target in outcome.winners if target in totals}
    if sum(won.values()) in (0, gross):
        return _returned(count)
    takeout = gross * rules.takeout_bp // WHOLE_BP
    pots = target_pots(gross - takeout, won, rules)
    gains: dict[int, int] = {}
    for target, pot in pots.items():
        backers = count.stakes[target]
        for user, amount in apportioned(pot, backers, backers).items():
            gains[user] = gains.get(user, 0) + amount
    left = gross - takeout - sum(pots.values())
    winners, losers = _net(count.stakes, gains)
    return Settlement(
        payouts=_summed(gains, count.refunds), refunds=_by_user(count.refunds), takeout=takeout,
        breakage=max(left, 0), minus=max(-left, 0), winners=winners, losers=losers,
        invalidated_bettors=tuple(sorted(count.late)),
    )


def counted(bets: Iterable[Bet], outcome: Outcome) -> Count:
    """Sum up the bets by target and user, and set aside those that do not count."""
    count = Count()
    stakes, refunds = count.stakes, count.refunds
    happened_ms, scratched = outcome.happened_at_ms, outcome.scratched
    for bet in bets:
        user = bet.user
        is_late = happened_ms is not None and bet.placed_at_ms >= happened_ms
        if outcome.is_void or is_late or bet.target in scratched:
            refunds[user] = refunds.get(user, 0) + bet.amount_minor
            if is_late and not outcome.is_void:
                count.late.add(user)
            continue
        backers = stakes.get(bet.target)
        if backers is None:
            backers = stakes[bet.target] = {}
        backers[user] = backers.get(user, 0) + bet.amount_minor
    return count


def target_pots(net: int, won: Mapping[str, int], rules: PoolRules) -> dict[str, int]:
    """Return what each winning target pays to all its backers together.

    net: the pool without takeout. won: winning target -> its stakes, above 0.
    Without a price step and above the minimum price the pots sum to the net.
    """
    shares, parts = _shares(net, won, rules)
    is_halved = len(won) > 1 and rules.dead_heat == EQUAL_SPLIT
    pots: dict[str, int] = {}
    exact: dict[str, int] = {}
    for target, staked in won.items():
        price = paid_price(shares[target], parts * staked, rules, is_halved)
        if price is None:
            exact[target] = shares[target]
        else:
            pots[target] = staked * price // PRICE_UNIT
    if exact:
        pots.update(apportioned(sum(exact.values()) // parts, exact, won))
    return pots


def _shares(net: int, won: Mapping[str, int], rules: PoolRules) -> tuple[dict[str, int], int]:
    """Return each target's share of the net as numerators over one denominator.

    Profit split: own stakes and an equal part of the profit. Where takeout leaves less than the
    stakes there is no profit to split: all are paid one price, as a single winner would be.
    Source: case 11 (Ohio 3769-13-16), case 12, case 16.
    """
    targets = len(won)
    staked = sum(won.values())
    if targets > 1 and rules.dead_heat == EQUAL_SPLIT:
        return {target: net for target in won}, targets
    profit = net - staked
    if profit < 0:
        return {target: net * own for target, own in won.items()}, staked
    return {target: targets * own + profit for target, own in won.items()}, targets


def paid_price(share: int, stakes: int, rules: PoolRules, is_halved: bool = False) -> int | None:
    """Return the price of share/stakes after step and minimum, ten-thousandths.

    Returns: None when neither touches it: then the share itself is paid, to the minor unit.
    is_halved: an equal part of a dead heat, which may pay less than the stake: no minimum.
    The minimum is judged by the price before it is rounded down (cases 4 to 6).
    """
    worth = share * PRICE_UNIT
    minimum = rules.minimum_price
    if rules.low_price and worth <= rules.low_price_at * stakes:
        minimum = rules.low_price
    if is_halved:
        minimum = 0
    if rules.breakage:
        return max(worth // (stakes * rules.breakage) * rules.breakage, minimum)
    return minimum if worth < minimum * stakes else None


def apportioned(
    amount: int, shares: Mapping[Key, int], stakes: Mapping[Key, int]
) -> dict[Key, int]:
    """Split an amount in proportion to shares, exactly.

    What does not divide goes, one unit each, to the largest remainder, then to the larger stake,
    then to the lower key. Shares of nothing get nothing.
    """
    whole = sum(shares.values())
    if not whole:
        return dict.fromkeys(shares, 0)
    parts = {key: amount * share // whole for key, share in shares.items()}
    left = amount - sum(parts.values())
    if left:
        order = sorted(
            (-(amount * share % whole), -stakes[key], key) for key, share in shares.items()
        )
        for _, _, key in order[:left]:
            parts[key] += 1
    return parts


def _returned(count: Count) -> Settlement:
    """Return all stakes to those who put them in."""
    back = dict(count.refunds)
    for users in count.stakes.values():
        for user, amount in users.items():
            back[user] = back.get(user, 0) + amount
    return Settlement(
        payouts=_by_user(back), refunds=_by_user(count.refunds),
        invalidated_bettors=tuple(sorted(count.late)), is_money_return=bool(back),
    )


def _net(
    stakes: Mapping[str, Mapping[int, int]], gains: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return net wins and net losses of the stakes that counted, without users who broke even."""
    net = dict(gains)
    for users in stakes.values():
        for user, amount in users.items():
            net[user] = net.get(user, 0) - amount
    ordered = sorted(net.items())
    return (
        {user: amount for user, amount in ordered if amount > 0},
        {user: -amount for user, amount in ordered if amount < 0},
    )


def _summed(gains: Mapping[int, int], refunds: Mapping[int, int]) -> dict[int, int]:
    paid = dict(gains)
    for user, amount in refunds.items():
        paid[user] = paid.get(user, 0) + amount
    return {user: amount for user, amount in sorted(paid.items()) if amount}


def _by_user(amounts: Mapping[int, int]) -> dict[int, int]:
    return dict(sorted(amounts.items()))
