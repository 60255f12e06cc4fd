"""The reports of a finished cash game: one form for the host of the table, one for each player.

facts: as `CashReader` made them, completed by the host process with `hands` and, in each line,
`played_ms` and `counters` (vphost.rules.poker.statistics.counters) of this game alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, TypeAlias

from vphost.rules.mode import Json
from vphost.rules.money import Currency
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.statistics.counters import Counters, figures, whole
from vphost.rules.poker.variants import VARIANTS
from vphost.rules.report import Cell, Column, Form, Grid, Sheet, amount, exact

Facts: TypeAlias = Mapping[str, Json]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = (
    "line", "player", "net", "bought_in", "buy_ins", "cashed_out", "hands", "seconds_played",
    "vpip_percent", "pfr_percent", "aggression_factor", "flops_seen_percent", "showdowns",
    "showdowns_won", "pots_won", "biggest_pot", "currency", "table", "game_id", "game_type",
    "started_at", "ended_at",
)
"""The columns of the spreadsheet."""
EXPLAINED = (
    "Net is what was cashed out less what was bought in. VPIP is the share of hands with money "
    "put in by choice before the flop, PFR the share with a raise there; AF (aggression factor) "
    "is bets and raises for each call after the flop."
)


class PlayerLine:
    """One player of a finished game, as people and programs read about them."""

    def __init__(self, line: Mapping[str, Json], currency: Currency) -> None:
        self._line = line
        self._currency = currency
        self.have: Counters = whole(line.get("counters", {}))
        self.figures = figures(self.have)
        self.name = str(line["username"])
        self.net = int(line["cashed"]) - int(line["bought"])

    def money(self, name: str) -> str:
        """Return an amount of the ledger for people."""
        return amount(self._line[name], self._currency)

    @property
    def told_bought(self) -> str:
        """What the player bought in for, and in how many buy-ins if more than one."""
        times = self._line["buy_ins"]
        return self.money("bought") + (f" in {times} buy-ins" if times > 1 else "")

    @property
    def told_net(self) -> str:
        """What the player won or lost, for people."""
        return amount(self.net, self._currency, signed=True)

    @property
    def biggest_pot(self) -> str:
        """The most that the player collected in one hand, for people."""
        return amount(self.have["biggest_pot"], self._currency)

    def percent(self, name: str) -> str:
        """Return a share in whole percents, a dash where there is nothing to divide by."""
        share = self.figures[name]
        return "-" if share is None else f"{rounded(share, '1')}%"

    @property
    def factor(self) -> str:
        """The aggression factor, a dash where it has none to divide by."""
        factor = self.figures["af"]
        return "-" if factor is None else str(rounded(factor, "0.01"))

    @property
    def played(self) -> str:
        """How long the player was in hands, in words."""
        return lasting(self._line.get("played_ms", 0))

    def cells(self, facts: Facts) -> tuple[Cell, ...]:
        """Return the player's row of the spreadsheet."""
        line, have, currency = self._line, self.have, self._currency
        return (
            "player", self.name, exact(self.net, currency), exact(line["bought"], currency),
            line["buy_ins"], exact(line["cashed"], currency), have["hands_dealt"],
            line.get("played_ms", 0) // 1000, *(
                None if self.figures[name] is None else rounded(self.figures[name], "0.01")
                for name in ("vpip_pct", "pfr_pct", "af", "flops_seen_pct")
            ),
            have["wtsd"], have["wsd"], have["pots_won"],
            exact(have["biggest_pot"], currency), *common_cells(facts),
        )


def host_form(facts: Facts, user: str, currency: Currency) -> Form:
    """Return the report of everybody, for the host. user: the host, whose own row is marked."""
    lines = [PlayerLine(one, currency) for one in ranked(facts)]
    own = next((place for place, one in enumerate(ranked(facts)) if one["user"] == user), None)
    best = max(lines, key=lambda line: line.have["biggest_pot"], default=None)
    extra = () if best is None or not best.have["biggest_pot"] else (
        ("Biggest pot", f"{best.biggest_pot} ({best.name})"),
    )
    sheet_rows = tuple(line.cells(facts) for line in lines)
    if facts["house"]:
        sheet_rows += (house_cells(facts, currency),)
    return Form(
        subject=f"Report of your cash game: {facts['name']}, {day(facts['ended_ms'])}",
        title=str(facts["name"]),
        lead="Your cash game has ended. This is how it went for everybody.",
        result=None if own is None else ("Your own result", lines[own].told_net),
        facts=(("The game", (
            *about(facts, currency), ("Players", str(len(lines))), *extra,
        )),),
        grids=(money_grid(facts, lines, own, currency), play_grid(lines, own)),
        notes=(EXPLAINED, "The attached table has all figures, one line for each player."),
        sheet=Sheet(NAMES, sheet_rows),
    )


def player_form(facts: Facts, user: str, currency: Currency) -> Form:
    """Return the report that one player gets of their own game; the facts must have their line."""
    [line] = [PlayerLine(one, currency) for one in facts["lines"] if one["user"] == user]
    return Form(
        subject=f"Your cash game: {facts['name']}, {day(facts['ended_ms'])}",
        title=str(facts["name"]), lead=f"Hello {line.name}, the game has ended. This is how it "
        "went for you.",
        result=("Your result", line.told_net),
        facts=(
            ("Your money", (
                ("Bought in", line.told_bought), ("Cashed out", line.money("cashed")),
                ("Net", line.told_net),
            )),
            ("Your play", own_play(line)),
            ("The game", about(facts, currency)),
        ),
        grids=(), notes=(EXPLAINED,), sheet=Sheet(NAMES, (line.cells(facts),)),
    )


def own_play(line: PlayerLine) -> tuple[tuple[str, str], ...]:
    """Return what a player did, in words."""
    have = line.have
    return (
        ("Hands dealt", str(have["hands_dealt"])), ("Time in hands", line.played),
        ("VPIP", line.percent("vpip_pct")), ("PFR", line.percent("pfr_pct")),
        ("Aggression factor", line.factor),
        ("Flops seen", share_of(line.percent("flops_seen_pct"), have["flops_seen"])),
        ("Showdowns won", f"{have['wsd']} of {have['wtsd']}" if have["wtsd"] else "-"),
        ("Pots won", share_of(line.percent("pots_won_pct"), have["pots_won"])),
        ("Biggest pot won", line.biggest_pot),
    )


def share_of(percent: str, number: int) -> str:
    """Return a number with the share that it is."""
    return str(number) if percent == "-" else f"{number} ({percent})"


def money_grid(
    facts: Facts, lines: list[PlayerLine], own: int | None, currency: Currency
) -> Grid:
    """Return what each player bought in and cashed out; the net of all, with the house, is zero."""
    rows = [(line.name, line.money("bought"), line.money("cashed"), line.told_net)
            for line in lines]
    house = int(facts["house"])
    if house:
        rows.append(("House", "", "", amount(house, currency, signed=True)))
    bought = sum(int(one["bought"]) for one in facts["lines"])
    cashed = sum(int(one["cashed"]) for one in facts["lines"])
    return Grid(
        "Money",
        (Column("Player", False), Column("Bought in"), Column("Cashed out"), Column("Net")),
        tuple(rows), own, (
            "Together", amount(bought, currency), amount(cashed, currency),
            amount(cashed - bought + house, currency, signed=True),
        ),
    )


def play_grid(lines: list[PlayerLine], own: int | None) -> Grid:
    """Return how everybody played."""
    return Grid(
        "Play",
        (Column("Player", False), Column("Hands"), Column("VPIP"), Column("PFR"), Column("AF"),
         Column("Pots"), Column("Biggest")),
        tuple((
            line.name, str(line.have["hands_dealt"]), line.percent("vpip_pct"),
            line.percent("pfr_pct"), line.factor, str(line.have["pots_won"]), line.biggest_pot,
        ) for line in lines), own,
    )


def about(facts: Facts, currency: Currency) -> tuple[tuple[str, str], ...]:
    """Return what was played, and when."""
    game_type = facts["game_type"]
    limit, variant = LIMITS.get(facts["limits"].get(game_type, "")), VARIANTS.get(game_type)
    limit_name = "" if limit is None else f"{limit.title} "
    game = limit_name + (game_type if variant is None else variant.title)
    blinds = f"{amount(facts['small_blind'], currency)} / {amount(facts['big_blind'], currency)}"
    ante = f", ante {amount(facts['ante'], currency)}" if facts["ante"] else ""
    began, ended = int(facts["started_ms"]), int(facts["ended_ms"])
    return (
        ("Game", game), ("Blinds", blinds + ante),
        ("Began", moment(began)), ("Ended", moment(ended)),
        ("Lasted", lasting(ended - began)), ("Hands", str(facts.get("hands", 0))),
    )


def ranked(facts: Facts) -> list[Mapping[str, Json]]:
    """Return the lines, the largest gain first, of equal ones who came first."""
    return sorted(facts["lines"], key=lambda one: one["bought"] - one["cashed"])


def house_cells(facts: Facts, currency: Currency) -> tuple[Cell, ...]:
    """Return the house's row of the spreadsheet."""
    common = common_cells(facts)
    empty: tuple[Cell, ...] = (None,) * (len(NAMES) - 3 - len(common))
    return ("house", None, exact(facts["house"], currency), *empty, *common)


def common_cells(facts: Facts) -> tuple[Cell, ...]:
    """Return the cells that every row of a game has alike."""
    return (
        str(facts["currency"]), str(facts["name"]), str(facts["game_id"]),
        str(facts["game_type"]), stamp(facts["started_ms"]), stamp(facts["ended_ms"]),
    )


def rounded(value: Any, step: str) -> Decimal:
    """Return a figure in steps of a unit, halves away from zero."""
    return Decimal(str(value)).quantize(Decimal(step), "ROUND_HALF_UP")


def lasting(span_ms: int) -> str:
    """Return a span of time in words: "2 h 05 min", "45 s"."""
    seconds = span_ms // 1000
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def utc(at_ms: int) -> datetime:
    """Return a moment as a date in UTC."""
    return datetime.fromtimestamp(at_ms // 1000, timezone.utc)


def day(at_ms: int) -> str:
    """Return a moment's day for people, in UTC."""
    when = utc(at_ms)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def moment(at_ms: int) -> str:
    """Return a moment for people."""
    return f"{day(at_ms)}, {utc(at_ms):%H:%M} UTC"


def stamp(at_ms: int) -> str:
    """Return a moment for programs (ISO 8601)."""
    return f"{utc(at_ms):%Y-%m-%dT%H:%M:%SZ}"
