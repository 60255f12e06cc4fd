"""REST areas, one module each, every module ending in its ``routes``."""
