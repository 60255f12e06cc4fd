"""Plugins: finding and registering them (`registry`), and the host as they see it (`host_api`)."""
