"""The ledger: balances in memory, transactions outside of rooms, verification."""
