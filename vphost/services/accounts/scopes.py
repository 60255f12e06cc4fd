"""What an API key may be for. Apart from `keys.py`, so that the command line can name the scopes
without loading what signs people in."""

from __future__ import annotations

ADMIN_READ, ADMIN_WRITE, METRICS = "admin:read", "admin:write", "metrics"
SCOPES = (ADMIN_READ, ADMIN_WRITE, METRICS, "wallet", "rounds")
DAYS_MAX = 3_650
"""Longest life of a key that runs out."""
