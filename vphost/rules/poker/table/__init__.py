"""The poker table: the machine that every poker game mode shares."""
