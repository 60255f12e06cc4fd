"""The final table: when it is formed, and how many it seats.

All seats and the button are drawn again (`draw.draw_table`). Source: RP-9.
"""

from __future__ import annotations

from collections.abc import Sequence

from vphost.rules.poker.tournament.floor import FloorTable

NINE, SEVEN = 9, 7
"""Players at a final table of events with eight or nine seats, and with six or seven."""


def final_table_size(seats: int, *, when_all_fit: bool) -> int:
    """Return with how many players left the final table is formed.

    seats: of the event's tables. when_all_fit: setting; it then is formed when one table holds
    everybody. Smaller tables than those of RP-9 always do so.
    """
    if when_all_fit or seats < 6:
        return seats
    return NINE if seats >= 8 else SEVEN


def forms_final_table(
    floor: Sequence[FloorTable], seats: int, *, when_all_fit: bool
) -> bool:
    """Return whether the final table is due: few enough are left, and at more than one table.

    The redraw itself waits until no table is in a hand.
    """
    tables = [table for table in floor if table.size]
    remaining = sum(table.size for table in tables)
    return len(tables) > 1 and remaining <= final_table_size(seats, when_all_fit=when_all_fit)
