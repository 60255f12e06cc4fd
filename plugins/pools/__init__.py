"""Betting pools: a mode with its own websocket protocol of numeric operation codes."""
