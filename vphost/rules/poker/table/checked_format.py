"""What a format answers, checked where the table machine asks it.

A format is a plugin's code: any of its answers may have a wrong type or name what is not there. A
wrong answer becomes a `PartFault` with the format's plugin, its game mode and the question, before
anything is told; so a wrong format stops its own tables and nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from vphost.rules import books
from vphost.rules.mode import Event, Json, PartFault, Rejected
from vphost.rules.money import MAX_MINOR
from vphost.rules.poker.table.checked_plan import fault_of_plan
from vphost.rules.poker.table.format import Fold, Format
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.state import JOIN_STATUSES, Player, Table
from vphost.rules.poker.table.unfolding import Unfolding

T = TypeVar("T")
MS_MAX = 10**12
"""No time that a format says is longer, 30 years."""
QUESTIONS = tuple(name for name, one in vars(Format).items() if name[0] != "_" and callable(one))
_CURRENCY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class CheckedFormat:
    """A format whose answers are what they have to be. Implements `Format`; raises: PartFault."""

    def __init__(self, made: Format, plugin: str = "") -> None:
        """plugin: who brought it, for the log."""
        self.game_mode = made.game_mode
        self.host_away_ms = made.host_away_ms
        self.folds: Mapping[str, Fold] = {
            name: self._checked_fold(name, fold) for name, fold in made.folds.items()
        }
        self._made = made
        self._plugin = plugin

    # -- before and between hands -----------------------------------------------------------

    def may_start(self, table: Table) -> Rejected | None:
        answer = self._ask("may_start", self._made.may_start, table)
        if answer is not None and type(answer) is not Rejected:
            self._wrong("may_start", answer, "a Rejected or None")
        return answer

    def sits_out(self, table: Table, player: Player) -> bool:
        return self._flag("sits_out", self._made.sits_out, table, player)

    def statuses_before_deal(self, table: Table) -> dict[int, str]:
        statuses = self._ask("statuses_before_deal", self._made.statuses_before_deal, table)
        if not isinstance(statuses, Mapping) or not all(
            type(number) is int and number in table.players and status in JOIN_STATUSES
            for number, status in statuses.items()
        ):
            self._wrong("statuses_before_deal", statuses, "ids of players with join statuses")
        return dict(statuses)

    def owes_for_move(self, table: Table, player: int) -> bool:
        return self._flag("owes_for_move", self._made.owes_for_move, table, player)

    def plan(self, table: Table, seed: bytes) -> HandPlan | None:
        plan = self._ask("plan", self._made.plan, table, seed)
        if plan is None:
            return None
        if type(plan) is not HandPlan:
            self._wrong("plan", plan, "a HandPlan or None")
        if (fault := fault_of_plan(table, plan, seed)) is not None:
            raise self._fault("plan", f"made a plan {fault}")
        return plan

    def takes_settings(self, table: Table) -> bool:
        return self._flag("takes_settings", self._made.takes_settings, table)

    def turn_ms(self, table: Table, player: Player) -> tuple[int, int]:
        times = self._ask("turn_ms", self._made.turn_ms, table, player)
        if type(times) is not tuple or len(times) != 2 or not all(
            one is not None and is_time_or_none(one) for one in times
        ):
            self._wrong("turn_ms", times, "two times in ms")
        return times

    # -- money --------------------------------------------------------------------------------

    def bank_at_seat(self, table: Table, player: Player) -> int:
        issued = self._ask("bank_at_seat", self._made.bank_at_seat, table, player)
        if type(issued) is not int or not 0 <= issued <= MAX_MINOR:
            self._wrong("bank_at_seat", issued, "minor units")
        return issued

    def source_of_money(self, table: Table, player: Player) -> str:
        account = self._ask("source_of_money", self._made.source_of_money, table, player)
        if account not in (books.WORLD, books.user(player.user)):
            self._wrong("source_of_money", account, "the world or the account of that player")
        return account

    def chips(self, table: Table) -> str:
        currency = self._ask("chips", self._made.chips, table)
        if type(currency) is not str or not _CURRENCY.fullmatch(currency):
            self._wrong("chips", currency, "the code of a currency")
        return currency

    # -- people -------------------------------------------------------------------------------

    def refusal(self, table: Table, op: str, player: Player | None) -> str | None:
        code = self._ask("refusal", self._made.refusal, table, op, player)
        if code is not None and (type(code) is not str or not _CODE.fullmatch(code)):
            self._wrong("refusal", code, "a lower-case word or None")
        return code

    def may_return(self, table: Table, player: Player) -> bool:
        return self._flag("may_return", self._made.may_return, table, player)

    # -- telling ------------------------------------------------------------------------------

    def open(self, unfolding: Unfolding) -> None:
        self._tell("open", self._made.open, unfolding)

    def review(self, unfolding: Unfolding) -> None:
        self._tell("review", self._made.review, unfolding)

    def clock_over(self, unfolding: Unfolding, name: str) -> None:
        self._tell("clock_over", self._made.clock_over, unfolding, name)

    def retell_clocks(self, unfolding: Unfolding) -> None:
        self._tell("retell_clocks", self._made.retell_clocks, unfolding)

    def settle(self, unfolding: Unfolding) -> None:
        self._tell("settle", self._made.settle, unfolding)
        if unfolding.table.game is not None:
            raise self._fault("settle", "ended no game: it has to tell current_game_ended")

    def pause_fields(self, table: Table, now_ms: int, *, stops: bool) -> dict[str, Json]:
        return self._fields("pause_fields", self._made.pause_fields, table, now_ms, stops=stops)

    def private_fields(self, table: Table) -> dict[str, Json]:
        return self._fields("private_fields", self._made.private_fields, table)

    # -- asking -------------------------------------------------------------------------------

    def _ask(self, name: str, question: Callable[..., T], *args: object, **named: object) -> T:
        try:
            return question(*args, **named)
        except PartFault:
            raise
        except BaseException as error:
            raise self._fault(name, f"raised {type(error).__name__}", raised=True) from error

    def _flag(self, name: str, question: Callable[..., bool], *args: object) -> bool:
        answer = self._ask(name, question, *args)
        if type(answer) is not bool:
            self._wrong(name, answer, "true or false")
        return answer

    def _fields(
        self, name: str, question: Callable[..., dict[str, Json]], *args: object, **named: object
    ) -> dict[str, Json]:
        fields = self._ask(name, question, *args, **named)
        if not isinstance(fields, Mapping) or not all(type(one) is str for one in fields):
            self._wrong(name, fields, "fields of an event")
        return dict(fields)

    def _tell(
        self, name: str, question: Callable[..., None], unfolding: Unfolding, *args: object
    ) -> None:
        """Let the format tell events, and check that they move the money that they say."""
        before, told = _money(unfolding.table), len(unfolding.events)
        answer: object = self._ask(name, question, unfolding, *args)
        if answer is not None:
            self._wrong(name, answer, "nothing")
        if type(unfolding.table) is not Table:
            raise self._fault(name, "changed the table other than by telling events")
        if len(unfolding.events) == told:
            return
        after, moved = _money(unfolding.table), Counter[str]()
        for event in unfolding.events[told:]:
            for posting in event.postings:
                moved[posting.account] += posting.amount
        for account in before.keys() | after.keys():
            if after[account] - before[account] != moved[account]:
                raise self._fault(name, "tells other money than its postings move")

    def _checked_fold(self, name: str, fold: Fold) -> Fold:
        def checked(table: Table, event: Event) -> Table:
            folded = self._ask("folds", fold, table, event)
            if type(folded) is not Table:
                raise self._fault("folds", f"made no Table of {name!r}")
            return folded

        return checked

    def _wrong(self, question: str, answer: object, expected: str) -> NoReturn:
        if hasattr(answer, "__await__") and hasattr(answer, "close"):
            answer.close()  # Nobody will await it, and Python would warn about that later.
        raise self._fault(question, f"gave a {type(answer).__name__} that is not {expected}")

    def _fault(self, question: str, what: str, raised: bool = False) -> PartFault:
        return PartFault(
            f"game mode {self.game_mode}: {question} {what}", self._plugin,
            getattr(self._made, question), raised,
        )


def _money(table: Table) -> Counter[str]:
    """Return account -> minor units of everybody's bank, stack and delayed chips."""
    money = Counter[str]()
    for number, player in table.players.items():
        money[books.bank(table.room, number)] = player.bank
        money[books.stack(table.room, number)] = player.stack
        money[books.delayed(table.room, number)] = player.delayed
    return money


def is_time_or_none(value: object) -> bool:
    """Return whether a value is a time in ms, or None."""
    return value is None or type(value) is int and 0 <= value <= MS_MAX
