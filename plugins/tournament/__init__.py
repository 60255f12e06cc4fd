"""Sit-n-go tournaments: game mode `T` of the poker table."""
