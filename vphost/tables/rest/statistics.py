"""REST of statistics: rows of label and value for people, as their pages show them.

What is undefined (nothing to divide by) is "0%" or "0", as in the source's empty lists (1.0.42);
`number` beside the text tells these from real zeros: it is null. Money of several currencies is
shown side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import NamedTuple

from vphost.rules.mode import Json
from vphost.rules.money import to_major
from vphost.rules.poker.statistics.book import of_type, pair_key
from vphost.rules.poker.statistics.counters import Counters, figures, merged, whole
from vphost.rules.poker.table.summary import Standing
from vphost.rules.poker.variants import VARIANTS
from vphost.tables.rest import players, tables
from vphost.tables.rest.permissions import resource
from vphost.tables.rest.site import TableSite
from vphost.tables.tables import Table
from vphost.wire.rest import NUMBER, TOKEN, Ask, Query, Refused, Reply, Verb

AREA = "statistics"
ROWS = "rest/stats/rows.json"
PLAYERS_MAX = 500
"""Most players of one table whose figures are returned."""
Kinds = Mapping[str, Mapping[str, int]]


class Figure(NamedTuple):
    """A share or factor as text and as a number, None when there was nothing to divide by."""

    text: str
    number: float | None


class FigureTable:
    """Counters as people read them. kinds: kind of game ("THD.EUR") -> counters."""

    def __init__(self, site: TableSite, kinds: Kinds) -> None:
        self._site = site
        self._by_currency = _by_currency(kinds)
        self.have = whole(merged(kinds.values()))
        self._figures = figures(self.have)

    def count(self, name: str) -> str:
        """Return a counter."""
        return str(self.have[name])

    def percent(self, part: str, of: str) -> Figure:
        """Return a share, rounded to whole percents."""
        return _percent(self.have[part], self.have[of])

    def percent_of(self, part: str, of: str) -> Figure:
        """Return a share with the two numbers that it is made of."""
        share = self.percent(part, of)
        return Figure(f"{share.text} ({self.have[part]} of {self.have[of]})", share.number)

    def of_hands_acted(self, part: str) -> Figure:
        """Return a share of the hands that were no walks."""
        return _percent(self.have[part], self.have["hands_dealt"] - self.have["walks"])

    def factor(self) -> Figure:
        """Return the aggression factor."""
        factor = self._figures["af"]
        return Figure("0", None) if factor is None else Figure(f"{factor:.2f}", round(factor, 2))

    def money(self, name: str) -> str:
        """Return an amount in all its currencies."""
        return money_text(
            self._site, {code: one.get(name, 0) for code, one in self._by_currency.items()}
        )

    def average_pot(self) -> str:
        """Return what was collected from a pot on average, in whole minor units."""
        return money_text(self._site, {
            code: one.get("collected", 0) // max(1, one.get("pots_won", 0))
            for code, one in self._by_currency.items()
        })


def _by_currency(kinds: Kinds) -> dict[str, Counters]:
    found: dict[str, Counters] = {}
    for kind, counters in kinds.items():
        code = kind.partition(".")[2]
        found[code] = merged((found.get(code, {}), counters))
    return found


def _percent(part: int, of: int) -> Figure:
    if not of:
        return Figure("0%", None)
    return Figure(f"{(200 * part + of) // (2 * of)}%", round(100 * part / of, 2))


def money_text(site: TableSite, amounts: Mapping[str, int]) -> str:
    """Return amounts (currency -> minor units) as text: "$12.50", "-E3", "$0" for none."""
    parts = [
        _amount_text(site, code, amount) for code, amount in sorted(amounts.items()) if amount
    ]
    return ", ".join(parts) if parts else _amount_text(site, next(iter(amounts), ""), 0)


def _amount_text(site: TableSite, code: str, amount: int) -> str:
    currency = site.currencies.get(code)
    decimals, symbol = (0, code) if currency is None else (currency.decimals, currency.symbol)
    text = to_major(abs(amount), decimals)
    whole_text, _, part = text.partition(".")
    return f"{'-' if amount < 0 else ''}{symbol}{text if part.strip('0') else whole_text}"


def rows(found: Iterable[tuple[str, str | Figure]]) -> list[Mapping[str, Json]]:
    """Return labels and values as they are sent; shares and factors also have a number."""
    return [
        {"label": label, "value": value} if isinstance(value, str)
        else {"label": label, "value": value.text, "number": value.number}
        for label, value in found
    ]


# -- one's own --------------------------------------------------------------------------------


async def career(ask: Ask[TableSite]) -> Reply:
    """Show since when users have been here, and how many games they have played."""
    await ask.host.statistics.catch_up()
    user = await ask.host.accounts.by_id(ask.user)
    assert user is not None, "the caller has been identified"
    counted = await ask.host.statistics.user(ask.user)
    joined = datetime.fromtimestamp(user.created_at / 1000, timezone.utc)
    return Reply(rows((
        ("Joined in", f"{MONTHS[joined.month - 1]} {joined.year}"),
        ("# of Cash Games Played", str(counted["cash_games"])),
        ("# of Tournament Played", str(counted.get("tournaments", 0))),
    )))


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)


async def game_stats(ask: Ask[TableSite]) -> Reply:
    """Show a user's figures for one type of game, while the user is sitting in a game."""
    if not await _is_in_game(ask):
        raise Refused("forbidden", "You are not in a game.")
    await ask.host.statistics.catch_up()
    counted = await ask.host.statistics.user(ask.user)
    wanted = ask.query["game_type"]
    kinds = {
        kind: counters for kind, counters in counted["kinds"].items()
        if kind.partition(".")[0] == wanted
    }
    hidden = counted.get("unseen", {})
    sheet, unseen = FigureTable(ask.host, kinds), FigureTable(
        ask.host, {kind: hidden.get(kind, {}) for kind in kinds}
    )
    screwed = sheet.have["screwed_on_river"] + unseen.have["screwed_on_river"]
    return Reply(rows((
        ("Folded best hand %", unseen.percent("folded_best", "folded_comparable")),
        ("$ Lost when folded best hand", unseen.money("folded_best_lost")),
        ("% of pots won without best hand", unseen.percent("won_without_best", "pots_won")),
        ("Flops seen %", sheet.percent("flops_seen", "hands_dealt")),
        ("Pots won %", sheet.percent("pots_won", "hands_dealt")),
        ("Total pots won", sheet.count("pots_won")),
        ("VPIP%", sheet.of_hands_acted("vpip")),
        ("PFR%", sheet.of_hands_acted("pfr")),
        ("Aggression factor", sheet.factor()),
        ("Total hands played", sheet.count("hands_dealt")),
        ("Average Pot Winnings", sheet.average_pot()),
        ("Biggest pot won", sheet.money("biggest_pot")),
        ("# Times screwed on the river", str(screwed)),
        ("C-BET%", sheet.percent("cbet_made", "cbet_chances")),
        ("LIMP%", sheet.of_hands_acted("limp")),
    )))


async def _is_in_game(ask: Ask[TableSite]) -> bool:
    """Return whether the caller sits at a table where a game is being played."""
    hosting = ask.host.hosting
    async for table in hosting.visible_tables(ask.user):
        summary = hosting.summary(table.id)
        member = await hosting.members.get(table.id, ask.user)
        if summary is None or member is None:
            continue
        if summary.is_playing_game(hosting.number_at(member)):
            return True
    return False


async def is_playing(ask: Ask[TableSite]) -> Reply:
    """Return whether the caller sits in a game, at any table."""
    return Reply({"result": await _is_in_game(ask)})


# -- players and tables -----------------------------------------------------------------------


async def player_stats(ask: Ask[TableSite]) -> Reply:
    """Show players their own figures at a table."""
    member, table = await players.own_player(ask)
    counted = await _table(ask.host, table)
    return Reply(_player_rows(ask.host, member.user, table, counted, member.seated_ms))


def _player_rows(
    site: TableSite, user: str, table: Table, counted: Mapping[str, Json], seated_ms: int = 0
) -> list[Mapping[str, Json]]:
    """Return somebody's figures at a table. seated_ms: how long they sat at one that is over."""
    number = _number(counted, user)
    known = counted["players"].get(number, {"played_ms": 0, "kinds": {}})
    sheet, code = FigureTable(site, known["kinds"]), str(table.config.get("currency", ""))
    standing = _seat_of(site, table, user)
    bank = 0 if standing is None else standing.bank
    if standing is not None:
        seated_ms = standing.time_seated(site.now_ms())
    # Older journals do not record it; but whoever plays a hand sits.
    seconds = max(seated_ms, known["played_ms"]) // 1000
    net = {code: 0} if not known["kinds"] else None
    return rows((
        ("Total number of hands played", sheet.count("hands_dealt")),
        ("Total time played at table",
         f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"),
        ("Net chips amount", sheet.money("net") if net is None else money_text(site, net)),
        ("Current bankroll amount", money_text(site, {code: bank})),
        ("Pots won %", sheet.percent_of("pots_won", "hands_dealt")),
        ("Flops seen %", sheet.percent_of("flops_seen", "hands_dealt")),
        ("VPIP%", sheet.of_hands_acted("vpip")),
        ("PFR%", sheet.of_hands_acted("pfr")),
        ("Average Pot Winnings",
         sheet.average_pot() if net is None else money_text(site, net)),
        ("Biggest pot won", sheet.money("biggest_pot") if net is None else money_text(site, net)),
    ))


async def versus_stats(ask: Ask[TableSite]) -> Reply:
    """Compare the caller with another player of the same table."""
    member, table = await players.player_of_path(ask)
    own = await ask.host.hosting.members.get(table.id, ask.user)
    if own is None or not ask.host.hosting.is_here(own):
        raise Refused("forbidden")
    counted = await _table(ask.host, table)
    number = _number(counted, member.user)
    known = counted["players"].get(number, {"kinds": {}})
    sheet, code = FigureTable(ask.host, known["kinds"]), str(table.config.get("currency", ""))
    pair = counted["versus"].get(pair_key(_number(counted, ask.user), number), {})
    against = of_type(pair)
    chips = {one: c.get("chips", 0) for one, c in _by_currency(pair).items()} or {code: 0}
    won, lost = against.get("showdowns_won", 0), against.get("showdowns_lost", 0)
    return Reply({
        "table": rows((
            ("Total hands played", sheet.count("hands_dealt")),
            ("Flops seen %", sheet.percent("flops_seen", "hands_dealt")),
            ("Pots won %", sheet.percent("pots_won", "hands_dealt")),
            ("Total pots won", sheet.count("pots_won")),
        )),
        "vs": rows((
            ("Win/loss of chips", money_text(ask.host, chips)),
            ("Showdown win/loss", f"{won}/{lost}" if won or lost else "0"),
        )),
    })


async def table_stats(ask: Ask[TableSite]) -> Reply:
    """Show the figures of everybody who is or has played at a table, so that nets sum to zero."""
    table = await tables.table_of_path(ask)
    counted = await _table(ask.host, table)
    hosting = ask.host.hosting
    found: list[Mapping[str, Json]] = []
    listed: set[str] = set()
    async for member in hosting.members.of_table(table.id):
        is_here = hosting.is_here(member)
        if is_here or _number(counted, member.user) in counted["players"]:
            listed.add(member.user)
            found.append({
                "id": member.number, "username": member.username, "is_here": is_here,
                "stats": _player_rows(ask.host, member.user, table, counted, member.seated_ms),
            })
    found += _of_no_members(ask.host, table, counted, listed)
    return Reply({"hands": counted["hands"], "players": found[:PLAYERS_MAX]})


def _of_no_members(
    site: TableSite, table: Table, counted: Mapping[str, Json], listed: set[str]
) -> list[Mapping[str, Json]]:
    """Return the figures of those who came to a public table by its socket alone."""
    summary = site.hosting.summary(table.id)
    found: list[Mapping[str, Json]] = []
    for number, user in counted["users"].items():
        if user not in listed and number in counted["players"]:
            standing = _standing(site, table, number)
            found.append({
                "id": None, "username": standing and standing.username or f"player {number}",
                "is_here": summary is not None and summary.is_here(int(number)),
                "stats": _player_rows(site, user, table, counted),
            })
    return found


def _standing(site: TableSite, table: Table, number: str) -> Standing | None:
    """Return a player's present standing. number: as in the statistics, "" for nobody."""
    summary = site.hosting.summary(table.id)
    return summary.players.get(int(number)) if summary is not None and number else None


def _seat_of(site: TableSite, table: Table, user: str) -> Standing | None:
    """Return a user's present standing, also before they have played a hand."""
    summary = site.hosting.summary(table.id)
    people = () if summary is None else summary.players.values()
    return next((one for one in people if one.user == user), None)


async def _table(site: TableSite, table: Table) -> Mapping[str, Json]:
    await site.statistics.catch_up()
    return await site.statistics.table(table.id)


def _number(counted: Mapping[str, Json], user: str) -> str:
    """Return a user's number in a table's statistics, "" when they have none."""
    return next((number for number, one in counted["users"].items() if one == user), "")


routes = (
    resource("users/current/stats/", {"GET": Verb(
        career, "Since when the caller is here, and how many games they have played.", {200: ROWS},
    )}, area=AREA),
    resource("users/current/game-stats/", {"GET": Verb(
        game_stats, "The caller's figures for a type of game, while sitting in a game.",
        {200: ROWS},
        query=(Query("game_type", {
            "type": "string", "enum": list(VARIANTS), "description": "The type of game.",
        }, required=True),),
        refusals={403: "The caller is not sitting in a game."},
    )}, area=AREA),
    resource("users/current/is-current-user-playing/", {"GET": Verb(
        is_playing, "Whether the caller sits in a game, at any table.",
        {200: "rest/users/playing.json"},
    )}, area=AREA),
    resource("players/{id}/stats/", {"GET": Verb(
        player_stats, "The caller's own figures at a table.", {200: ROWS},
        refusals={403: "It is somebody else."},
    )}, parameters={"id": NUMBER}, area=AREA),
    resource("players/{id}/versus-stats/", {"GET": Verb(
        versus_stats, "Another player of the table, and the caller against them.",
        {200: "rest/stats/versus.json"}, refusals={403: "The caller is not a player there."},
    )}, parameters={"id": NUMBER}, area=AREA),
    resource("tables/{token}/stats/", {"GET": Verb(
        table_stats, "The figures of everybody who is or has played at a table.",
        {200: "rest/stats/table.json"},
    )}, parameters={"token": TOKEN}, area=AREA),
)
