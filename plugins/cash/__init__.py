"""The cash game as a plugin, through the same door as anybody's."""
