"""Live rooms: mailbox, decisions, clocks, publishing, recovery."""
