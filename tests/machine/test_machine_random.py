"""A table under everything that can happen to it, in random order, and what has to hold after it.

People, the host of the table, a stranger and a bot do everything that the protocol knows, sensible
or not; sockets come, go and are replaced; time passes to deadlines and beyond; the store refuses,
loses answers and hangs; the process is killed or ended in order. After every step: chips conserved,
the ledger equal to the state, postings at zero, one gap-free `seq` for all, repeated requests
answered as the first time, every page equal to the view of its viewer, and no card where it must
not be: in a frame, a log line, a refusal.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test,
)

from tests.fuzz.sizes import LONG, often
from tests.machine.actions import ACTIONS, ARGUMENTS
from tests.machine.table_world import HOST, PEOPLE, USERS, World
from tests.machine.virtual_time import VirtualLoop
from tests.services.memory_store import ANSWER_LOST, REFUSED, Fault
from vphost.services.ports import StoreDown

CARD = re.compile(r"(?<![0-9A-Za-z])(10|[2-9JQKA])[CDHS](?![0-9A-Za-z])")
FAULTS = {
    "refused": REFUSED, "answer lost": ANSWER_LOST, "half written": Fault(StoreDown("cut"), 1),
}
PAUSES_S = (0.2, 2, 4, 11, 30, 95, 700)
FOREVER_S = 20_000
"""A step that takes longer, in the loop's own time, will never end."""
people = st.sampled_from(USERS)


class Lines(logging.Handler):
    """Keeps every log line as it would be written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(self.format(record))


LINES = Lines()


class TableMachine(RuleBasedStateMachine):
    """Random steps of one world."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        asyncio.set_event_loop(self.loop)
        self.world: World
        LINES.lines.clear()

    def run(self, steps: Coroutine[Any, Any, Any]) -> None:
        """Run something on the virtual loop."""
        task = self.loop.create_task(steps)
        watchdog = self.loop.call_later(FOREVER_S, task.cancel, "it never ends")
        self.loop.run_until_complete(task)
        watchdog.cancel()

    def teardown(self) -> None:
        """At last the store works again, and everything fits."""
        try:
            if hasattr(self, "world"):
                self.run(self.world.finish())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()

    # ---- people

    @initialize(
        players=st.integers(2, 4), wallet=st.booleans(), reveal=st.booleans(),
        starts=st.sampled_from([True, True, False]), timebank=st.sampled_from([0, 5]),
        ante=st.sampled_from(["0", "0.10"]), limit=st.sampled_from(["NL", "NL", "PL", "FL"]),
    )
    def begin(
        self, players: int, wallet: bool, starts: bool, reveal: bool, timebank: int, ante: str,
        limit: str,
    ) -> None:
        """A table with some people, most often in a hand."""
        self.world = World(self.loop, {
            "funding": "wallet" if wallet else "host", "video_showdown": reveal,
            "timebank_limit": timebank, "ante": ante, "turn_time_limit": 10,
            "time_between_hands": 3, "min_buy_in": 1, "max_buy_in": 60,
            "allowed_games": ["THD", "OMH"],
            **{game: {"format": "blinds", "limit": limit} for game in ("THD", "OMH")},
        })
        self.run(self.world.begin())
        for seat, user in enumerate((HOST, *PEOPLE)[:players]):
            self.run(self.world.ask(user, "sit_player", seat=seat))
            self.run(self.world.ask(user, "buy_in", amount=20 + 10 * seat))
        if starts:
            game_type = "OMH" if players == 4 else "THD"
            self.run(self.world.ask(HOST, "game_start", game_type=game_type))

    @rule(choices=st.lists(st.integers(0, 9), min_size=1, max_size=8))
    def play(self, choices: list[int]) -> None:
        """Whoever's turn it is acts, some times."""
        for choice in choices:
            self.run(self.world.play(choice))

    @rule(user=people, action=st.sampled_from(ACTIONS), variant=st.integers(0, 7))
    def ask(self, user: str, action: str, variant: int) -> None:
        """Somebody asks for anything."""
        self.run(self.world.ask(user, action, **ARGUMENTS[action](variant)))

    @rule(user=st.sampled_from(PEOPLE), seat=st.integers(0, 8))
    def take_part(self, user: str, seat: int) -> None:
        """Somebody does what it takes to be dealt in, and the host keeps the game going."""
        self.run(self.world.take_part(user, seat))

    @rule(user=people, which=st.sampled_from(["one", "both", "foreign", "twice"]))
    def show(self, user: str, which: str) -> None:
        """Somebody shows cards after the hand."""
        self.run(self.world.show(user, which))

    @rule(
        asks=st.lists(st.tuples(people, st.sampled_from(ACTIONS), st.integers(0, 7)), max_size=6),
        choices=st.lists(st.integers(0, 9), max_size=4),
    )
    def all_at_once(self, asks: list[tuple[str, str, int]], choices: list[int]) -> None:
        """Many ask in the same moment."""
        self.run(self.world.burst(
            [(user, action, ARGUMENTS[action](n)) for user, action, n in asks], choices
        ))

    @rule(place=st.integers(0, 10_000))
    def repeat(self, place: int) -> None:
        """A request is sent again."""
        if self.world.asked:
            asked = self.world.asked[-1 - place % len(self.world.asked)]
            self.run(self.world.repeat(asked))

    @rule()
    def bot_acts(self) -> None:
        """The bot does something."""
        self.run(self.world.bot_acts())

    @rule(user=people, amount=st.sampled_from([5_00, -5_00, -2000_00]), key=st.integers(0, 5))
    def move_money(self, user: str, amount: int, key: int) -> None:
        """An operator moves money, maybe under a key that he has used before."""
        self.run(self.world.deposit(f"k{key}", user, amount))

    # ---- sockets

    @rule(user=people, behind=st.sampled_from([0, 0, 3, 40, None]), in_a_hurry=st.booleans())
    def connect(self, user: str, behind: int | None, in_a_hurry: bool) -> None:
        """Somebody comes, or comes a second time; he has forgotten some events, or all."""
        since = None if behind is None else max(0, self.world.viewers[user].last - behind)
        self.run(self.world.connect(user, since, in_a_hurry))

    @rule(user=people, deaf=st.booleans())
    def lose_line(self, user: str, deaf: bool) -> None:
        """A line breaks, or its other end reads no more."""
        self.run(self.world.lose_line(user, deaf))

    # ---- time, store and process

    @rule(seconds=st.sampled_from(PAUSES_S))
    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        self.run(self.world.pass_time(seconds))

    @rule(early_ms=st.sampled_from([1, 0]))
    def pass_to_deadline(self, early_ms: int) -> None:
        """Time passes to the next deadline, or nearly."""
        self.run(self.world.pass_to_deadline(early_ms))

    @rule(ms=st.sampled_from([500, 8_000, 300_000]))
    def stand_still(self, ms: int) -> None:
        """The whole process stands still."""
        self.run(self.world.stand_still(ms))

    @rule(kinds=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=3))
    def fail(self, kinds: list[str]) -> None:
        """The next writes fail."""
        self.world.journal.faults.extend(FAULTS[kind] for kind in kinds)

    @rule(hangs=st.booleans())
    def lose_store(self, hangs: bool) -> None:
        """The store is away from now on, or hangs."""
        if hangs:
            self.world.journal.hold()
        else:
            self.world.journal.down = True

    @rule()
    def heal_store(self) -> None:
        """The store works again."""
        self.run(self.world.heal())

    @rule(away_s=st.sampled_from([0, 0.4, 5, 90, 900]), orderly=st.booleans(),
          drain_ms=st.sampled_from([0, 30_000]))
    def restart(self, away_s: float, orderly: bool, drain_ms: int) -> None:
        """The process ends and another one begins."""
        self.run(self.world.restart(away_s, orderly, drain_ms))

    # ---- what always holds

    @invariant()
    def everything_fits(self) -> None:
        """All of it."""
        if hasattr(self, "world"):
            self.run(self.world.check())
            self.check_lines()

    def check_lines(self) -> None:
        """Nothing broke, and no line names a card or a seed."""
        seeds = [seed.hex() for seed in self.world.seeds.drawn[-5:]]
        for line in LINES.lines:
            assert not line.startswith(("ERROR", "CRITICAL")), line
            assert not CARD.search(line), line
            assert not any(seed in line for seed in seeds), line
        LINES.lines.clear()


def test_random_steps_break_nothing(log_collector: Any) -> None:
    """Some sequences in a short run, thousands in a long one."""
    log_collector.expected.append((re.compile("store|doubted|stood|snapshot"), ["allowed"]))
    root = logging.getLogger("vphost")
    level = root.level
    root.addHandler(LINES)
    root.setLevel(logging.DEBUG)
    try:
        run_state_machine_as_test(TableMachine, settings=settings(
            max_examples=often(40, 3000), stateful_step_count=40, deadline=None,
            derandomize=not LONG, report_multiple_bugs=False, print_blob=True, database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ))
    finally:
        root.removeHandler(LINES)
        root.setLevel(level)
