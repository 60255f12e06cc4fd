"""Takes the forced bets at the start of a hand, in their order.

Antes that everybody pays come first, then the blinds, then an ante that one player pays for all,
then what returning players owe, then straddles.
"""

from __future__ import annotations

from vphost.rules.poker.facts import Posted
from vphost.rules.poker.forced import forced_for
from vphost.rules.poker.progress import HandProgress


def post_all(progress: HandProgress) -> int:
    """Take all forced bets and set the bet to match; return the index whose left acts first."""
    _post_antes_and_blinds(progress)
    _post_for_return(progress)
    return _post_straddles(progress)


def _post_antes_and_blinds(progress: HandProgress) -> None:
    setup = progress.setup
    clockwise = progress.after(setup.button)
    costs = {index: forced_for(setup, index) for index in clockwise}
    for index in clockwise:
        _posted(progress, index, "ante", progress.pay(index, costs[index][0]))
    blinds = (("small_blind", setup.small_blind), ("big_blind", setup.big_blind))
    for kind, payer in blinds:
        if payer is not None:
            _posted(progress, payer, kind, progress.bet(payer, costs[payer][1]))
    for index in clockwise:
        _dead_chips(progress, index, "ante", costs[index][2])
    progress.high = 0 if setup.first_betting else setup.stakes.big_blind


def _post_for_return(progress: HandProgress) -> None:
    """Take live and dead posts of those who missed blinds (cases 34 to 37); live chips first."""
    for index in progress.after(progress.setup.big_blind):
        entrant = progress.setup.entrants[index]
        _posted(progress, index, "live_post", progress.bet(index, entrant.live_post))
        _dead_chips(progress, index, "dead_post", entrant.dead_post)


def _post_straddles(progress: HandProgress) -> int:
    """Take the straddles, smallest first; the last one is the bet to match and to double."""
    last = progress.setup.big_blind
    entrants = progress.setup.entrants
    straddlers = [index for index in progress.after(last) if entrants[index].straddle]
    for index in sorted(straddlers, key=lambda index: entrants[index].straddle):
        to = entrants[index].straddle
        _posted(progress, index, "straddle", progress.bet(index, to - progress.bets[index]))
        progress.high = progress.last_raise = to
        last = index
    return last


def _dead_chips(progress: HandProgress, index: int, kind: str, amount: int) -> None:
    paid = progress.pay(index, amount)
    progress.dead[index] += paid
    _posted(progress, index, kind, paid)


def _posted(progress: HandProgress, index: int, kind: str, amount: int) -> None:
    if amount:
        progress.facts.append(Posted(index, kind, amount, progress.bets[index]))
