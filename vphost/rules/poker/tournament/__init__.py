"""How a tournament is run: pure functions over plain facts, for one table and for many.

Money and chips are whole numbers of minor units, times are ms of the game's clock, chance is a
32-byte seed. Nothing here knows a room, an event or a table's state: the plugins for one table and
for events of many bring their facts and store what comes out.

In docstrings "TDA" is the rules of the Poker Tournament Directors Association of 2024, "RP" its
recommended procedures, "WT" the WSOP Tournament Rules.
"""
