"""Live rooms: mailbox, decisions, clocks, publishing, recovery after a start."""
