"""What people do with tables besides playing at them: join, open, configure, kick, leave, look.

It coordinates the tables' documents, the memberships and the rooms. When a document and a room both
change, the document's version decides who comes first, and the room has the last word.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress

from vphost.rules.mode import Command, Json, Rejected
from vphost.rules.mode_parts import KnowsParted
from vphost.rules.money import Currency
from vphost.rules.poker.table.config import complete
from vphost.rules.poker.table.summary import TableSummary
from vphost.services.ports import StaleVersion
from vphost.services.rooms.room import Room
from vphost.tables.checkout import Checkout
from vphost.tables.members import HERE, KICKED, LEFT, Member, Members
from vphost.tables.tables import GAME_MODE, MAX_LISTED, UNDEFINED, Status, Table, TableKind, Tables

PARTED = "parted"
"""Optional function of a mode: (state, user) -> LEFT or KICKED, how they left; "" while they are
here or unknown."""
RUNNING = "running"
TOURNAMENTS = ("T", "TD")
STATUSES = ("unpaid", "paid", "open", RUNNING, "expired", "closed")


class TableService:
    """Tables, their members and their rooms together."""

    def __init__(
        self, *, tables: Tables, members: Members, find_room: Callable[[str], Room | None],
        currencies: Mapping[str, Currency], mode: str, game_modes: Iterable[str],
        checkout: Checkout,
    ) -> None:
        """mode: of the rooms of people's tables. game_modes: those that can be played there."""
        self.tables = tables
        self.members = members
        self._find_room = find_room
        self._currencies = currencies
        self._mode = mode
        self._game_modes = tuple(sorted(game_modes))
        self._checkout = checkout
        self.free = checkout.is_free

    # -- who may see what ------------------------------------------------------------------

    async def visible_table(self, token: str, user: str) -> Table | None:
        """Return the table of a token if the user is its creator or a player, otherwise None."""
        table = await self.tables.find(token)
        return table if table is not None and await self._sees(table, user) else None

    async def _sees(self, table: Table, user: str) -> bool:
        if table.host == user:
            return True
        member = await self.members.get(table.id, user)
        return member is not None and self.is_here(member)

    def is_here(self, member: Member) -> bool:
        """Return whether a member has neither left nor been kicked."""
        return member.state == HERE and not self._parted(member)

    def _parted(self, member: Member) -> str:
        """Return how a member's player has gone according to the room; "" for one who is there.

        A room that is over has sent everybody away, so only kicked players count as gone.
        """
        return self._gone(member.table, member.user)

    def _gone(self, table_id: str, user: str) -> str:
        room = self._find_room(table_id)
        if room is None or room.quarantined or not isinstance(room.mode, KnowsParted):
            return ""
        how = str(room.mode.parted(room.state, user))
        return "" if how == LEFT and room.labels.is_over else how

    async def admit(self, user: str, table_id: str) -> Rejected | None:
        """Return None when a user may open a socket at a table, otherwise the refusal.

        A private table does not exist for others. Rooms without a table are not restricted here.
        """
        table = await self.tables.find(table_id)
        if table is None or table.kind is TableKind.PUBLIC:
            await self._back_by_socket(table_id, user)
            return None
        return None if await self._sees(table, user) else Rejected("not_found")

    async def player_number(self, table_id: str, user: str) -> int | None:
        """Return the id that a user's player has or gets at a table; None for other rooms."""
        table = await self.tables.find(table_id)
        return None if table is None else await self.members.number(table.id, user)

    async def _back_by_socket(self, table_id: str, user: str) -> None:
        """Make a former player of a public table one again, as the room will do, too."""
        room = self._find_room(table_id)
        if room is None or room.player_of(user) is not None and not self._gone(table_id, user):
            return
        member = await self.members.get(table_id, user)
        if member is not None and member.state != HERE:
            with suppress(StaleVersion):
                await self.members.change(member, state=HERE)

    async def visible_tables(self, user: str, after: str = "") -> AsyncIterator[Table]:
        """Yield a user's tables, as creator or player, ordered by id, after an id."""
        owned = self._owned(user, after)
        joined = self._joined(user, after)
        one, other = await anext(owned, None), await anext(joined, None)
        while one is not None or other is not None:
            if other is None or one is not None and one.id <= other.id:
                assert one is not None
                if other is not None and other.id == one.id:
                    other = await anext(joined, None)
                yield one
                one = await anext(owned, None)
            else:
                yield other
                other = await anext(joined, None)

    async def _owned(self, user: str, after: str) -> AsyncIterator[Table]:
        while found := await self.tables.list_of(user, after, MAX_LISTED):
            for table in found:
                yield table
            after = found[-1].id

    async def _joined(self, user: str, after: str) -> AsyncIterator[Table]:
        async for member in self.members.of_user(user, after):
            if self.is_here(member):
                table = await self.tables.find(member.table)
                if table is not None:
                    yield table

    async def visible_player(self, number: int, user: str) -> tuple[Member, Table] | None:
        """Return a player of one of the user's tables by number; None for all others."""
        member = await self.members.numbered(number)
        if member is None or not self.is_here(member):
            return None
        table = await self.visible_table(member.table, user)
        return None if table is None else (member, table)

    # -- how things are --------------------------------------------------------------------

    def summary(self, table_id: str) -> TableSummary | None:
        """Return what everybody may know of a table; None without a room that has a summary."""
        room = self._find_room(table_id)
        found = None if room is None or room.quarantined else room.summary()
        return found if isinstance(found, TableSummary) else None

    def is_running(self, table_id: str) -> bool:
        """Return whether a game is being played at a table."""
        summary = self.summary(table_id)
        return summary is not None and summary.game_id is not None

    def number_at(self, member: Member) -> int | None:
        """Return a member's player id at the table; None before they have come to it."""
        room = self._find_room(member.table)
        return None if room is None else room.player_of(member.user)

    def status(self, table: Table) -> str:
        """Return a table's present status, one of STATUSES."""
        if table.status is Status.CREATING:
            return Status.PAID.value
        if table.status not in (Status.OPEN, Status.EXPIRED):
            return str(table.status.value)
        if self.tables.is_expired(table):
            room = self._find_room(table.id)
            is_over = room is not None and room.labels.is_over
            return Status.CLOSED.value if is_over else Status.EXPIRED.value
        return RUNNING if self.is_running(table.id) else Status.OPEN.value

    def config(self, table: Table) -> Mapping[str, Json]:
        """Return the configuration of the next hand, money in minor units."""
        room = self._find_room(table.id)
        if room is None or room.quarantined:
            return complete(table.config) if table.mode == self._mode else table.config
        summary = self.summary(table.id)
        coming = {} if summary is None else summary.settings
        return {**table.config, **coming, "decimals": room.labels.decimals}

    def game_modes(self, table: Table) -> tuple[str, ...]:
        """Return the game modes that can be chosen at a table; () when there is no choice."""
        if table.mode != self._mode:
            return ()
        summary = self.summary(table.id)
        return self._game_modes if summary is None else summary.game_modes

    # -- creators --------------------------------------------------------------------------

    async def create(
        self, table_id: str, user: str, username: str, wanted: Mapping[str, Json], kind: TableKind
    ) -> Table | Rejected:
        """Create a draft, whose creator is its first player. Refusals: bad_config, busy."""
        table = await self.tables.draft(
            table_id, user, self._mode, {GAME_MODE: UNDEFINED, **wanted}, kind
        )
        if isinstance(table, Rejected):
            return table
        await self.members.join(table.id, user, username)
        paid = await self.tables.mark_paid(table.id) if self.free else None
        return table if paid is None else paid

    async def remove(self, table: Table, version: int) -> Rejected | None:
        """Remove a draft: one that is not paid, or that cost nothing and was not opened.

        Refusals: table_paid, those of `Checkout.release`. Raises: StaleVersion.
        """
        if not (table.status is Status.UNPAID or self.free and table.status is Status.PAID):
            return Rejected("table_paid")
        refused = await self._checkout.release(table.id)
        if refused is not None:
            return refused
        try:
            await self.tables.remove(table, version)
        except StaleVersion:
            await self._checkout.take_back(table.id)
            raise
        await self.members.forget(table.id)
        return None

    async def open(self, table: Table, version: int) -> Table | Rejected:
        """Open a table for a day. Refusals: table_not_paid, already_open, table_expired.

        A free table whose creation was interrupted before it was marked as paid is marked now.
        """
        if table.status is Status.UNPAID and self.free and version == table.version:
            table = await self.tables.mark_paid(table.id) or table
            version = table.version
        if table.status is Status.UNPAID:
            return Rejected("table_not_paid")
        if table.status in (Status.PAID, Status.CREATING):
            return await self.tables.open_draft(table, version)
        is_over = self.status(table) in (Status.EXPIRED.value, Status.CLOSED.value)
        return Rejected("table_expired" if is_over else "already_open")

    async def rename(
        self, table: Table, version: int, name: str | None, kind: TableKind | None
    ) -> Table | Rejected:
        """Change a draft's name and kind. Refusals: already_open, bad_config."""
        if not table.is_draft:
            return Rejected("already_open")
        changes = {} if name is None else {"name": name}
        return await self.tables.configure(
            table, version, table.config, changes, kind or table.kind
        )

    async def configure(
        self, table: Table, version: int, changes: Mapping[str, Json], command_id: str
    ) -> Table | Rejected:
        """Change some settings; where a game runs they count from the next hand on.

        changes: as their owner writes them, money in major units; of a game's own settings a part
        is enough. Refusals: bad_config, table_expired, those of the room. Raises: StaleVersion.
        """
        if self.status(table) in (Status.EXPIRED.value, Status.CLOSED.value):
            return Rejected("table_expired")
        before = table.config.get(GAME_MODE)
        if table.is_draft and changes.get(GAME_MODE, before) != before:
            return Rejected("bad_config", {"fields": {GAME_MODE: "is chosen by itself"}})
        return await self._change(table, version, changes, Command(
            command_id, table.host, "configure", {
                "config": dict(changes),
                "currencies": {code: one.decimals for code, one in self._currencies.items()},
            },
        ))

    def waits_for(self, table: Table) -> str:
        """Return what changed settings wait for: "" for nothing, `next_hand`, `next_tournament`."""
        summary = self.summary(table.id)
        if summary is None or summary.game_id is None:
            return ""
        return "next_tournament" if summary.game_mode in TOURNAMENTS else "next_hand"

    async def choose_game_mode(
        self, table: Table, version: int, game_mode: str, command_id: str
    ) -> Table | Rejected:
        """Choose the game mode of a table.

        Refusals: game_running, mode_not_available, table_expired. Raises: StaleVersion.
        """
        if self.status(table) in (Status.EXPIRED.value, Status.CLOSED.value):
            return Rejected("table_expired")
        if self.is_running(table.id):
            return Rejected("game_running")
        changed = await self._change(table, version, {GAME_MODE: game_mode}, Command(
            command_id, table.host, "choose_game_mode", {GAME_MODE: game_mode}
        ))
        is_wrong = isinstance(changed, Rejected) and changed.code == "bad_config"
        return Rejected("mode_not_available") if is_wrong else changed

    async def _change(
        self, table: Table, version: int, changes: Mapping[str, Json], command: Command
    ) -> Table | Rejected:
        """Change the document, then the room; when the room refuses, restore the document."""
        changed: Table | Rejected = table
        if table.wanted is not None:
            changed = await self.tables.configure(
                table, version, self.config(table), changes, table.kind
            )
        room = self._find_room(table.id)
        if isinstance(changed, Rejected) or table.is_draft or room is None:
            return changed
        outcome = await room.submit(command)
        if isinstance(outcome, Rejected):
            await self.tables.put(changed, changed.version, table.config, table.kind)
            return outcome
        return changed

    # -- players ---------------------------------------------------------------------------

    async def join(self, token: str, user: str, username: str) -> Table | Rejected:
        """Become a player, also again after leaving or being kicked; repeating changes nothing.

        Once the table has expired, only former players may, until it has closed (1.0.50).
        Refusals: not_found, table_not_paid, table_expired, table_full.
        """
        table = await self.tables.find(token)
        if table is None:
            return Rejected("not_found")
        if table.status is Status.UNPAID:
            return Rejected("table_not_paid")
        status = self.status(table)
        if status == Status.CLOSED.value or status == Status.EXPIRED.value and (
            not await self._was_player(table, user)
        ):
            return Rejected("table_expired")
        member = await self.members.join(table.id, user, username)
        if member is None:
            return Rejected("table_full")
        return await self._come_back(table, member)

    async def _was_player(self, table: Table, user: str) -> bool:
        """Return whether somebody joined a table before, over REST or by its socket."""
        if await self.members.get(table.id, user) is not None:
            return True
        room = self._find_room(table.id)
        return room is not None and room.player_of(user) is not None

    async def _come_back(self, table: Table, member: Member) -> Table | Rejected:
        """Tell the room that somebody is its player again, although they have no socket yet."""
        room = self._find_room(table.id)
        if room is None or not self._parted(member):
            return table
        id = f"back-{room.seq}"
        came = room.give(Command(f"{id}-in", member.user, "connect", {
            "username": member.username, "connections": 1, "player": member.number,
        }))
        went = room.give(Command(f"{id}-out", member.user, "disconnect", {"connections": 0}))
        for outcome in (await came, await went):
            if isinstance(outcome, Rejected):
                return outcome
        return table

    async def kick(self, table: Table, member: Member, command_id: str) -> Rejected | None:
        """Send a player away, after the hand if they are in one.

        Refusals: cannot_kick_yourself, those of the room.
        """
        if member.user == table.host:
            return Rejected("cannot_kick_yourself")
        refused = await self._tell_room(
            member, Command(command_id, table.host, "kick_player_after_game", {
                "player": self.number_at(member),
            }), ("no_such_player", "action_not_available"),
        )
        if refused is None:
            await self.members.part(member, KICKED)
        return refused

    async def leave(self, member: Member, command_id: str) -> Rejected | None:
        """Leave a table; in a hand the cards are folded now. Refusals: those of the room."""
        refused = await self._tell_room(
            member, Command(command_id, member.user, "leave_player"),
            ("not_a_player", "action_not_available"),
        )
        if refused is None:
            await self.members.part(member, LEFT)
        return refused

    async def change_player(
        self, member: Member, version: int, jitsi_id: str | None, command_id: str
    ) -> Member | Rejected:
        """Change a player's own data. Refusals: hand_running. Raises: StaleVersion."""
        summary = self.summary(member.table)
        if summary is not None and summary.is_hand_running:
            return Rejected("hand_running")
        if version != member.version:
            raise StaleVersion(member.key)
        changed = await self.members.change(member, jitsi_id=jitsi_id)
        if jitsi_id is not None:
            refused = await self._tell_room(member, Command(
                command_id, member.user, "update_jitsi_id", {"jitsi_id": jitsi_id}
            ), ("not_seated", "not_a_player"))
            if refused is not None:
                return refused
        return changed

    async def _tell_room(
        self, member: Member, command: Command, fine: tuple[str, ...]
    ) -> Rejected | None:
        """Give a command about a member to the room, if the member is there.

        fine: refusals that mean that there is nothing to do.
        """
        room = self._find_room(member.table)
        if room is None or room.player_of(member.user) is None or room.labels.is_over:
            return None
        outcome = await room.submit(command)
        if isinstance(outcome, Rejected) and outcome.code not in fine:
            return outcome
        return None

    # -- housekeeping ----------------------------------------------------------------------

    async def settle(self, table_id: str) -> None:
        """Store who has gone and how long players sat, before the room is unloaded for good."""
        summary = self.summary(table_id)
        people = () if summary is None else summary.players.values()
        seated = {one.user: one.seated_ms for one in people}
        async for member in self.members.of_table(table_id):
            if seated_ms := seated.get(member.user, 0):
                with suppress(StaleVersion):
                    member = await self.members.change(member, seated_ms=seated_ms)
            if member.state == HERE and (how := self._parted(member)):
                await self.members.part(member, how)

    async def clean(self) -> int:
        """Drop drafts that nobody has paid for in a day; returns how many."""
        dropped = await self.tables.drop_unpaid(self._is_released)
        for table_id in dropped:
            await self.members.forget(table_id)
        return len(dropped)

    async def _is_released(self, table_id: str) -> bool:
        return await self._checkout.release(table_id) is None
