"""Counters of what players did over many hands, and the figures that people read off them.

Counters are integers that add up: the counters of two sets of hands are merged by adding them,
only `MAXIMA` keep the larger one. Whatever is a share or an average is worked out at the edge, by
`figures`, and is None where there is nothing to divide by.
Source: poker-stats (definitions of PokerTracker 4, fpdb and Hold'em Manager).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Counters: TypeAlias = dict[str, int]
"""Counter -> number; one that is missing is 0. Money in minor units."""

SUMS = {
    "hands_dealt": "hands dealt in",
    "walks": "hands without an own action before the flop",
    "vpip": "hands with a voluntary call, bet or raise before the flop",
    "pfr": "hands with a raise before the flop",
    "pfr_chances": "hands with a chance to raise before the flop",
    "limp": "hands with a call before any raise",
    "three_bet": "hands with the second raise before the flop",
    "three_bet_chances": "hands that faced one raise, somebody else's, and could raise",
    "steal": "hands opened by a raise from cutoff, button or small blind",
    "steal_chances": "hands folded to the player there",
    "aggressive": "bets and raises after the flop was dealt",
    "calls": "calls after the flop was dealt",
    "folds": "folds after the flop was dealt",
    "cbet_made": "flop bets as last raiser before it, before anybody else's",
    "cbet_chances": "flops with a chance to make one",
    "cbet_faced": "decisions against somebody else's, not raised yet",
    "fold_to_cbet": "folds among them",
    "flops_seen": "hands not folded when the flop was dealt",
    "wtsd": "hands not folded at a showdown",
    "wsd": "showdowns in which chips of a pot were won",
    "wwsf": "hands not folded before the flop in which chips of a pot were won",
    "pots_won": "hands in which chips of a pot were won",
    "collected": "chips from pots, what nobody had called excluded",
    "net": "chips at the end of hands less chips at their beginning",
    "net_bb_millionths": "the same in big blinds of each hand, in millionths",
    "folded": "hands folded",
    "folded_comparable": "hands folded that can be compared with those that went on",
    "folded_best": "among them, hands that would have won or tied",
    "folded_best_lost": "own chips in the pots of those",
    "won_without_best": "hands won by folds though a folded hand was better",
    "screwed_on_river": "showdowns lost though best, or tied for it, on the turn",
}
"""Counters that are added, with what one counts."""

MAXIMA = {"biggest_pot": "most chips collected in one hand"}
"""Counters of which the larger one is kept."""

AMOUNTS = frozenset({"collected", "net", "folded_best_lost", "biggest_pot", "chips"})
"""Counters in minor units of money; tournament chips are no money and are not counted in them."""

VERSUS = {
    "hands": "hands in which both were dealt in",
    "chips": "chips won from the other less chips lost to them",
    "showdowns_won": "showdowns of both that the other lost and this player won",
    "showdowns_lost": "the other way round",
}
"""Counters of a player against another one; all are added."""


def merged(tables: Iterable[Mapping[str, int]]) -> Counters:
    """Return counters of all hands of several tables of counters."""
    total: Counters = {}
    for table in tables:
        for name, number in table.items():
            if name in MAXIMA:
                total[name] = max(total.get(name, 0), number)
            else:
                total[name] = total.get(name, 0) + number
    return total


def whole(counters: Mapping[str, int]) -> Counters:
    """Return all of a player's counters by name, those that never counted as 0."""
    return {name: counters.get(name, 0) for name in (*SUMS, *MAXIMA)}


def figures(counters: Mapping[str, int]) -> dict[str, float | None]:
    """Return percentages, ratios and averages; None where there is nothing to divide by.

    `vpip_pct`, `pfr_pct` and `limp_pct` are of the hands that were no walks. `average_pot` is of
    the shares that the player collected. `bb100`: big blinds won per hundred hands.
    """
    have = whole(counters)
    acted = have["hands_dealt"] - have["walks"]
    decisions = have["aggressive"] + have["calls"] + have["folds"]
    shares = {
        name: _ratio(100 * have[part], of) for name, part, of in (
            ("vpip_pct", "vpip", acted),
            ("pfr_pct", "pfr", acted),
            ("pfr_of_chances_pct", "pfr", have["pfr_chances"]),
            ("limp_pct", "limp", acted),
            ("three_bet_pct", "three_bet", have["three_bet_chances"]),
            ("steal_pct", "steal", have["steal_chances"]),
            ("aggression_frequency_pct", "aggressive", decisions),
            ("cbet_pct", "cbet_made", have["cbet_chances"]),
            ("fold_to_cbet_pct", "fold_to_cbet", have["cbet_faced"]),
            ("flops_seen_pct", "flops_seen", have["hands_dealt"]),
            ("wtsd_pct", "wtsd", have["flops_seen"]),
            ("wsd_pct", "wsd", have["wtsd"]),
            ("wwsf_pct", "wwsf", have["flops_seen"]),
            ("pots_won_pct", "pots_won", have["hands_dealt"]),
            ("folded_best_pct", "folded_best", have["folded_comparable"]),
            ("won_without_best_pct", "won_without_best", have["pots_won"]),
        )
    }
    return {
        **shares,
        "af": _ratio(have["aggressive"], have["calls"]),
        "average_pot": _ratio(have["collected"], have["pots_won"]),
        "bb100": _ratio(have["net_bb_millionths"], have["hands_dealt"] * 10_000),
    }


def _ratio(part: int, of: int) -> float | None:
    return round(part / of, 4) if of else None
