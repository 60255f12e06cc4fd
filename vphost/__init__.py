"""vphost: a single-process game host whose modes are plugins."""

__version__ = "0.1.0"
