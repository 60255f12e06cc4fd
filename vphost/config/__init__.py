"""The configuration: settings with their defaults, and how values are read."""
