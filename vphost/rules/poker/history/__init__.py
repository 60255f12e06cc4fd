"""Hand histories in PHH, in and out."""
