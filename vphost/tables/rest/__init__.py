"""The REST resources of poker tables."""
