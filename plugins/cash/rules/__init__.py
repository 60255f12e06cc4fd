"""The rules of a cash table: pure functions over a frozen state."""
