"""Counters of finished hands."""
