"""Plugins: found and registered (`registry`), and the host as they see it (`host_api`)."""
