"""What an API key may be used for. This is not part of `api_keys.py` so that the command line can
list the scopes without importing the services."""

from __future__ import annotations

ADMIN_READ, ADMIN_WRITE, METRICS = "admin:read", "admin:write", "metrics"
SCOPES = (ADMIN_READ, ADMIN_WRITE, METRICS, "wallet", "rounds")
DAYS_MAX = 3_650
"""Longest life of a key that expires, days."""
