"""Ring 0: pure rules. Nothing here awaits, reads a clock, draws dice, logs or touches a disk."""
